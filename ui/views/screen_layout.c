#include "ui/views/screen_layout.h"

#include <assert.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"

#define MIN_ROWS 5
#define MIN_COLS 20
#define FRAME_ROWS 14
#define FRAME_COLS 60
#define TREE_COLS_MIN 22
#define TREE_COLS_MAX 44

static void screen_layout_panes(struct screen_layout *p, int cols, bool tree_focused)
{
    p->divider = -1;
    p->tree_shown = p->framed || tree_focused;
    p->transcript_shown = p->framed || !tree_focused;
    p->tree = p->transcript = p->body;
    if (!p->framed)
        return;
    int tree_cols = MIN(MAX(cols * 3 / 10, TREE_COLS_MIN), TREE_COLS_MAX);
    p->divider = p->body.col + tree_cols;
    p->tree.cols = tree_cols;
    p->transcript.col = p->divider + 2;
    p->transcript.cols = p->body.col + p->body.cols - p->transcript.col - 1;
}

struct screen_layout screen_layout_make(int rows, int cols, int input_rows, bool tree_focused)
{
    assert(rows >= 0 && cols >= 0);
    struct screen_layout p = {.top_rule = -1};
    p.too_small = rows < MIN_ROWS || cols < MIN_COLS;
    p.framed = rows >= FRAME_ROWS && cols >= FRAME_COLS;
    if (p.too_small)
        return p;
    int side = p.framed, pad = p.framed ? 2 : 0;
    int wanted = MIN(MAX(input_rows, 1), MAX(1, rows / 3));
    bool keys = rows >= 8, gauge = rows >= 6;
    int bottom = rows - side;
    p.header = (struct area){0, 0, 1, cols};
    p.keys = (struct area){bottom - keys, pad, keys, cols - 2 * pad};
    p.input = (struct area){p.keys.row - wanted, pad, wanted, cols - 2 * pad};
    p.gauge = (struct area){p.input.row - gauge, pad, gauge, cols - 2 * pad};
    p.bottom_rule = p.gauge.row - 1;
    int top = 1;
    if (p.framed)
        p.top_rule = top++;
    p.body = (struct area){top, side, MAX(0, p.bottom_rule - top), cols - 2 * side};
    screen_layout_panes(&p, cols, tree_focused);
    return p;
}

static void screen_layout_rule(struct canvas *c, int row, enum glyph left, enum glyph right)
{
    struct area all = canvas_area(c);
    canvas_repeat(c, all, row, 0, c->cols, ROLE_BORDER, glyph(GLYPH_HORIZONTAL));
    canvas_put(c, all, row, 0, ROLE_BORDER, glyph(left), -1);
    canvas_put(c, all, row, c->cols - 1, ROLE_BORDER, glyph(right), -1);
}

void screen_layout_draw_frame(const struct screen_layout *p, struct canvas *c, int focus)
{
    struct area all = canvas_area(c);
    if (!p->framed) {
        canvas_repeat(c, all, p->bottom_rule, 0, c->cols, ROLE_BORDER, glyph(GLYPH_HORIZONTAL));
        return;
    }
    screen_layout_rule(c, p->top_rule, GLYPH_TOP_LEFT, GLYPH_TOP_RIGHT);
    screen_layout_rule(c, p->bottom_rule, GLYPH_TEE_RIGHT, GLYPH_TEE_LEFT);
    screen_layout_rule(c, c->rows - 1, GLYPH_BOTTOM_LEFT, GLYPH_BOTTOM_RIGHT);
    for (int r = p->top_rule + 1; r < c->rows - 1; r++) {
        if (r == p->bottom_rule)
            continue;
        canvas_put(c, all, r, 0, ROLE_BORDER, glyph(GLYPH_VERTICAL), -1);
        canvas_put(c, all, r, c->cols - 1, ROLE_BORDER, glyph(GLYPH_VERTICAL), -1);
        if (r < p->bottom_rule)
            canvas_put(c, all, r, p->divider, ROLE_BORDER, glyph(GLYPH_VERTICAL), -1);
    }
    canvas_put(c, all, p->top_rule, p->divider, ROLE_BORDER, glyph(GLYPH_TEE_DOWN), -1);
    canvas_put(c, all, p->bottom_rule, p->divider, ROLE_BORDER, glyph(GLYPH_TEE_UP), -1);
}
