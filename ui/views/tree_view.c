#include "ui/views/tree_view.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/format.h"
#include "ui/views/job_row.h"
#include "ui/views/state_jobs.h"

#define DETAIL_ROWS 4
#define JOB_DETAIL_ROWS 6

/* A row of the pane: a node, a job, or the heading above the jobs. */
struct tree_row {
    const struct tree_node *node;
    const struct job *job;
    int depth;
};

struct tree_rows {
    VEC(struct tree_row) list;
};

static void tree_rows_fini(struct tree_rows *r)
{
    VEC_FREE(&r->list);
}

static const struct {
    const char *state;
    enum glyph glyph;
    enum role role;
} states[] = {
    {"pending", GLYPH_PENDING, ROLE_TREE_PENDING},
    {"active", GLYPH_ACTIVE, ROLE_TREE_ACTIVE},
    {"done", GLYPH_DONE, ROLE_GOOD}, /* the words are quiet: what is over is not looked at */
    {"claimed", GLYPH_CLAIMED, ROLE_TREE_CLAIMED},
    {"failed", GLYPH_FAILED, ROLE_TREE_FAILED},
    {"blocked", GLYPH_BLOCKED, ROLE_TREE_FAILED},
    {"decomposed", GLYPH_ACTIVE, ROLE_TREE_PENDING},
    {"skipped", GLYPH_SKIPPED, ROLE_TREE_DIM},
};

void tree_view_fini(struct tree_view *v)
{
    VEC_FREE(&v->folded);
    mem_replace(&v->job, NULL);
}

static bool tree_view_is_folded(const struct tree_view *v, int64_t id)
{
    for (size_t i = 0; i < v->folded.len; i++)
        if (v->folded.ptr[i] == id)
            return true;
    return false;
}

static void tree_view_fold(struct tree_view *v, int64_t id, bool folded)
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

static void tree_rows_make(struct tree_rows *r, const struct tree_view *v, const struct state *st)
{
    /* Looked at once for each node: only what may stand below one. */
    VEC(const struct job *) delegates = {0};
    for (size_t i = 0; i < st->jobs.len; i++)
        if (job_is_delegate(&st->jobs.ptr[i]))
            VEC_PUSH(&delegates, &st->jobs.ptr[i]);
    for (size_t i = 0; i < st->nodes.len;) {
        const struct tree_node *n = &st->nodes.ptr[i++];
        VEC_PUSH(&r->list, (struct tree_row){.node = n, .depth = n->depth});
        if (tree_view_is_folded(v, n->id)) {
            while (i < st->nodes.len && st->nodes.ptr[i].depth > n->depth)
                i++;
            continue;
        }
        for (size_t k = 0; k < delegates.len; k++)
            if (delegates.ptr[k]->node == n->id)
                VEC_PUSH(&r->list,
                         (struct tree_row){.job = delegates.ptr[k], .depth = n->depth + 1});
    }
    VEC_FREE(&delegates);
    /* Programs, and delegates whose task is not in the tree any more, under a heading. */
    bool first = true;
    for (size_t i = 0; i < st->jobs.len; i++) {
        const struct job *j = &st->jobs.ptr[i];
        if (job_is_delegate(j) && state_node(st, j->node))
            continue;
        if (first)
            VEC_PUSH(&r->list, (struct tree_row){0});
        first = false;
        VEC_PUSH(&r->list, (struct tree_row){.job = j, .depth = 1});
    }
}

void tree_view_select(struct tree_view *v, int64_t node)
{
    assert(node >= 0);
    mem_replace(&v->job, NULL);
    v->cursor = node;
}

/* Headings cannot be selected. */
static bool tree_view_stand_on(struct tree_view *v, const struct tree_row *r)
{
    if (r->job)
        mem_replace(&v->job, r->job->name);
    else if (r->node)
        tree_view_select(v, r->node->id);
    return r->job || r->node;
}

