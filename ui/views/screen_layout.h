/*
 * screen_layout - where everything stands on a screen of a given size.
 */
#ifndef UI_SCREEN_LAYOUT_H
#define UI_SCREEN_LAYOUT_H

#include "ui/term/canvas.h"

struct screen_layout {
    bool too_small, framed;
    bool tree_shown, transcript_shown;
    struct area header, tree, transcript, gauge, input, keys;
    struct area body;          /* tree and transcript together */
    int top_rule, bottom_rule; /* rows of the frame; top -1 when unframed */
    int divider;               /* column between the panes, or -1 */
};

/* input_rows: rows the input line would like. tree_focused decides what a narrow screen
 * shows. */
struct screen_layout screen_layout_make(int rows, int cols, int input_rows, bool tree_focused);

void screen_layout_draw_frame(const struct screen_layout *p, struct canvas *c, int focus);

#endif
