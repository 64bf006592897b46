/*
 * prompt - the input line, borrowed for one line of something else; the draft waits aside.
 */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include "base/defs.h"

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_NODE,   /* text of a tree operation */
    PROMPT_REASON, /* words to a choice of the engine's question */
    PROMPT_SEARCH,
    PROMPT_JOB,  /* words to a delegate */
    PROMPT_NOTE, /* on a line of what a question would write */
};

struct prompt {
    enum prompt_kind kind;
    char *op; /* PROMPT_NODE: the operation; PROMPT_REASON: the choice's key; PROMPT_JOB: the job's
                 name; else NULL */
    int64_t node;
    char *question; /* PROMPT_REASON: id of the question the words are for; else NULL */
};

void prompt_fini(struct prompt *a);

/* One question at a time: a second replaces the first. initial NULL: an empty line. */
void prompt_begin(struct prompt *a, enum prompt_kind kind, const char *op, int64_t node,
                  const char *prompt, const char *initial);
/* Gives the line back with its draft; nothing if it is not borrowed. */
void prompt_end(struct prompt *a);

#endif
