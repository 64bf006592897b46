#include "ui/term/canvas.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "ui/term/glyph.h"

static struct cell canvas_blank(style s, uint8_t under)
{
    return (struct cell){.text = " ", .len = 1, .width = 1, .style = (uint16_t)s, .under = under};
}

void canvas_init(struct canvas *c, int rows, int cols)
{
    *c = (struct canvas){.rows = rows, .cols = cols, .caret_row = -1, .caret_col = -1};
    c->cells = mem_alloc((size_t)rows * (size_t)cols * sizeof *c->cells + 1);
    canvas_clear(c, 0);
}

void canvas_fini(struct canvas *c)
{
    free(c->cells);
    *c = (struct canvas){0};
}

void canvas_resize(struct canvas *c, int rows, int cols)
{
    assert(rows >= 0 && cols >= 0);
    canvas_fini(c);
    canvas_init(c, rows, cols);
}

void canvas_clear(struct canvas *c, style s)
{
    canvas_fill(c, canvas_area(c), s);
    c->caret_row = c->caret_col = -1;
}

struct area canvas_area(const struct canvas *c)
{
    return (struct area){0, 0, c->rows, c->cols};
}

static struct cell *canvas_cell(struct canvas *c, int row, int col)
{
    return &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

/* Writing over one half of a wide character blanks the other half. */
static void canvas_split_wide(struct canvas *c, int row, int col)
{
    struct cell *k = canvas_cell(c, row, col);
    style s = k->style;
    if (k->width == 2 && col + 1 < c->cols) {
        k[1] = canvas_blank(s, k[1].under);
    } else if (k->width == 0 && col > 0) {
        k[-1] = canvas_blank(s, k[-1].under);
    }
}

static void canvas_set(struct canvas *c, int row, int col, style s, const struct cluster *k)
{
    struct cell *to = canvas_cell(c, row, col);
    if (to->width != 1)
        canvas_split_wide(c, row, col);
    uint8_t under = STYLE_SURFACE_OF(s) ? (uint8_t)STYLE_SURFACE_OF(s) : to->under;
    *to = (struct cell){.len = k->len,
                        .width = k->width,
                        .style = (uint16_t)s,
                        .under = under,
                        .link = STYLE_LINK_OF(s)};
    memcpy(to->text, k->text, k->len);
    if (k->width == 2) {
        canvas_split_wide(c, row, col + 1);
        to[1] = (struct cell){
            .width = 0, .style = (uint16_t)s, .under = under, .link = STYLE_LINK_OF(s)};
    }
}

static inline bool canvas_clip(const struct canvas *c, struct area a, int row, int col, int width)
{
    return row >= 0 && row < a.rows && col >= 0 && col + width <= a.cols && a.row + row >= 0 &&
           a.row + row < c->rows && a.col + col >= 0 && a.col + col + width <= c->cols;
}

int canvas_put(struct canvas *c, struct area a, int row, int col, style s, const char *text,
               ptrdiff_t n)
{
    size_t len = n < 0 ? strlen(text) : (size_t)n;
    static const struct cluster space = {.text = " ", .len = 1, .width = 1};
    struct cluster k;
    for (size_t i = 0; i < len && col < a.cols; i += k.used) {
        cluster_next(text + i, len - i, &k);
        if (canvas_clip(c, a, row, col, k.width))
            canvas_set(c, a.row + row, a.col + col, s, &k);
        else if (k.width == 2 && canvas_clip(c, a, row, col, 1))
            canvas_set(c, a.row + row, a.col + col, s, &space);
        col += k.width;
    }
    return col;
}

int canvas_put_fit(struct canvas *c, struct area a, int row, int col, int cols, style s, style mark,
                   const char *text)
{
    assert(text);
    size_t n = strlen(text), fit = cluster_fit(text, n, MAX(0, cols));
    if (fit == n)
        return canvas_put(c, a, row, col, s, text, (ptrdiff_t)n);
    fit = cluster_fit(text, n, MAX(0, cols - 1)); /* the ellipsis takes a column of its own */
    col = canvas_put(c, a, row, col, s, text, (ptrdiff_t)fit);
    return cols > 0 ? canvas_put(c, a, row, col, mark, glyph(GLYPH_ELLIPSIS), -1) : col;
}

int canvas_putf(struct canvas *c, struct area a, int row, int col, style s, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    return canvas_put(c, a, row, col, s, buf_cstr(&text), (ptrdiff_t)text.len);
}

/* Every frame begins with it: whole rows at once, wide characters cut at the edges only. */
void canvas_fill(struct canvas *c, struct area a, style s)
{
    int from = MAX(a.col, 0), to = MIN(a.col + a.cols, c->cols);
    const struct cell blank = canvas_blank(s, (uint8_t)STYLE_ROLE_OF(s));
    for (int row = MAX(a.row, 0); row < MIN(a.row + a.rows, c->rows) && from < to; row++) {
        struct cell *cells = canvas_cell(c, row, 0);
        canvas_split_wide(c, row, from);
        canvas_split_wide(c, row, to - 1);
        for (int col = from; col < to; col++)
            cells[col] = blank;
    }
}

void canvas_repeat(struct canvas *c, struct area a, int row, int col, int cols, style s,
                   const char *text)
{
    assert(text);
    struct cluster k;
    cluster_next(text, strlen(text), &k);
    for (int i = 0; i < cols; i++)
        if (canvas_clip(c, a, row, col + i, 1))
            canvas_set(c, a.row + row, a.col + col + i, s, &k);
}

void canvas_restyle(struct canvas *c, struct area a, int row, int col, int cols, style s)
{
    for (int i = 0; i < cols; i++)
        if (canvas_clip(c, a, row, col + i, 1))
            canvas_cell(c, a.row + row, a.col + col + i)->style = (uint16_t)s;
}

const struct cell *canvas_at(const struct canvas *c, int row, int col)
{
    assert(row >= 0 && row < c->rows && col >= 0 && col < c->cols);
    return &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

bool canvas_cell_equal(const struct cell *a, const struct cell *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
