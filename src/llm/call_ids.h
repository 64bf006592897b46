/*
 * call_ids - which ids of tool calls a session has used, so that none comes twice.
 *
 * Results, events and delegations are found by these ids for as long as the session lives: also
 * after a message left the model's view, and after a restart. Thread: the engine's.
 */
#ifndef LLM_CALL_IDS_H
#define LLM_CALL_IDS_H

#include "base/defs.h"

/* {0} is empty. Eight bytes an id: what is kept is a hash. */
struct call_ids {
    uint64_t *slots; /* open addressing; 0: free */
    size_t count, size;
    bool (*stored)(void *arg, const char *id); /* of a stored session's ids, or NULL */
    void *arg;
};

void call_ids_fini(struct call_ids *ids);
void call_ids_add(struct call_ids *ids, const char *id);

/* True for every id added, and, once in about 2^63, for another: take a new id then. */
bool call_ids_has(const struct call_ids *ids, const char *id);

/* An id that ids (NULL: none) does not have: nine random letters and digits, the one form that
 * every known server takes. Caller frees. */
char *call_ids_make(const struct call_ids *ids);

#endif
