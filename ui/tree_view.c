#include "ui/tree_view.h"

#include <string.h>

#include "ui/format.h"
#include "ui/glyph.h"
#include "ui/theme.h"

#define DETAIL_ROWS 4

static const struct {
    const char *state;
    enum glyph glyph;
    enum role role;
} states[] = {
    {"pending", GLYPH_PENDING, ROLE_TREE_PENDING},
    {"active", GLYPH_ACTIVE, ROLE_TREE_ACTIVE},
    {"done", GLYPH_DONE, ROLE_TREE_DONE},
    {"claimed", GLYPH_CLAIMED, ROLE_TREE_CLAIMED},
    {"failed", GLYPH_FAILED, ROLE_TREE_FAILED},
    {"blocked", GLYPH_BLOCKED, ROLE_TREE_FAILED},
    {"decomposed", GLYPH_ACTIVE, ROLE_TREE_PENDING},
    {"skipped", GLYPH_SKIPPED, ROLE_TREE_DIM},
};

void tree_view_fini(struct tree_view *v)
{
    VEC_FREE(&v->folded);
}

bool tree_view_is_folded(const struct tree_view *v, int64_t id)
{
    for (size_t i = 0; i < v->folded.len; i++)
        if (v->folded.ptr[i] == id)
            return true;
    return false;
}

void tree_view_fold(struct tree_view *v, int64_t id, bool folded)
{
    if (folded == tree_view_is_folded(v, id))
        return;
    if (folded) {
        VEC_PUSH(&v->folded, id);
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < v->folded.len; i++)
        if (v->folded.ptr[i] != id)
            v->folded.ptr[kept++] = v->folded.ptr[i];
    v->folded.len = kept;
}

/* Index of the visible node after i; nodes.len at the end. */
static size_t tree_view_next(const struct tree_view *v, const struct model *m, size_t i)
{
    const struct node *n = &m->nodes.ptr[i++];
    if (tree_view_is_folded(v, n->id))
        while (i < m->nodes.len && m->nodes.ptr[i].depth > n->depth)
            i++;
    return i;
}

/* The visible row of the cursor; moves a cursor that vanished to the first row. */
static int tree_view_cursor_row(struct tree_view *v, const struct model *m)
{
    int row = 0;
    for (size_t i = 0; i < m->nodes.len; i = tree_view_next(v, m, i), row++)
        if (m->nodes.ptr[i].id == v->cursor)
            return row;
    v->cursor = m->nodes.len > 0 ? m->nodes.ptr[0].id : 0;
    return 0;
}

const struct node *tree_view_node(struct tree_view *v, const struct model *m)
{
    tree_view_cursor_row(v, m);
    return model_node(m, v->cursor);
}

void tree_view_move(struct tree_view *v, const struct model *m, int rows)
{
    int want = MAX(0, tree_view_cursor_row(v, m) + rows), row = 0;
    for (size_t i = 0; i < m->nodes.len; i = tree_view_next(v, m, i), row++) {
        v->cursor = m->nodes.ptr[i].id;
        if (row == want)
            return;
    }
}

static size_t tree_view_state(const struct node *n)
{
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (strcmp(states[i].state, n->state) == 0)
            return i;
    return 0;
}

/* What stands behind a title: rounds of the active node, and how its check stands. */
static void tree_view_mark(const struct node *n, struct line *out)
{
    if (strcmp(n->state, "active") == 0 && n->max_rounds > 0) {
        AUTO_FREE char *rounds =
            mem_printf(" %lld/%lld", (long long)n->rounds, (long long)n->max_rounds);
        line_adds(out, ROLE_TREE_DIM, rounds);
    }
    if (!n->check || !*n->check)
        return;
    bool green = strcmp(n->check_state, "green") == 0, red = strcmp(n->check_state, "red") == 0;
    style s = green ? ROLE_TREE_DONE : red ? ROLE_TREE_FAILED : ROLE_TREE_DIM;
    line_adds(out, s, " check");
    if (green || red)
        line_adds(out, s, glyph(green ? GLYPH_DONE : GLYPH_FAILED));
}

