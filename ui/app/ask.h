/*
 * ask - the input line, borrowed for one line of something else; the draft waits aside.
 */
#ifndef UI_ASK_H
#define UI_ASK_H

#include "base/defs.h"

enum ask_kind {
    ASK_NONE,
    ASK_NODE,   /* text of a tree operation */
    ASK_REASON, /* words to a choice of the engine's question */
    ASK_SEARCH,
};

struct ask {
    enum ask_kind kind;
    char *op; /* ASK_NODE: the operation; ASK_REASON: the choice's key; else NULL */
    int64_t node;
};

void ask_fini(struct ask *a);

/* One question at a time: a second replaces the first. initial NULL: an empty line. */
void ask_begin(struct ask *a, enum ask_kind kind, const char *op, int64_t node, const char *prompt,
               const char *initial);
/* Gives the line back with its draft; nothing if it is not borrowed. */
void ask_end(struct ask *a);

#endif