/* The row of the cursor; a cursor that vanished moves to the first row. */
static size_t tree_view_cursor_row(struct tree_view *v, const struct tree_rows *r)
{
    for (size_t i = 0; i < r->list.len; i++) {
        const struct tree_row *row = &r->list.ptr[i];
        if (v->job ? row->job && strcmp(row->job->name, v->job) == 0
                   : row->node && row->node->id == v->cursor)
            return i;
    }
    tree_view_select(v, 0);
    for (size_t i = 0; i < r->list.len; i++)
        if (tree_view_stand_on(v, &r->list.ptr[i]))
            return i;
    return 0;
}

const struct tree_node *tree_view_node(struct tree_view *v, const struct state *st)
{
    return tree_view_job(v, st) ? NULL : state_node(st, v->cursor);
}

const struct job *tree_view_job(struct tree_view *v, const struct state *st)
{
    AUTO(tree_rows) r = {0};
    tree_rows_make(&r, v, st);
    size_t at = tree_view_cursor_row(v, &r);
    return at < r.list.len ? r.list.ptr[at].job : NULL;
}

void tree_view_move(struct tree_view *v, const struct state *st, int rows)
{
    AUTO(tree_rows) r = {0};
    tree_rows_make(&r, v, st);
    size_t at = tree_view_cursor_row(v, &r);
    for (int step = rows < 0 ? -1 : 1; rows != 0; rows -= step) {
        size_t next = at + (size_t)step;
        while (next < r.list.len && !r.list.ptr[next].node && !r.list.ptr[next].job)
            next += (size_t)step;
        if (next >= r.list.len) /* also below the first, where it wraps round */
            return;
        at = next;
        tree_view_stand_on(v, &r.list.ptr[at]);
    }
}

bool tree_view_point(struct tree_view *v, const struct state *st, int row)
{
    AUTO(tree_rows) r = {0};
    tree_rows_make(&r, v, st);
    size_t at = (size_t)(row + v->scroll);
    return row >= 0 && at < r.list.len && tree_view_stand_on(v, &r.list.ptr[at]);
}

void tree_view_toggle(struct tree_view *v, const struct state *st)
{
    const struct tree_node *n = tree_view_node(v, st);
    if (n && n->children > 0)
        tree_view_fold(v, n->id, !tree_view_is_folded(v, n->id));
}

void tree_view_close(struct tree_view *v, const struct state *st)
{
    const struct tree_node *n = tree_view_node(v, st);
    if (!n)
        return;
    if (n->children > 0 && !tree_view_is_folded(v, n->id))
        tree_view_fold(v, n->id, true);
    else if (n->parent)
        tree_view_select(v, n->parent);
}

void tree_view_open(struct tree_view *v, const struct state *st)
{
    const struct tree_node *n = tree_view_node(v, st);
    if (n)
        tree_view_fold(v, n->id, false);
}

static size_t tree_view_state(const struct tree_node *n)
{
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (strcmp(states[i].state, n->state) == 0)
            return i;
    return 0;
}

/* What stands behind a title: rounds of the active node, and how its check stands. */
static void tree_view_mark(const struct tree_node *n, struct line *out)
{
    if (strcmp(n->state, "active") == 0 && n->max_rounds > 0 && n->children == 0) {
        AUTO_FREE char *rounds =
            mem_printf(" %lld/%lld", (long long)n->rounds, (long long)n->max_rounds);
        line_adds(out, ROLE_TREE_DIM, rounds);
    }
    if (n->mode && *n->mode) {
        line_adds(out, ROLE_TREE_DIM, " @");
        line_adds(out, ROLE_TREE_DIM, n->mode);
    }
    if (!n->check || !*n->check)
        return;
    bool green = strcmp(n->check_state, "green") == 0, red = strcmp(n->check_state, "red") == 0;
    style s = green ? ROLE_TREE_DONE : red ? ROLE_TREE_FAILED : ROLE_TREE_DIM;
    line_adds(out, s, " check");
    if (green || red)
        line_adds(out, s, glyph(green ? GLYPH_DONE : GLYPH_FAILED));
}

/* How many of a node's children are done with, "2/4". */
static void tree_view_count(const struct state *st, const struct tree_node *n, struct line *out)
{
    int done = 0;
    const struct tree_node *end = st->nodes.ptr + st->nodes.len;
    for (const struct tree_node *k = n + 1; k < end && k->depth > n->depth; k++)
        done += k->parent == n->id &&
                (strcmp(k->state, "done") == 0 || strcmp(k->state, "skipped") == 0);
    AUTO_FREE char *text = mem_printf(" %d/%d", done, n->children);
    line_adds(out, ROLE_TREE_DIM, text);
}

