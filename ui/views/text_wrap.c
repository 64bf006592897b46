#include "ui/views/text_wrap.h"

#include <assert.h>
#include <string.h>

#include "ui/term/glyph.h"

#define TAB 4

/* Packed: rows of a long transcript are made of them. */
struct run {
    uint8_t style[4];
    uint8_t len[2]; /* 0: the background reaches to the edge */
};

static style run_style(const struct run *r)
{
    style s;
    memcpy(&s, r->style, sizeof s);
    return s;
}

static size_t run_len(const struct run *r)
{
    return (size_t)(r->len[0] | r->len[1] << 8);
}

void line_fini(struct line *l)
{
    buf_fini(&l->text);
    VEC_FREE(&l->styles);
}

void line_clear(struct line *l)
{
    buf_clear(&l->text);
    l->styles.len = 0;
}

static void line_push(struct line *l, style s, const char *text, size_t n)
{
    buf_add(&l->text, text, n);
    if (l->styles.len + n > l->styles.cap) {
        l->styles.cap = (l->styles.len + n) * 2;
        l->styles.ptr = mem_resize(l->styles.ptr, l->styles.cap, sizeof *l->styles.ptr);
    }
    for (size_t i = 0; i < n; i++)
        l->styles.ptr[l->styles.len++] = s;
}

void line_add(struct line *l, style s, const char *text, size_t n)
{
    assert(text || n == 0);
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '\t')
            continue;
        line_push(l, s, text + from, i - from);
        int col = cluster_str_width(buf_cstr(&l->text), l->text.len);
        line_push(l, s, "    ", (size_t)(TAB - col % TAB));
        from = i + 1;
    }
    line_push(l, s, text + from, n - from);
}

void line_adds(struct line *l, style s, const char *text)
{
    line_add(l, s, text, strlen(text));
}

/* Where the run of one style that starts at `from` ends. */
static size_t line_run_end(const struct line *l, size_t from, size_t to)
{
    size_t end = from + 1;
    while (end < to && l->styles.ptr[end] == l->styles.ptr[from])
        end++;
    return end;
}

void line_join(struct line *l, const struct line *more)
{
    for (size_t i = 0, end; i < more->text.len; i = end) {
        end = line_run_end(more, i, more->text.len);
        line_push(l, more->styles.ptr[i], more->text.ptr + i, end - i);
    }
}

int line_cols(const struct line *l)
{
    return l->text.len > 0 ? cluster_str_width(l->text.ptr, l->text.len) : 0;
}

void line_cut(struct line *l, int cols)
{
    if (line_cols(l) <= cols)
        return;
    size_t n = cluster_fit(l->text.ptr, l->text.len, MAX(0, cols - 1));
    style s = n > 0 ? l->styles.ptr[n - 1] : l->styles.ptr[0];
    buf_cut(&l->text, n);
    l->styles.len = n;
    if (cols > 0)
        line_adds(l, s, glyph(GLYPH_ELLIPSIS));
}

int line_paint(const struct line *l, struct canvas *c, struct area a, int row, int col)
{
    for (size_t i = 0, end; i < l->text.len; i = end) {
        end = line_run_end(l, i, l->text.len);
        col = canvas_put(c, a, row, col, l->styles.ptr[i], l->text.ptr + i, (ptrdiff_t)(end - i));
    }
    return col;
}

void text_rows_fini(struct text_rows *l)
{
    buf_fini(&l->out);
    VEC_FREE(&l->rows);
}

void text_rows_cut(struct text_rows *l, size_t rows)
{
    if (rows >= l->rows.len)
        return;
    buf_cut(&l->out, l->rows.ptr[rows]);
    l->rows.len = rows;
}

static void text_rows_put(struct text_rows *l, style s, const char *text, size_t n)
{
    struct run r = {{0}, {n & 0xff, n >> 8 & 0xff}};
    memcpy(r.style, &s, sizeof s);
    buf_add(&l->out, &r, sizeof r);
    buf_add(&l->out, text, n);
}

static void text_rows_run(struct text_rows *l, style s, const char *text, size_t n)
{
    for (size_t part; n > 0; text += part, n -= part) {
        part = MIN(n, 60000u);
        text_rows_put(l, s, text, part);
    }
}

static void text_rows_piece(struct text_rows *l, const struct line *line, size_t from, size_t to,
                            uint8_t surface)
{
    for (size_t end; from < to; from = end) {
        end = line_run_end(line, from, to);
        style s = line->styles.ptr[from];
        text_rows_run(l, surface && !STYLE_SURFACE_OF(s) ? STYLE_ON(s, surface) : s,
                      line->text.ptr + from, end - from);
    }
}

