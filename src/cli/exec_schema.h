/*
 * exec_schema - answers as JSON that fits a schema: the model is told so with the goal, what it
 * answers is checked, and asked for once more where it does not fit.
 */
#ifndef CLI_EXEC_SCHEMA_H
#define CLI_EXEC_SCHEMA_H

#include "base/error.h"
#include "base/json.h"
#include "run/event.h"

/* {0}: there is none, and answers stay as they are. */
struct exec_schema {
    cJSON *schema;
    char *text;  /* of it, compact */
    bool asked;  /* the answer that comes was asked for once more */
    bool misfit; /* the last one did not fit */
};

void exec_schema_fini(struct exec_schema *s);

/* ERR_USAGE: no schema, or one with a keyword that could not be checked. */
NODISCARD bool exec_schema_load(struct exec_schema *s, const char *path, struct error *e);

/* The goal as it is sent. Caller frees. */
char *exec_schema_goal(const struct exec_schema *s, const char *goal);

/* What a goal ended with. Its answer becomes the JSON alone, or, where it did not fit twice, a
 * failure. Not NULL: what is to be asked for now instead; caller frees. */
char *exec_schema_take(struct exec_schema *s, struct event_result *r);

#endif
