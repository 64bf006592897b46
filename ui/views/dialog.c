#include "ui/views/dialog.h"

#include <assert.h>
#include <string.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"

#define QUESTION_ROWS 2 /* of a question's text are seen however many choices there are */

const struct approval *dialog_current(struct dialog *d, const struct state *st)
{
    if (st->approvals.len == 0) {
        mem_replace(&d->id, NULL);
        d->minimised = false; /* what was put aside is settled: nothing is left to bring back */
        return NULL;
    }
    const struct approval *q = &st->approvals.ptr[0];
    if (!d->id || strcmp(d->id, q->id) != 0) {
        mem_replace(&d->id, q->id);
        d->scroll = 0;
        d->minimised = false;
    }
    return q;
}

void dialog_scroll(struct dialog *d, int rows)
{
    d->scroll = MIN(MAX(0, d->scroll + rows), d->scroll_max);
}

bool dialog_is_listening(struct dialog *d, const struct approval *q, int64_t now_ms)
{
    if (now_ms - MAX(q->arrived_ms, d->typed_ms) >= DIALOG_DEAF_MS)
        return true;
    d->typed_ms = now_ms;
    return false;
}

bool dialog_is_question(const struct approval *q)
{
    return strcmp(q->kind, "question") == 0;
}

const struct choice *dialog_choice(const struct approval *q, const char *key)
{
    assert(key);
    for (size_t i = 0; i < q->choices.len; i++)
        if (strcmp(q->choices.ptr[i].key, key) == 0)
            return &q->choices.ptr[i];
    return NULL;
}

static void dialog_text(struct text_rows *l, style s, const char *prefix, const char *text,
                        int cols, bool hard)
{
    int indent = (int)strlen(prefix);
    for (bool first = true; *text; first = false) {
        size_t n = strcspn(text, "\n");
        AUTO(line) line = {0};
        line_adds(&line, ROLE_DIALOG, first ? prefix : "      ");
        if (!first) {
            buf_cut(&line.text, (size_t)indent);
            line.styles.len = (size_t)indent;
        }
        line_add(&line, s, text, n);
        struct wrap w = {.width = cols, .indent = indent, .hard = hard, .fill = ROLE_DIALOG};
        text_rows_wrap(l, &line, &w);
        text += n + (text[n] == '\n');
    }
}

const struct choice *dialog_choice_of_words(const struct approval *q)
{
    for (size_t i = 0; i < q->choices.len; i++)
        if (q->choices.ptr[i].takes_text)
            return &q->choices.ptr[i];
    return NULL;
}

/* A title that does not fit into the frame is read in the window. */
static bool dialog_title_fits(const struct approval *q, int cols)
{
    return !dialog_is_question(q) && cluster_str_width(q->title, strlen(q->title)) <= cols - 2;
}

static void dialog_detail(struct text_rows *l, const struct approval *q, int cols)
{
    if (!dialog_title_fits(q, cols))
        dialog_text(l, dialog_is_question(q) ? ROLE_DIALOG : ROLE_DIALOG_TITLE, "", q->question,
                    cols, false);
    bool diff = strcmp(q->kind, "write") == 0;
    bool command = strcmp(q->kind, "command") == 0;
    if (!diff) {
        dialog_text(l, ROLE_DIALOG_DETAIL, command ? "$ " : "", q->detail, cols, command);
        return;
    }
    for (const char *s = q->detail; *s;) {
        size_t n = strcspn(s, "\n");
        AUTO_FREE char *one = mem_strndup(s, n);
        style look = *s == '+' ? ROLE_DIFF_ADD : *s == '-' ? ROLE_DIFF_DEL : ROLE_DIALOG_DETAIL;
        dialog_text(l, look, "", n ? one : " ", cols, true);
        s += n + (s[n] == '\n');
    }
}