static void tree_view_row(const struct tree_view *v, const struct node *n, struct canvas *c,
                          struct area a, int row)
{
    size_t st = tree_view_state(n);
    bool goal = n->parent == 0 && n->depth == 0;
    style s = goal && strcmp(n->state, "done") != 0 ? ROLE_TREE_GOAL : states[st].role;
    int col = n->depth > 0 ? MIN(2 * n->depth, a.cols / 2) : 0;
    if (n->children > 0) {
        bool folded = tree_view_is_folded(v, n->id);
        col = canvas_put(c, a, row, col, ROLE_TREE_DIM, glyph(folded ? GLYPH_CLOSED : GLYPH_OPEN),
                         -1);
        col++;
    }
    bool plain_goal = goal && n->children > 0 && strcmp(n->state, "active") == 0;
    if (!plain_goal) {
        col = canvas_put(c, a, row, col, states[st].role, glyph(states[st].glyph), -1);
        col++;
    }
    AUTO(line) mark = {0};
    tree_view_mark(n, &mark);
    int mark_cols = cluster_str_width(buf_cstr(&mark.text), mark.text.len);
    size_t len = strlen(n->title);
    bool room = a.cols - col - mark_cols >= 8;
    int cols = a.cols - col - (room ? mark_cols : 0);
    size_t fit = cluster_fit(n->title, len, cols);
    if (fit < len)
        fit = cluster_fit(n->title, len, MAX(0, cols - 1));
    col = canvas_put(c, a, row, col, s, n->title, (ptrdiff_t)fit);
    if (fit < len)
        col = canvas_put(c, a, row, col, ROLE_MUTED, glyph(GLYPH_ELLIPSIS), -1);
    for (size_t i = 0; room && i < mark.text.len; i++) {
        size_t end = i + 1;
        while (end < mark.text.len && mark.styles.ptr[end] == mark.styles.ptr[i])
            end++;
        col =
            canvas_put(c, a, row, col, mark.styles.ptr[i], mark.text.ptr + i, (ptrdiff_t)(end - i));
        i = end - 1;
    }
}

static void tree_view_detail_line(struct layout *l, int cols, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    AUTO(line) line = {0};
    line_adds(&line, ROLE_MUTED, name);
    line_adds(&line, ROLE_TEXT, text);
    struct wrap w = {.width = cols, .indent = 2};
    layout_wrap(l, &line, &w);
}

/* Full text of the selected node under the list. Returns the rows it took. */
static int tree_view_details(const struct node *n, struct canvas *c, struct area a)
{
    if (a.rows < 3 * DETAIL_ROWS - 2)
        return 0;
    AUTO(layout) l = {0};
    AUTO_FREE char *head = mem_printf("#%lld ", (long long)n->id);
    tree_view_detail_line(&l, a.cols, head, n->title);
    tree_view_detail_line(&l, a.cols, "check ", n->check);
    tree_view_detail_line(&l, a.cols, "why ", n->reason);
    tree_view_detail_line(&l, a.cols, "note ", n->note);
    int rows = MIN((int)l.rows.len, DETAIL_ROWS);
    int top = a.rows - rows;
    canvas_repeat(c, a, top - 1, 0, a.cols, ROLE_BORDER, glyph(GLYPH_HORIZONTAL));
    for (int i = 0; i < rows; i++)
        layout_paint(&l, (size_t)i, c, a, top + i, 0);
    return rows + 1;
}

void tree_view_draw(struct tree_view *v, const struct model *m, struct canvas *c, struct area a,
                    bool focused)
{
    if (m->nodes.len == 0) {
        canvas_put(c, a, 0, 0, ROLE_MUTED, "No goal yet.", -1);
        canvas_put(c, a, 1, 0, ROLE_MUTED, "Tasks stand here then.", -1);
        return;
    }
    const struct node *selected = focused ? tree_view_node(v, m) : NULL;
    if (selected)
        a.rows -= tree_view_details(selected, c, a);
    int wanted = 0, row = 0;
    int64_t watch = focused ? v->cursor : m->focus;
    for (size_t i = 0; i < m->nodes.len; i = tree_view_next(v, m, i), row++)
        if (m->nodes.ptr[i].id == watch)
            wanted = row;
    if (row <= a.rows)
        v->scroll = 0;
    else if (wanted < v->scroll)
        v->scroll = wanted;
    else if (wanted >= v->scroll + a.rows)
        v->scroll = wanted - a.rows + 1;
    row = -v->scroll;
    for (size_t i = 0; i < m->nodes.len; i = tree_view_next(v, m, i), row++) {
        if (row < 0 || row >= a.rows)
            continue;
        tree_view_row(v, &m->nodes.ptr[i], c, a, row);
        if (focused && m->nodes.ptr[i].id == v->cursor)
            canvas_restyle(c, a, row, 0, a.cols, ROLE_CURSOR);
    }
}
