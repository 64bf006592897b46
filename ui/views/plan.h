/*
 * plan - where everything stands on a screen of a given size.
 */
#ifndef UI_PLAN_H
#define UI_PLAN_H

#include "ui/term/canvas.h"

struct plan {
    bool too_small, framed;
    bool tree_shown, transcript_shown;
    struct area header, tree, transcript, gauge, input, keys;
    struct area body;          /* tree and transcript together */
    int top_rule, bottom_rule; /* rows of the frame; top -1 when unframed */
    int divider;               /* column between the panes, or -1 */
};

/* input_rows: rows the input line would like. tree_focused decides what a narrow screen
 * shows. */
struct plan plan_make(int rows, int cols, int input_rows, bool tree_focused);

void plan_draw_frame(const struct plan *p, struct canvas *c, int focus);

#endif
