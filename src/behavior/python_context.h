/*
 * python_context - what a Python behavior put into the request, as blocks. The
 * history only grows and its bytes are cached by servers, so a text that stays the same is
 * pinned and one that changes goes to the tail. Thread: engine.
 */
#ifndef BEHAVIOR_PYTHON_CONTEXT_H
#define BEHAVIOR_PYTHON_CONTEXT_H

#include "base/json.h"
#include "base/mem.h"
#include "behaviors/behavior.h"

enum python_placement { PYTHON_BY_CHANGE, PYTHON_LITERAL, PYTHON_PINNED, PYTHON_TAIL };

/* The k-th text it puts in. */
struct python_insert {
    char *text; /* of the last request; NULL: it was not there */
    bool volatile_text;
};

struct python_context {
    enum python_placement placement;
    VEC(struct python_insert) inserts;
    bool asked;                        /* once already */
    bool moved_told, edits_told, many; /* notices that come once */
};

void python_context_fini(struct python_context *x);

/* Add what enhance_context() put in; found: {"inserted", "changed", "removed", "count"}. */
void python_context_apply(struct python_context *x, struct call *c, const cJSON *found);

#endif
