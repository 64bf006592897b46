#include "ui/views/menu.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/fuzzy.h"

#define ROWS_MAX 12
#define NAME_COLS_MAX 40
#define VALUE_COLS_MAX 24
#define HELP_COLS_MIN 16 /* of an explanation beside a value */
#define HELP_LETTERS 3   /* typed letters by which an explanation is looked through */

static void menu_items_clear(struct menu *m)
{
    for (size_t i = 0; i < m->items.len; i++) {
        char *strings[] = {m->items.ptr[i].name, m->items.ptr[i].help, m->items.ptr[i].value,
                           m->items.ptr[i].tag};
        for (size_t k = 0; k < COUNT_OF(strings); k++)
            free(strings[k]);
    }
    m->items.len = m->order.len = 0;
}

void menu_fini(struct menu *m)
{
    menu_items_clear(m);
    VEC_FREE(&m->items);
    VEC_FREE(&m->order);
    buf_fini(&m->filter);
    free(m->title);
    free(m->current);
    *m = (struct menu){0};
}

void menu_close(struct menu *m)
{
    menu_items_clear(m);
    buf_clear(&m->filter);
    mem_replace(&m->current, NULL);
    m->open = m->moved = false;
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

void menu_add_value(struct menu *m, const char *name, const char *help, const char *value,
                    const char *tag)
{
    assert(name);
    struct menu_item it = {mem_strdup(name), mem_strdup(help ? help : ""),
                           mem_strdup(value ? value : ""), mem_strdup(tag)};
    VEC_PUSH(&m->items, it);
}

void menu_add(struct menu *m, const char *name, const char *help)
{
    menu_add_value(m, name, help, NULL, NULL);
}

struct ranked {
    uint32_t at;
    int score;
};

static int menu_by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->score != y->score ? (x->score < y->score ? 1 : -1) : x->at < y->at ? -1 : 1;
}

/* Whether a word of the text begins with the letters. */
static bool menu_word_begins(const char *text, const char *letters)
{
    size_t n = strlen(letters);
    for (const char *p = text; n >= HELP_LETTERS && *p; p++)
        if ((p == text || !isalnum((unsigned char)p[-1])) && strncasecmp(p, letters, n) == 0)
            return true;
    return false;
}

void menu_filter(struct menu *m, const char *filter, bool helps)
{
    VEC(struct ranked) fits = {0};
    if (filter != buf_cstr(&m->filter)) {
        buf_clear(&m->filter);
        buf_adds(&m->filter, filter);
    }
    for (size_t i = 0; i < m->items.len; i++) {
        int score = fuzzy_score(filter, m->items.ptr[i].name, NULL);
        if (score < 0 && helps && menu_word_begins(m->items.ptr[i].help, filter))
            score = 0;
        if (score >= 0)
            VEC_PUSH(&fits, ((struct ranked){(uint32_t)i, score}));
    }
    if (*filter && fits.len > 0)
        qsort(fits.ptr, fits.len, sizeof *fits.ptr, menu_by_score);
    m->order.len = 0;
    for (size_t i = 0; i < fits.len; i++)
        VEC_PUSH(&m->order, fits.ptr[i].at);
    VEC_FREE(&fits);
    m->selected = m->scroll = 0;
    m->moved = false;
}

void menu_show(struct menu *m)
{
    menu_filter(m, buf_cstr(&m->filter), false);
    m->open = m->order.len > 0;
}

void menu_set_current(struct menu *m, const char *name)
{
    mem_replace(&m->current, name);
    for (size_t i = 0; name && i < m->order.len; i++)
        if (strcmp(m->items.ptr[m->order.ptr[i]].name, name) == 0)
            m->selected = i;
}

const struct menu_item *menu_selected(const struct menu *m)
{
    return m->open && m->selected < m->order.len ? &m->items.ptr[m->order.ptr[m->selected]] : NULL;
}

void menu_move(struct menu *m, int rows)
{
    assert(m->open);
    ptrdiff_t n = (ptrdiff_t)m->order.len, at = (ptrdiff_t)m->selected + rows;
    if (n == 0)
        return;
    m->moved = true;
    if (rows == 1 || rows == -1)
        at = (at + n) % n;
    m->selected = (size_t)MIN(MAX(at, 0), n - 1);
}

bool menu_point(struct menu *m, int row)
{
    int at = row - m->drawn.row;
    size_t place = m->scroll + (size_t)MAX(at, 0);
    if (!m->open || at < 0 || at >= m->drawn.rows || place >= m->order.len)
        return false;
    m->selected = place;
    m->moved = true;
    return true;
}