static void dialog_choice_add(struct line *line, const struct choice *k, const char *after)
{
    AUTO_FREE char *key = mem_printf("[%s]", k->key);
    line_adds(line, STYLE_ATTR(ROLE_DIALOG_TITLE, ATTR_BOLD), key);
    line_adds(line, ROLE_DIALOG, " ");
    line_adds(line, ROLE_DIALOG, k->label);
    line_adds(line, ROLE_DIALOG, after);
}

/* "[y] once  [a] always": as many to a row as fit. */
static void dialog_choices_flow(struct text_rows *l, const struct approval *q, int cols)
{
    AUTO(line) line = {0};
    struct wrap w = {.width = cols, .indent = 4, .fill = ROLE_DIALOG};
    for (size_t i = 0; i < q->choices.len; i++) {
        const struct choice *k = &q->choices.ptr[i];
        int need = cluster_str_width(k->key, strlen(k->key)) + 6 +
                   cluster_str_width(k->label, strlen(k->label));
        int used = line_cols(&line);
        if (used > 0 && used + need > cols) {
            text_rows_wrap(l, &line, &w);
            line_clear(&line);
        }
        dialog_choice_add(&line, k, i + 1 < q->choices.len ? "   " : "");
    }
    if (q->choices.len == 0)
        line_adds(&line, ROLE_DIALOG, "Enter: answer in words");
    text_rows_wrap(l, &line, &w);
}

static void dialog_choices_list(struct text_rows *l, const struct approval *q, int cols)
{
    for (size_t i = 0; i < q->choices.len; i++) {
        AUTO(line) line = {0};
        dialog_choice_add(&line, &q->choices.ptr[i], "");
        text_rows_wrap(l, &line, &(struct wrap){.width = cols, .indent = 4, .fill = ROLE_DIALOG});
    }
}

/*
 * Choices of a question may be whole sentences: one to a row where there is room, else as many
 * as fit, else they are scrolled with the text and only their keys stay.
 */
static void dialog_choices_of_question(struct text_rows *l, struct text_rows *detail,
                                       const struct approval *q, int cols, int rows)
{
    int wanted = MIN((int)detail->rows.len, QUESTION_ROWS);
    dialog_choices_list(l, q, cols);
    if ((int)l->rows.len + (int)detail->rows.len <= rows)
        return;
    text_rows_cut(l, 0);
    dialog_choices_flow(l, q, cols);
    if ((int)l->rows.len + wanted <= rows)
        return;
    text_rows_cut(l, 0);
    dialog_choices_list(detail, q, cols);
    AUTO(line) keys = {0}; /* what they mean is read above */
    for (size_t i = 0; i < q->choices.len; i++) {
        AUTO_FREE char *key = mem_printf("[%s]", q->choices.ptr[i].key);
        line_adds(&keys, STYLE_ATTR(ROLE_DIALOG_TITLE, ATTR_BOLD), key);
    }
    text_rows_wrap(l, &keys, &(struct wrap){.width = cols, .hard = true});
}

static void dialog_frame(const struct approval *q, struct canvas *c, struct area a)
{
    canvas_fill(c, a, ROLE_DIALOG);
    int last = a.rows - 1, edge = a.cols - 1;
    canvas_repeat(c, a, 0, 0, a.cols, ROLE_DIALOG_BORDER, glyph(GLYPH_HORIZONTAL));
    canvas_repeat(c, a, last, 0, a.cols, ROLE_DIALOG_BORDER, glyph(GLYPH_HORIZONTAL));
    for (int r = 1; r < last; r++) {
        canvas_put(c, a, r, 0, ROLE_DIALOG_BORDER, glyph(GLYPH_VERTICAL), -1);
        canvas_put(c, a, r, edge, ROLE_DIALOG_BORDER, glyph(GLYPH_VERTICAL), -1);
    }
    canvas_put(c, a, 0, 0, ROLE_DIALOG_BORDER, glyph(GLYPH_TOP_LEFT), -1);
    canvas_put(c, a, 0, edge, ROLE_DIALOG_BORDER, glyph(GLYPH_TOP_RIGHT), -1);
    canvas_put(c, a, last, 0, ROLE_DIALOG_BORDER, glyph(GLYPH_BOTTOM_LEFT), -1);
    canvas_put(c, a, last, edge, ROLE_DIALOG_BORDER, glyph(GLYPH_BOTTOM_RIGHT), -1);
    struct area title = {a.row, a.col, 1, a.cols - 2};
    const char *text = dialog_title_fits(q, a.cols - 4) ? q->title : "Question";
    canvas_putf(c, title, 0, 2, ROLE_DIALOG_TITLE, " %s ", text);
}