/* The sign of a node's state; the one at work is seen to live. */
static enum glyph tree_view_sign(const struct state *st, const struct tree_node *n, bool still)
{
    enum glyph sign = states[tree_view_state(n)].glyph;
    if (sign != GLYPH_ACTIVE || !st->busy)
        return sign;
    int frame = still ? 0 : (int)((clock_ms() - st->phase_since_ms) / 250 % 4);
    return (enum glyph)(GLYPH_SPIN_0 + MAX(0, frame));
}

static void tree_view_row(const struct tree_view *v, const struct state *st,
                          const struct tree_node *n, int col, bool still, struct canvas *c,
                          struct area a, int row)
{
    style look = states[tree_view_state(n)].role;
    bool goal = n->parent == 0 && n->depth == 0, done = strcmp(n->state, "done") == 0;
    style s = done ? ROLE_TREE_DONE : goal ? ROLE_TREE_GOAL : look;
    bool folded = n->children > 0 && tree_view_is_folded(v, n->id);
    if (!goal || !(strcmp(n->state, "active") == 0 || strcmp(n->state, "pending") == 0))
        col = canvas_put(c, a, row, col, look, glyph(tree_view_sign(st, n, still)), -1) + 1;
    if (folded)
        col = canvas_put(c, a, row, col, ROLE_TREE_DIM, glyph(GLYPH_CLOSED), -1) + 1;
    AUTO(line) mark = {0};
    if (n->children > 0)
        tree_view_count(st, n, &mark);
    tree_view_mark(n, &mark);
    int mark_cols = line_cols(&mark);
    bool room = a.cols - col - mark_cols >= 8;
    canvas_put_fit(c, a, row, col, a.cols - col - (room ? mark_cols : 0), s, ROLE_MUTED, n->title);
    if (room)
        line_paint(&mark, c, a, row, a.cols - mark_cols);
}

#define DEPTH_MAX 21 /* as state_lists.c keeps it, and a job below */

/*
 * Lines from what stands above to what stands below it. going: whether a row further down stands
 * at that depth, below the same; kept from the last row upwards. Returns the column after them.
 */
static int tree_view_guides(const struct tree_row *t, const bool *going, struct canvas *c,
                            struct area a, int row)
{
    int most = MIN(t->depth, a.cols / 4), col = 0;
    for (int k = t->depth - most + 1; k <= t->depth; k++, col += 2) {
        enum glyph g = k == t->depth ? (going[k] ? GLYPH_TEE_RIGHT : GLYPH_BOTTOM_LEFT)
                                     : (going[k] ? GLYPH_VERTICAL : GLYPH_NOTHING);
        canvas_put(c, a, row, col, ROLE_HAIRLINE, glyph(g), -1);
    }
    return col;
}

struct detail {
    const char *name, *text;
    size_t most; /* rows; 0: any number */
    bool hard;   /* a path or an id: may break anywhere */
};

static void tree_view_detail_wrap(struct text_rows *l, int cols, const struct detail *d, size_t n)
{
    AUTO(line) line = {0};
    line_adds(&line, ROLE_MUTED, d->name);
    line_add(&line, ROLE_TEXT, d->text, n);
    line_adds(&line, ROLE_MUTED, d->text[n] ? glyph(GLYPH_ELLIPSIS) : "");
    text_rows_wrap(l, &line, &(struct wrap){.width = cols, .indent = 2, .hard = d->hard});
}

/* What takes too many rows is shortened until it fits, so that its end shows a sign. */
static void tree_view_detail_line(struct text_rows *l, int cols, struct detail d)
{
    size_t before = l->rows.len, n = d.text ? strlen(d.text) : 0;
    if (n == 0)
        return;
    tree_view_detail_wrap(l, cols, &d, n);
    for (int fit = cols * (int)d.most; d.most > 0 && l->rows.len > before + d.most && fit > 0;
         fit--) {
        text_rows_cut(l, before);
        tree_view_detail_wrap(l, cols, &d, cluster_fit(d.text, n, fit));
    }
}

