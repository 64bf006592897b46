/*
 * post - requests to the engine; the only file of the screen that makes one. Thread: UI.
 */
#ifndef UI_POST_H
#define UI_POST_H

#include "engine/engine.h"

/* Where requests go. fn takes a request's strings. */
struct post {
    void (*fn)(void *arg, struct request r);
    void *arg;
};

/* Requests go to an engine, which must live longer. */
struct post post_to_engine(struct engine *g);

/* The first texts of the request's row (engine/requests.def), copied. */
void post_request(const struct post *p, enum request_type type, const char *first,
                  const char *second);
/* node 0: none is selected. text NULL: the operation takes none. */
void post_tree(const struct post *p, const char *op, int64_t node, const char *text);
/* text NULL: the choice alone. */
void post_fork(const struct post *p, int64_t message); /* 0: all of it */
void post_rewind(const struct post *p, const char *op, int64_t message);
void post_answer(const struct post *p, const char *question, const char *key, const char *text);
/* "!ls", or "!!ls", which the agent is not told of. */
void post_command(const struct post *p, const char *line);
/* Words to a delegate. */
void post_tell(const struct post *p, const char *job, const char *text);
/* "": no mode. force: where modes conflict, the last wins. */
void post_mode(const struct post *p, const char *mode, bool force);

#endif
