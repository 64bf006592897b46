/*
 * strip - what the user sent that the agent has not read yet, above the input line.
 */
#ifndef UI_STRIP_H
#define UI_STRIP_H

#include "ui/views/state.h"

/* Rows it wants, at most `most`. */
int strip_rows(const struct state *st, int most);
void strip_draw(const struct state *st, struct canvas *c, struct area a);

/* The newest that waits, or NULL: it is the first to be taken back. */
const char *strip_newest(const struct state *st);

#endif
