/*
 * help - the overlay that lists commands and keys; and the first screen.
 */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "ui/term/canvas.h"

struct help {
    bool open;
    int scroll; /* first row shown; help_draw() keeps it in range */
};

struct help_row {
    char *name;
    const char *text;
};

/* At its beginning. */
void help_open(struct help *h);

/* commands stand above the keys, which the table of keys gives. */
void help_draw(struct help *h, const struct help_row *commands, size_t n, struct canvas *c,
               struct area a);

/* What an empty transcript shows. model may be NULL. */
void welcome_draw(const char *model, struct canvas *c, struct area a);

#endif
