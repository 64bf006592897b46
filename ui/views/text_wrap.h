/*
 * text_wrap - styled text broken into rows of a given width.
 *
 * A `line` is one logical line with a style for every byte; text_rows_wrap() breaks it into
 * rows. Rows are kept encoded in one buffer, so cutting the last ones off (to render a
 * line anew that is still growing) costs nothing.
 */
#ifndef UI_TEXT_WRAP_H
#define UI_TEXT_WRAP_H

#include "base/mem.h"
#include "ui/term/canvas.h"

struct line {
    struct buf text;
    VEC(style) styles; /* one for each byte of text */
};

void line_fini(struct line *l);
void line_clear(struct line *l);
/* Tabs become spaces up to the next multiple of 4. */
void line_add(struct line *l, style s, const char *text, size_t n);
void line_adds(struct line *l, style s, const char *text);

/* Append another line, styles and all. */
void line_join(struct line *l, const struct line *more);
int line_cols(const struct line *l); /* columns it takes in one row */
/* What is longer than so many columns ends with an ellipsis. */
void line_cut(struct line *l, int cols);
/* Draw it unbroken from column col on. Returns the column after it. */
int line_paint(const struct line *l, struct canvas *c, struct area a, int row, int col);

struct text_rows {
    struct buf out;
    VEC(uint32_t) rows; /* where each row starts in out */
};

void text_rows_fini(struct text_rows *l);
void text_rows_cut(struct text_rows *l, size_t rows); /* keep only the first rows */

struct wrap {
    int width;       /* columns, at least 1 */
    int indent;      /* of the rows after the first */
    bool hard;       /* break anywhere: code */
    style fill;      /* style of the indent */
    bool gutter;     /* those rows begin with the line's first cell again */
    uint8_t surface; /* role of the rows' background, to the edge; 0: none */
};

/* Append the rows of one line; an empty line is one empty row. */
void text_rows_wrap(struct text_rows *l, const struct line *line, const struct wrap *w);

/* Draw one row from column col on. Returns the column after it. */
int text_rows_paint(const struct text_rows *l, size_t row, struct canvas *c, struct area a,
                    int at_row, int col);

/* Append a row, styles and all, to a line. */
void text_rows_line(const struct text_rows *l, size_t row, struct line *out);

/* Append all rows of another. */
void text_rows_join(struct text_rows *l, const struct text_rows *more);

/* The row's plain text. */
void text_rows_text(const struct text_rows *l, size_t row, struct buf *out);

#endif
