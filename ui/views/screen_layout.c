#include "ui/views/screen_layout.h"

#include <assert.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"

#define MIN_ROWS 5
#define MIN_COLS 20
#define WIDE_ROWS 14
#define WIDE_COLS 60
#define FOOT_ROWS 6 /* from so many rows on there is a last row for gauge and keys */
#define TREE_COLS_MIN 22
#define TREE_COLS_MAX 44
#define GAUGE_COLS_NARROW 12
#define STRIP_ROWS 3
#define STRIP_FROM_ROWS 10 /* lower, the transcript needs every row */

static void screen_layout_panes(struct screen_layout *p, int cols, bool tree_wanted,
                                bool tree_focused)
{
    int margin = p->wide;
    p->divider = -1;
    p->tree_shown = tree_focused || (p->wide && tree_wanted);
    p->transcript_shown = p->wide || !tree_focused;
    p->tree = p->transcript = p->body;
    p->transcript.col += margin;
    p->transcript.cols -= 2 * margin;
    if (!p->wide || !p->tree_shown)
        return;
    int tree_cols = MIN(MAX(cols * 3 / 10, TREE_COLS_MIN), TREE_COLS_MAX);
    p->tree.col = 1;
    p->tree.cols = tree_cols - 1;
    p->divider = 1 + tree_cols;
    p->transcript.col = p->divider + 2;
    p->transcript.cols = cols - p->transcript.col - 1;
}

static void screen_layout_foot(struct screen_layout *p, int rows, int cols)
{
    bool foot = rows >= FOOT_ROWS;
    int used = p->wide ? MIN(MAX(cols / 3, 28), 60) : GAUGE_COLS_NARROW;
    p->gauge = (struct area){rows - 1, p->wide ? 2 : 0, foot, used};
    int at = p->gauge.col + used + (p->wide ? 3 : 1);
    p->keys = (struct area){rows - 1, at, foot, MAX(0, cols - at - 1)};
}

struct screen_layout screen_layout_make(int rows, int cols, struct screen_wants w)
{
    assert(rows >= 0 && cols >= 0);
    struct screen_layout p = {.divider = -1};
    p.too_small = rows < MIN_ROWS || cols < MIN_COLS;
    p.wide = rows >= WIDE_ROWS && cols >= WIDE_COLS;
    if (p.too_small)
        return p;
    int wanted = MIN(MAX(w.input_rows, 1), MAX(1, rows / 3));
    screen_layout_foot(&p, rows, cols);
    p.header = (struct area){0, 0, 1, cols};
    int top = rows - p.gauge.rows - wanted - 1;
    p.panel = (struct area){top, 0, wanted + 1, cols};
    p.input = (struct area){top + 1, 2, wanted, cols - 3};
    int strip = MIN(w.strip_rows, p.wide ? STRIP_ROWS : rows >= STRIP_FROM_ROWS);
    p.strip = (struct area){top - strip, 1, strip, MAX(0, cols - 2)};
    p.body = (struct area){1, 0, MAX(0, top - strip - 1), cols};
    screen_layout_panes(&p, cols, w.tree, w.tree_focused);
    return p;
}

void screen_layout_draw(const struct screen_layout *p, struct canvas *c, bool focus)
{
    struct area all = canvas_area(c);
    canvas_fill(c, p->panel, ROLE_PANEL);
    for (int r = 0; r < p->panel.rows; r++)
        canvas_put(c, p->panel, r, 0, focus ? ROLE_HAIRLINE : ROLE_PROMPT, glyph(GLYPH_EDGE), -1);
    for (int r = 0; p->divider >= 0 && r < p->body.rows; r++)
        canvas_put(c, all, p->body.row + r, p->divider, focus ? ROLE_BORDER_FOCUS : ROLE_HAIRLINE,
                   glyph(GLYPH_HAIRLINE), -1);
}
