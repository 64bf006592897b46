/*
 * welcome - the page before anything was said: where this is, what could be asked here, and, where
 * there is no model, what can be done about it.
 */
#ifndef UI_WELCOME_H
#define UI_WELCOME_H

#include "ui/views/state.h"

#define WELCOME_EXAMPLES 3

struct welcome {
    char *workspace; /* the examples are of; NULL: none were looked for */
    char *examples[WELCOME_EXAMPLES];
};

void welcome_fini(struct welcome *w);

/* day: any number that changes from day to day, for the tip. */
void welcome_draw(struct welcome *w, const struct state *st, int64_t day, struct canvas *c,
                  struct area a);

#endif
