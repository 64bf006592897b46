/*
 * canvas - a grid of cells that views draw into. Nothing here knows a terminal: screen.c
 * turns cells into curses calls, tests compare them as text.
 */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include "base/buf.h"
#include "ui/term/cluster.h"

/* A style is a theme role (theme.h), attributes added to the role's own, perhaps the role of the
 * surface it stands on, whose background shows where the role has none, and where it leads
 * (links.h). */
typedef uint32_t style;
enum {
    ATTR_BOLD = 1 << 0,
    ATTR_DIM = 1 << 1,
    ATTR_ITALIC = 1 << 2,
    ATTR_UNDERLINE = 1 << 3,
    ATTR_REVERSE = 1 << 4,
};
#define STYLE_ATTR(role, attrs) ((style)((role) | (attrs) << 8))
#define STYLE_ROLE_OF(s) ((s)&0xff)
#define STYLE_ATTRS_OF(s) ((s) >> 8 & 0xff)
#define STYLE_ON(s, surface) ((style)(((s)&0xff00ffff) | (style)(surface) << 16))
#define STYLE_SURFACE_OF(s) ((s) >> 16 & 0xff) /* 0: what lies there already */
#define STYLE_LINK(s, number) ((style)((s)&0xffffff) | (style)(number) << 24)
#define STYLE_LINK_OF(s) ((s) >> 24 & 0xff) /* 0: nowhere */

struct cell {
    char text[CLUSTER_BYTES]; /* zero-padded, so cells compare as memory */
    uint8_t len, width;       /* width 0: right half of a wide character */
    uint16_t style;           /* role and attributes */
    uint8_t under;            /* role whose background shows through */
    uint8_t link;             /* where it leads */
};

struct canvas {
    int rows, cols;
    struct cell *cells;
    int caret_row, caret_col; /* -1: no caret */
};

/* A rectangle of a canvas; coordinates given to canvas_put are relative to it. */
struct area {
    int row, col, rows, cols;
};

void canvas_init(struct canvas *c, int rows, int cols);
void canvas_fini(struct canvas *c);
void canvas_resize(struct canvas *c, int rows, int cols); /* empty afterwards */
void canvas_clear(struct canvas *c, style s);             /* blanks, no caret */
struct area canvas_area(const struct canvas *c);

/* Draw n bytes (-1: to the NUL) without line breaks; what lies outside the area is left
 * out. Returns the column after the last character, also when clipped. */
int canvas_put(struct canvas *c, struct area a, int row, int col, style s, const char *text,
               ptrdiff_t n);
/* The same in at most `cols` columns; what is too long ends with an ellipsis in style `mark`. */
int canvas_put_fit(struct canvas *c, struct area a, int row, int col, int cols, style s, style mark,
                   const char *text);
int canvas_putf(struct canvas *c, struct area a, int row, int col, style s, const char *fmt, ...)
    PRINTF_LIKE(6, 7);
/* Blanks; text put there later stands on this style's background. */
void canvas_fill(struct canvas *c, struct area a, style s);
/* `text` (one column) repeated over cols columns. */
void canvas_repeat(struct canvas *c, struct area a, int row, int col, int cols, style s,
                   const char *text);
/* Change the style of cells, keeping their text. */
void canvas_restyle(struct canvas *c, struct area a, int row, int col, int cols, style s);

const struct cell *canvas_at(const struct canvas *c, int row, int col);
bool canvas_cell_equal(const struct cell *a, const struct cell *b);

#endif
