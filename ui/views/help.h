/*
 * help - the overlay that lists commands and keys.
 */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "ui/input/keys.h"
#include "ui/term/canvas.h"

struct help {
    bool open;
    bool all;     /* every command and key, else what is needed most, on one screen */
    bool by_mark; /* a ? in an empty line opened it: a second one is meant to be written */
    int scroll;   /* first row shown; help_draw() keeps it in range */
};

struct help_row {
    char *name;
    const char *text;
};

/* On one screen; once more: all of it, at its beginning. */
void help_open(struct help *h, bool by_mark);

/* The rows of the one screen: a title (key NULL), or a key of the table and what it is for. */
struct help_brief {
    enum context context;
    const char *key, *text;
};
extern const struct help_brief help_brief[]; /* text NULL ends it */

/* commands stand above the keys, which the table of keys gives. */
void help_draw(struct help *h, const struct help_row *commands, size_t n, struct canvas *c,
               struct area a);

#endif
