/*
 * keyrow - the last row: a short message, a waiting question, or what keys do here.
 */
#ifndef UI_KEYROW_H
#define UI_KEYROW_H

#include "ui/input/keys.h"
#include "ui/term/canvas.h"

/* What it may have to say, the most urgent first. */
struct keyrow {
    bool asking;         /* the input line is borrowed for an answer */
    const char *toast;   /* NULL: none is shown */
    const char *waiting; /* title of a question that was put aside, or NULL */
    const char *escape;  /* what Esc does in a question, or NULL: nothing */
    bool notes;          /* the question is of lines that notes can be written on */
    enum context context;
};

void keyrow_draw(const struct keyrow *k, struct canvas *c, struct area a);

#endif
