/*
 * screen_layout - where everything stands on a screen of a given size. Areas are told apart by
 * their background; between the panes stands one hairline.
 */
#ifndef UI_SCREEN_LAYOUT_H
#define UI_SCREEN_LAYOUT_H

#include "ui/term/canvas.h"

struct screen_layout {
    bool too_small;
    bool wide; /* room for two panes side by side */
    bool tree_shown, transcript_shown;
    struct area header, tree, transcript, gauge, input, keys;
    struct area body;  /* tree and transcript together */
    struct area strip; /* what waits; perhaps no rows */
    struct area panel; /* the status row and the input line */
    int divider;       /* column of the hairline, or -1 */
};

struct screen_wants {
    int input_rows;    /* the input line would like */
    int strip_rows;    /* what waits would take */
    bool tree;         /* it has something to say */
    bool tree_focused; /* it has the keys: a narrow screen shows it alone */
};

struct screen_layout screen_layout_make(int rows, int cols, struct screen_wants w);

/* Surfaces and hairline. focus: a pane other than the input line has the keys. */
void screen_layout_draw(const struct screen_layout *p, struct canvas *c, bool focus);

#endif
