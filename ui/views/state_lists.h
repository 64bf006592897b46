/*
 * state_lists - the lists that arrive as JSON: the task tree, questions, catalogs.
 */
#ifndef UI_STATE_LISTS_H
#define UI_STATE_LISTS_H

#include "ui/views/state.h"

/* EVENT_TREE brings the whole tree anew, depth first: O(n). */
void state_tree_apply(struct state *st, const struct event *ev);
void state_approval_apply(struct state *st, const struct event *ev);
void state_waiting_apply(struct state *st, const struct event *ev);
/* A kind of catalog that is not known here is left out. */
void state_catalog_apply(struct state *st, const struct event *ev);

#endif
