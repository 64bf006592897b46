/*
 * compact - what left the model's view is summed up once, in the store; the goal, the tree and
 * the last exchanges stay as they were said. Where no summary can be had, the prune of context.h
 * makes the room: it needs no model and cannot fail.
 *
 * Whoever works on a goal asks compact_if_due() between context_begin() and context_prepare().
 * It owns the hint a user left; the rest is borrowed and connected once. What it did is told as
 * COMPACT and is durable when it returns. Thread: engine.
 */
#ifndef REQUEST_COMPACT_H
#define REQUEST_COMPACT_H

#include "request/context.h"
#include "request/model_call.h"

struct compactor {
    const struct config *cfg;
    struct reactor *reactor;
    struct outbox *out;
    struct conversation *talk;
    const struct modes *modes;
    struct context *context;
    struct model_call *call;
    struct goal_view (*goal)(void *arg);
    void *arg;
    bool failed; /* the last summary: said once, until one is had again */
    char *asked; /* the user's hint, "" without; NULL: not asked */
};

void compact_fini(struct compactor *k);

/* Compact when the request that was begun is larger than its behavior's policy allows, or when the
 * user asked; then it is begun anew. True: the history changed. MAY WAIT for the model. */
bool compact_if_due(struct compactor *k);
/* The same because a server refused the prompt. False: no behavior has a policy. MAY WAIT for the
 * model. */
bool compact_hard(struct compactor *k, const char *how);
/* The user asks, with a hint what to keep (NULL: none); before the next request while a goal
 * runs. MAY WAIT for the model. */
void compact_now(struct compactor *k, const char *hint);
/* Put the user's text in the summary's place; an empty one takes it away. ERR_DENIED: there is
 * none yet; ERR_BUSY: a call reads it. */
NODISCARD bool compact_edit_summary(struct compactor *k, const char *text, struct error *e);

#endif
