#include "ui/views/menu.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"

#define ROWS_MAX 10
#define NAME_COLS_MAX 40

static void menu_items_clear(struct menu *m)
{
    for (size_t i = 0; i < m->items.len; i++) {
        free(m->items.ptr[i].name);
        free(m->items.ptr[i].help);
    }
    m->items.len = 0;
}

void menu_fini(struct menu *m)
{
    menu_items_clear(m);
    VEC_FREE(&m->items);
    buf_fini(&m->filter);
    free(m->title);
    *m = (struct menu){0};
}

void menu_close(struct menu *m)
{
    menu_items_clear(m);
    buf_clear(&m->filter);
    m->open = false;
}

void menu_begin(struct menu *m, const char *title, size_t from, int pick)
{
    assert(pick >= 0);
    menu_close(m);
    mem_replace(&m->title, title);
    m->selected = m->scroll = 0;
    m->from = from;
    m->pick = pick;
}

void menu_add(struct menu *m, const char *name, const char *help)
{
    assert(name);
    struct menu_item it = {mem_strdup(name), mem_strdup(help ? help : ""), true};
    VEC_PUSH(&m->items, it);
}

void menu_show(struct menu *m)
{
    m->open = m->items.len > 0;
}

/* Shown entries. */
static size_t menu_count(const struct menu *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->items.len; i++)
        n += m->items.ptr[i].shown;
    return n;
}

/* The shown entry at a place. */
static const struct menu_item *menu_at(const struct menu *m, size_t place)
{
    for (size_t i = 0; i < m->items.len; i++)
        if (m->items.ptr[i].shown && place-- == 0)
            return &m->items.ptr[i];
    return NULL;
}

const struct menu_item *menu_selected(const struct menu *m)
{
    return m->open ? menu_at(m, m->selected) : NULL;
}

void menu_move(struct menu *m, int rows)
{
    assert(m->open);
    ptrdiff_t n = (ptrdiff_t)menu_count(m), at = (ptrdiff_t)m->selected + rows;
    if (n == 0)
        return;
    if (rows == 1 || rows == -1)
        at = (at + n) % n;
    m->selected = (size_t)MIN(MAX(at, 0), n - 1);
}

void menu_type(struct menu *m, const char *text)
{
    if (text)
        buf_adds(&m->filter, text);
    else if (m->filter.len > 0)
        buf_cut(&m->filter, utf8_cut(m->filter.ptr, m->filter.len, m->filter.len - 1));
    for (size_t i = 0; i < m->items.len; i++)
        m->items.ptr[i].shown = strcasestr(m->items.ptr[i].name, buf_cstr(&m->filter)) != NULL;
    m->selected = m->scroll = 0;
}

char *menu_common(const struct menu *m)
{
    if (m->items.len == 0)
        return mem_strdup("");
    const char *first = m->items.ptr[0].name;
    size_t n = strlen(first);
    for (size_t i = 1; i < m->items.len; i++) {
        size_t k = 0;
        while (k < n && m->items.ptr[i].name[k] == first[k])
            k++;
        n = k;
    }
    return mem_strndup(first, utf8_cut(first, strlen(first), n));
}

void menu_draw(struct menu *m, struct canvas *c, struct area above, int col)
{
    size_t n = menu_count(m);
    bool titled = m->title && *m->title;
    int most = MAX(1, MIN(ROWS_MAX, above.rows - titled));
    int rows = (int)MIN(n, (size_t)most);
    if (m->selected < m->scroll)
        m->scroll = m->selected;
    if (m->selected >= m->scroll + (size_t)MAX(rows, 1))
        m->scroll = m->selected + 1 - (size_t)rows;
    int name_cols = 4, help_cols = 0;
    for (size_t i = 0; i < m->items.len; i++) {
        const struct menu_item *it = &m->items.ptr[i];
        name_cols = MAX(name_cols, cluster_str_width(it->name, strlen(it->name)));
        help_cols = MAX(help_cols, cluster_str_width(it->help, strlen(it->help)));
    }
    name_cols = MIN(name_cols, NAME_COLS_MAX);
    int cols = MIN(name_cols + 2 + (help_cols > 0 ? help_cols + 2 : 0), above.cols);
    if (titled)
        cols = MIN(MAX(cols, cluster_str_width(m->title, strlen(m->title)) + 14), above.cols);
    int total = rows + titled;
    struct area a = {above.row + above.rows - total,
                     above.col + MAX(0, MIN(col, above.cols - cols)), total, cols};
    if (titled) {
        canvas_fill(c, (struct area){a.row, a.col, 1, a.cols}, ROLE_MENU);
        int end = canvas_put(c, a, 0, 1, STYLE_ATTR(ROLE_MENU, ATTR_BOLD), m->title, -1);
        if (m->filter.len > 0)
            canvas_putf(c, a, 0, end + 1, ROLE_MENU_HELP, "%s %s", glyph(GLYPH_PROMPT),
                        buf_cstr(&m->filter));
        else if (n > (size_t)rows)
            canvas_putf(c, a, 0, end + 1, ROLE_MENU_HELP, "%zu of %zu", m->selected + 1, n);
    }
    for (int i = 0; i < rows; i++) {
        size_t place = m->scroll + (size_t)i;
        const struct menu_item *it = menu_at(m, place);
        bool selected = place == m->selected;
        style s = selected ? ROLE_MENU_SELECTED : ROLE_MENU;
        int row = i + titled;
        canvas_fill(c, (struct area){a.row + row, a.col, 1, a.cols}, s);
        struct area names = {a.row, a.col, a.rows, MIN(a.cols, name_cols + 1)};
        struct area helps = {a.row, a.col, a.rows, a.cols - 1};
        canvas_put(c, names, row, 1, s, it->name, -1);
        canvas_put(c, helps, row, name_cols + 3, selected ? s : ROLE_MENU_HELP, it->help, -1);
    }
}
