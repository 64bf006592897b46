/*
 * sample - a little of everything, to judge a theme by.
 */
#ifndef UI_SAMPLE_H
#define UI_SAMPLE_H

#include "ui/term/canvas.h"

/* Rows it wants. */
#define SAMPLE_ROWS 14

/* At the bottom of the area, over whatever is there. */
void sample_draw(struct canvas *c, struct area a);

#endif
