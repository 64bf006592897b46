/*
 * taskorder - what of a task list can be begun, and what waits for what.
 *
 * A task is ready when all it depends on is completed. What is not waits: for tasks that are
 * pending or in progress, or for ever, behind a failure, an unknown id or a cycle.
 */
#ifndef BEHAVIORS_LIB_TASKORDER_H
#define BEHAVIORS_LIB_TASKORDER_H

#include "behaviors/lib/tasklist.h"

/* Everything a task waits for. */
struct task_wait {
    cJSON *chain;  /* array: "B (pending)", "C (failed)", "Z (unknown)"; from near to far */
    cJSON *roots;  /* array, each once: what failed, is in progress, is unknown; cycles */
    bool for_ever; /* never ready by itself */
};

/* False: the task is not pending or has no id. Caller calls task_wait_fini() on *w, {0} before. */
bool taskorder_wait(const struct tasklist *l, const cJSON *task, struct task_wait *w);
void task_wait_fini(struct task_wait *w);
void task_wait_why(const struct task_wait *w, struct buf *out); /* the roots, "; " between */

/* Is all it depends on completed? Its own status does not matter. */
bool taskorder_is_ready(const struct tasklist *l, const cJSON *task);

/*
 * The pending task with the lowest priority number (default 100), then the first in the list,
 * that is ready, or even when it is not. Borrowed; NULL: none.
 */
const cJSON *taskorder_next(const struct tasklist *l, bool even_when_not_ready);

/* Add in words why no task is next: the roots of all that waits, or that all is over. */
void taskorder_reason(const struct tasklist *l, struct buf *out);

/* Array of {"id", "blocked_by", "why"} for the first `most` tasks that wait. Caller owns. */
cJSON *taskorder_blocked(const struct tasklist *l, int most);

/* Ids of those that wait for this failed task, directly or not. Caller owns the array. */
cJSON *taskorder_dependents(const struct tasklist *l, const char *id);

/* May `task` have these dependencies? ERR_USAGE: they are no array of ids, itself is among them,
 * one is not in the list, or one depends on it already. */
NODISCARD bool taskorder_check(const struct tasklist *l, const cJSON *task,
                               const cJSON *dependencies, struct error *e);

/* Tell the cycles there are, whatever the status, as "A → B → A"; tasks that depend on themselves
 * are none. Each task is looked at once, so one of several cycles through it may be left out. */
void taskorder_cycles(const struct tasklist *l, void (*tell)(void *arg, const char *text),
                      void *arg);

#endif
