/*
 * dump - what a goal that ran out of time leaves for whoever wants to know why: the request, the
 * counters and the last actions, in the state directory's dumps; the newest ten are kept.
 * Thread: engine.
 */
#ifndef SESSION_DUMP_H
#define SESSION_DUMP_H

#include "base/defs.h"

struct context;
struct outbox;
struct tree;

/* Borrowed during the call. */
struct dump {
    int64_t elapsed_ms, window; /* window: tokens */
    const char *goal, *model;
    const struct context *context;
    struct tree *tree;
};

/* A notice tells where it lies, or why there is none. Keys are masked. */
void dump_write(const struct dump *d, struct outbox *out);

#endif