void menu_type(struct menu *m, const char *text)
{
    if (text)
        buf_adds(&m->filter, text);
    else if (m->filter.len > 0)
        buf_cut(&m->filter, utf8_cut(m->filter.ptr, m->filter.len, m->filter.len - 1));
    menu_filter(m, buf_cstr(&m->filter), true);
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

static int menu_width(const char *s)
{
    return cluster_str_width(s, strlen(s));
}

/* The name, its matched letters standing out. */
static void menu_draw_name(const struct menu *m, const char *name, style s, struct canvas *c,
                           struct area a, int row, int col, int cols)
{
    uint64_t marks;
    canvas_put_fit(c, a, row, col, cols, s, s, name);
    if (m->filter.len == 0 || fuzzy_score(buf_cstr(&m->filter), name, &marks) < 0)
        return;
    for (size_t i = 0; i < 64 && name[i]; i++) {
        int at = cluster_str_width(name, i);
        if ((marks >> i & 1) && at < cols - 1)
            canvas_restyle(c, a, row, col + at, 1,
                           STYLE_ATTR(STYLE_ROLE_OF(s), ATTR_BOLD | ATTR_UNDERLINE));
    }
}

static void menu_draw_row(const struct menu *m, const struct menu_item *it, bool selected,
                          int name_cols, struct canvas *c, struct area a, int row, int col)
{
    style s = selected ? ROLE_MENU_SELECTED : ROLE_MENU, dim = selected ? s : ROLE_MENU_HELP;
    bool current = m->current && strcmp(it->name, m->current) == 0;
    canvas_fill(c, (struct area){a.row + row, a.col, 1, a.cols}, s);
    if ((selected || current) && col >= 2)
        canvas_put(c, a, row, col - 2, s, glyph(selected ? GLYPH_CHOSEN : GLYPH_BULLET), -1);
    int end = a.cols - 1, help = col + name_cols + 2;
    int value = MIN(menu_width(it->value), VALUE_COLS_MAX);
    if (value > 0 && end - value - help >= HELP_COLS_MIN) {
        canvas_put_fit(c, a, row, end - value, value, selected ? s : ROLE_MENU, dim, it->value);
        end -= value + 2;
    }
    menu_draw_name(m, it->name, s, c, a, row, col, MIN(a.cols - col, name_cols));
    canvas_put_fit(c, a, row, help, end - help, dim, ROLE_MENU_HELP, it->help);
}

int menu_draw(struct menu *m, struct canvas *c, struct area above, int col)
{
    size_t n = m->order.len;
    bool titled = above.rows >= 4;
    int most = MAX(1, MIN(ROWS_MAX, MIN(above.rows - titled, MAX(5, above.rows / 2))));
    int rows = (int)MIN(n, (size_t)most);
    if (m->selected < m->scroll)
        m->scroll = m->selected;
    if (m->selected >= m->scroll + (size_t)MAX(rows, 1))
        m->scroll = m->selected + 1 - (size_t)rows;
    int name_cols = 4;
    for (size_t i = 0; i < n && i < 1000; i++)
        name_cols = MAX(name_cols, menu_width(m->items.ptr[m->order.ptr[i]].name));
    bool plain = n > 0 && !*m->items.ptr[m->order.ptr[0]].help; /* files: names alone */
    name_cols = MIN(name_cols, plain ? above.cols - col - 3 : MIN(NAME_COLS_MAX, above.cols / 2));
    int total = rows + titled;
    struct area a = {above.row + above.rows - total, above.col, total, above.cols};
    m->drawn = (struct area){a.row + titled, a.col, rows, a.cols};
    if (titled) {
        canvas_fill(c, (struct area){a.row, a.col, 1, a.cols}, ROLE_MENU);
        int end = canvas_put(c, a, 0, col, STYLE_ATTR(ROLE_MENU, ATTR_BOLD),
                             m->title && *m->title ? m->title : "choose", -1);
        if (m->pick && m->filter.len > 0)
            canvas_putf(c, a, 0, end + 1, ROLE_MENU_HELP, "%s %s", glyph(GLYPH_PROMPT),
                        buf_cstr(&m->filter));
        AUTO_FREE char *count = mem_printf("%zu/%zu", n ? m->selected + 1 : 0, n);
        canvas_put(c, a, 0, a.cols - 1 - (int)strlen(count), ROLE_MENU_HELP, count, -1);
    }
    for (int i = 0; i < rows; i++) {
        size_t place = m->scroll + (size_t)i;
        menu_draw_row(m, &m->items.ptr[m->order.ptr[place]], place == m->selected, name_cols, c, a,
                      i + titled, col);
    }
    return a.row;
}