/* What does not fit into the selected row, under the list. Returns the rows it took. */
static int tree_view_details(const struct tree_row *r, struct canvas *c, struct area a)
{
    if (a.rows < 3 * DETAIL_ROWS - 2)
        return 0;
    AUTO(text_rows) l = {0};
    int cols = a.cols;
    if (r->node) {
        const struct tree_node *n = r->node;
        AUTO_FREE char *head = mem_printf("#%lld ", (long long)n->id);
        tree_view_detail_line(&l, cols, (struct detail){head, n->title});
        tree_view_detail_line(&l, cols, (struct detail){"check ", n->check});
        tree_view_detail_line(&l, cols, (struct detail){"why ", n->reason});
        tree_view_detail_line(&l, cols, (struct detail){"mode ", n->mode});
        tree_view_detail_line(&l, cols, (struct detail){"note ", n->note});
    } else if (r->job) {
        const struct job *j = r->job;
        AUTO(buf) status = {0};
        job_row_status(j, &status);
        tree_view_detail_line(&l, cols, (struct detail){"", buf_cstr(&status), 2});
        tree_view_detail_line(&l, cols,
                              (struct detail){job_is_delegate(j) ? "" : "$ ", j->title, 2});
        tree_view_detail_line(&l, cols, (struct detail){"in ", j->workspace, 1, true});
        tree_view_detail_line(&l, cols, (struct detail){"session ", j->session, 1, true});
        tree_view_detail_line(&l, cols, (struct detail){"log ", j->log, 3, true});
    }
    int rows = MIN((int)l.rows.len, r->job ? JOB_DETAIL_ROWS : DETAIL_ROWS);
    int top = a.rows - rows;
    canvas_repeat(c, a, top - 1, 0, a.cols, ROLE_BORDER, glyph(GLYPH_HORIZONTAL));
    for (int i = 0; i < rows; i++)
        text_rows_paint(&l, (size_t)i, c, a, top + i, 0);
    return rows + 1;
}

void tree_view_draw(struct tree_view *v, const struct state *st, struct canvas *c, struct area a,
                    bool focused, bool still)
{
    AUTO(tree_rows) r = {0};
    tree_rows_make(&r, v, st);
    if (r.list.len == 0) {
        canvas_put(c, a, 0, 0, ROLE_MUTED, "No goal yet.", -1);
        canvas_put(c, a, 1, 0, ROLE_MUTED, "Tasks stand here then.", -1);
        return;
    }
    /* The row that must be visible: the cursor, or the task worked on. */
    int watched = focused ? (int)tree_view_cursor_row(v, &r) : 0, total = (int)r.list.len;
    for (int i = 0; !focused && i < total; i++)
        if (r.list.ptr[i].node && r.list.ptr[i].node->id == st->focus) {
            watched = i;
            break;
        }
    if (focused)
        a.rows -= tree_view_details(&r.list.ptr[watched], c, a);
    if (total <= a.rows)
        v->scroll = 0;
    else if (watched < v->scroll)
        v->scroll = watched;
    else if (watched >= v->scroll + a.rows)
        v->scroll = watched - a.rows + 1;
    /* From the last row of all upwards, since a line is drawn to what comes below. */
    bool going[DEPTH_MAX + 1] = {false};
    for (int i = total - 1; i >= v->scroll; i--) {
        int row = i - v->scroll;
        const struct tree_row *t = &r.list.ptr[i];
        int depth = MIN(t->depth, DEPTH_MAX);
        for (int k = depth + 1; k <= DEPTH_MAX; k++)
            going[k] = false;
        int col = row < a.rows ? tree_view_guides(t, going, c, a, row) : 0;
        going[depth] = depth > 0;
        if (row >= a.rows)
            continue;
        if (t->node)
            tree_view_row(v, st, t->node, col, still, c, a, row);
        else if (t->job)
            job_row_draw(t->job, c, a, row, col);
        else
            canvas_put(c, a, row, 0, ROLE_TREE_GOAL, "Jobs", -1);
        if (focused && i == watched)
            canvas_restyle(c, a, row, 0, a.cols, ROLE_CURSOR);
    }
}
