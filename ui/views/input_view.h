/*
 * input_view - the input line: prompt, text, placeholders, selection; the caret stands where
 * readline's point is.
 */
#ifndef UI_INPUT_VIEW_H
#define UI_INPUT_VIEW_H

#include "ui/term/canvas.h"

struct input_view {
    int scroll; /* first row shown; input_view_draw() keeps the caret in sight */
};

/* Rows that prompt and text would take. */
int input_view_rows(int cols);

/* has_caret: what is typed goes into the line. invitation stands in an empty line; NULL: none. */
void input_view_draw(struct input_view *v, bool has_caret, const char *invitation, struct canvas *c,
                     struct area a);

#endif
