/*
 * layout - styled text broken into rows of a given width.
 *
 * A `line` is one logical line with a style for every byte; layout_wrap() breaks it into
 * rows. Rows are kept encoded in one buffer, so cutting the last ones off (to render a
 * line anew that is still growing) costs nothing.
 */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

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

struct layout {
    struct buf out;
    VEC(uint32_t) rows; /* where each row starts in out */
};

void layout_fini(struct layout *l);
void layout_cut(struct layout *l, size_t rows); /* keep only the first rows */

struct wrap {
    int width;  /* columns, at least 1 */
    int indent; /* of the rows after the first */
    bool hard;  /* break anywhere: code */
    style fill; /* style of the indent */
};

/* Append the rows of one line; an empty line is one empty row. */
void layout_wrap(struct layout *l, const struct line *line, const struct wrap *w);

/* Draw one row from column col on. Returns the column after it. */
int layout_paint(const struct layout *l, size_t row, struct canvas *c, struct area a, int at_row,
                 int col);

/* The row's plain text. */
void layout_row_text(const struct layout *l, size_t row, struct buf *out);

#endif