static void text_rows_emit(struct text_rows *l, const struct line *line, size_t from, size_t to,
                           int indent, const struct wrap *w)
{
    static const char spaces[] = "                                ";
    VEC_PUSH(&l->rows, (uint32_t)l->out.len);
    style fill = w->surface ? STYLE_ON(w->fill, w->surface) : w->fill;
    struct cluster first = {0};
    if (from > 0 && w->gutter && indent > 0) {
        cluster_next(line->text.ptr, line->text.len, &first);
        text_rows_piece(l, line, 0, first.used, w->surface);
    }
    text_rows_run(l, fill, spaces, (size_t)MIN(indent - first.width, (int)sizeof spaces - 1));
    text_rows_piece(l, line, from, to, w->surface);
    if (w->surface)
        text_rows_put(l, w->surface, "", 0);
}

/*
 * Where the row that starts at `from` ends, and where the next one begins: at the last space,
 * or beside a wide character, since scripts that use them have no spaces. Not inside the first
 * `prefix` columns: the mark of a list or a quote.
 */
static size_t text_rows_break(const struct line *line, size_t from, int cols, int prefix, bool hard,
                              size_t *next)
{
    const char *s = line->text.ptr;
    size_t n = line->text.len, end = 0, after = 0, pos = from;
    int last_width = 1;
    struct cluster k;
    for (int col = 0; pos < n; pos += k.used) {
        cluster_next(s + pos, n - pos, &k);
        bool may_break = col > prefix && pos > from && !hard;
        if (may_break && (s[pos] == ' ' || k.width == 2 || last_width == 2)) {
            end = pos;
            after = s[pos] == ' ' ? pos + 1 : pos;
        }
        if (col + k.width > cols && pos > from)
            break;
        col += k.width;
        last_width = k.width;
    }
    *next = pos;
    if (pos >= n || end == 0)
        return pos;
    *next = after;
    return end;
}

void text_rows_wrap(struct text_rows *l, const struct line *line, const struct wrap *w)
{
    assert(w->width >= 1);
    size_t pos = 0;
    int indent = 0;
    do {
        size_t next = pos;
        size_t end = text_rows_break(line, pos, MAX(1, w->width - indent), pos == 0 ? w->indent : 0,
                                     w->hard, &next);
        text_rows_emit(l, line, pos, end, indent, w);
        pos = next;
        indent = w->indent < w->width / 2 ? w->indent : 0;
    } while (pos < line->text.len);
}

static size_t text_rows_row_end(const struct text_rows *l, size_t row)
{
    return row + 1 < l->rows.len ? l->rows.ptr[row + 1] : l->out.len;
}

int text_rows_paint(const struct text_rows *l, size_t row, struct canvas *c, struct area a,
                    int at_row, int col)
{
    assert(row < l->rows.len);
    size_t end = text_rows_row_end(l, row);
    for (size_t i = l->rows.ptr[row]; i < end;) {
        struct run r;
        memcpy(&r, l->out.ptr + i, sizeof r);
        i += sizeof r;
        if (run_len(&r) == 0 && at_row >= 0 && at_row < a.rows && col < a.cols)
            canvas_fill(c, (struct area){a.row + at_row, a.col + col, 1, a.cols - col},
                        run_style(&r));
        col = canvas_put(c, a, at_row, col, run_style(&r), l->out.ptr + i, (ptrdiff_t)run_len(&r));
        i += run_len(&r);
    }
    return col;
}

void text_rows_line(const struct text_rows *l, size_t row, struct line *out)
{
    assert(row < l->rows.len);
    size_t end = text_rows_row_end(l, row);
    for (size_t i = l->rows.ptr[row]; i < end;) {
        struct run r;
        memcpy(&r, l->out.ptr + i, sizeof r);
        line_push(out, run_style(&r), l->out.ptr + i + sizeof r, run_len(&r));
        i += sizeof r + run_len(&r);
    }
}

void text_rows_join(struct text_rows *l, const struct text_rows *more)
{
    uint32_t base = (uint32_t)l->out.len;
    buf_add(&l->out, more->out.ptr, more->out.len);
    for (size_t i = 0; i < more->rows.len; i++)
        VEC_PUSH(&l->rows, base + more->rows.ptr[i]);
}

void text_rows_text(const struct text_rows *l, size_t row, struct buf *out)
{
    assert(row < l->rows.len);
    size_t end = text_rows_row_end(l, row);
    for (size_t i = l->rows.ptr[row]; i < end;) {
        struct run r;
        memcpy(&r, l->out.ptr + i, sizeof r);
        buf_add(out, l->out.ptr + i + sizeof r, run_len(&r));
        i += sizeof r + run_len(&r);
    }
}
