/*
 * steps - the model's own list of steps laid over the goal's tree: the whole list each time, as
 * update_plan sends it. Pure data: checks are the caller's to run. Thread: engine.
 */
#ifndef PLAN_STEPS_H
#define PLAN_STEPS_H

#include "plan/tree.h"

#define STEPS_MAX 50 /* of one list */

/* What laying a list over the tree came to. Ids are of nodes. */
struct steps_result {
    VEC(int64_t) claimed; /* said to be completed and not done yet: theirs is the check to run */
    VEC(int64_t) kept;    /* steps of the user that the list left out: they stay */
    size_t steps, also_active; /* in the list; more than one in progress: only the first is */
};
void steps_result_fini(struct steps_result *r);

/*
 * plan: [{step, status: pending | in_progress | completed | failed, check?}]. A step is the node
 * of the same title, else the node in its place, renamed, else a new one; what the list leaves out
 * goes, unless the user made it or work was done on it. Completed steps are only claimed. Of a
 * list with an error nothing is taken: ERR_USAGE says which step and what is wrong.
 */
NODISCARD bool steps_lay(struct tree *t, const cJSON *plan, struct steps_result *r,
                         struct error *e);

#endif