static void dialog_rows(const struct text_rows *l, size_t from, int rows, struct canvas *c,
                        struct area a, int at)
{
    for (int i = 0; i < rows; i++)
        text_rows_paint(l, from + (size_t)i, c, a, at + i, 0);
}

/* The three parts of a dialog, wrapped, and how many rows each may show. */
struct dialog_parts {
    struct text_rows detail, why, choices;
    int rows[3];
};

static void dialog_parts_fini(struct dialog_parts *p)
{
    text_rows_fini(&p->detail);
    text_rows_fini(&p->why);
    text_rows_fini(&p->choices);
}

static void dialog_parts_make(struct dialog_parts *p, const struct approval *q, struct area body)
{
    int cols = MAX(1, body.cols - 4);
    dialog_detail(&p->detail, q, cols);
    dialog_text(&p->why, ROLE_MUTED, "", q->why, cols, false);
    dialog_text(&p->why, ROLE_MUTED, "", q->always, cols, false);
    if (dialog_is_question(q) && q->choices.len > 0)
        dialog_choices_of_question(&p->choices, &p->detail, q, cols, body.rows - 2);
    else
        dialog_choices_flow(&p->choices, q, cols);
    /* Rows of each: the choices always, then the exact thing asked about, then the reasons. */
    int rows = body.rows - 2;
    p->rows[2] = MIN((int)p->choices.rows.len, MAX(rows, 1));
    int room = MAX(0, rows - p->rows[2]);
    int spare = room > 8 ? 2 : 0; /* a long command leaves a little for the reasons */
    int reasons = MIN((int)p->why.rows.len, spare);
    p->rows[0] = MIN((int)p->detail.rows.len, room - reasons);
    p->rows[1] = MIN((int)p->why.rows.len, room - p->rows[0]);
}

static int dialog_parts_height(const struct dialog_parts *p, struct area body)
{
    return MIN(body.rows, 2 + p->rows[0] + p->rows[1] + p->rows[2]);
}

int dialog_height(const struct approval *q, struct area body)
{
    assert(q);
    AUTO(dialog_parts) p = {0};
    dialog_parts_make(&p, q, body);
    return dialog_parts_height(&p, body);
}

void dialog_draw(struct dialog *d, const struct approval *q, struct canvas *c, struct area body)
{
    assert(q);
    AUTO(dialog_parts) p = {0};
    dialog_parts_make(&p, q, body);
    const int *rows = p.rows;
    d->scroll_max = (int)p.detail.rows.len - rows[0];
    d->scroll = MIN(MAX(d->scroll, 0), d->scroll_max);
    int height = dialog_parts_height(&p, body);
    struct area a = {body.row + body.rows - height, body.col, height, body.cols};
    dialog_frame(q, c, a);
    struct area in = {a.row + 1, a.col + 2, height - 2, a.cols - 4};
    dialog_rows(&p.detail, (size_t)d->scroll, rows[0], c, in, 0);
    dialog_rows(&p.why, 0, rows[1], c, in, rows[0]);
    dialog_rows(&p.choices, 0, rows[2], c, in, rows[0] + rows[1]);
    if (d->scroll_max > 0)
        canvas_putf(c, a, 0, MAX(2, a.cols - 22), ROLE_DIALOG_BORDER, " %s%s line %d of %d ",
                    glyph(GLYPH_UP), glyph(GLYPH_DOWN), d->scroll + rows[0],
                    (int)p.detail.rows.len);
}
