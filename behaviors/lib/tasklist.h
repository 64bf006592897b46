/*
 * tasklist - a task breakdown: JSON tasks with ids, a status and dependencies on each other.
 *
 * The text is {"tasks": [{"id", "description", "module", "priority", "dependencies", "status",
 * …}], …} or the array alone. What a list does not know it keeps, and what is odd is passed
 * over: a task without a known status is pending, members that are no tasks are left alone.
 * What waits for what: taskorder.h. Making one of what a model gives: taskdraft.h.
 */
#ifndef BEHAVIORS_LIB_TASKLIST_H
#define BEHAVIORS_LIB_TASKLIST_H

#include "base/json.h"
#include "base/mem.h"

#define TASKLIST_MAX 1000
#define TASK_STATUSES "pending|in_progress|completed|failed"

struct tasklist_ref {
    cJSON *task;
    size_t at; /* as it stands in the list, from 0 */
};

/* {0} is a list that is not there. */
struct tasklist {
    cJSON *doc;                     /* all of the text; NULL: nothing was read */
    cJSON *tasks;                   /* the array in it; NULL when it has none */
    VEC(struct tasklist_ref) index; /* by id; equal ids as they stand in the list */
};

void tasklist_fini(struct tasklist *l);

/* Read a text into *l, which is empty before. `name` is what errors call it: ERR_PARSE when it is
 * no JSON or has no tasks, ERR_LIMIT beyond TASKLIST_MAX. *l is not usable then, but to fini. */
NODISCARD bool tasklist_parse(struct tasklist *l, const char *text, size_t n, const char *name,
                              struct error *e);

/* The same of a value that was parsed, of any size. Takes doc in any case; false: it has no
 * tasks. Ids that are numbers become texts. */
bool tasklist_take(struct tasklist *l, cJSON *doc);

/* The text of a file, ending with a newline. Caller frees. */
char *tasklist_print(const struct tasklist *l);

/* Its place in the index; index.len: there is none. Of equal ids the first counts. */
size_t tasklist_place(const struct tasklist *l, const char *id);
cJSON *tasklist_find(const struct tasklist *l, const char *id); /* borrowed; NULL: none */
int64_t tasklist_count(const struct tasklist *l, const char *status);

/* A task's fields, borrowed. */
const char *task_id(const cJSON *task);     /* "" when it has none */
const char *task_status(const cJSON *task); /* one of TASK_STATUSES */
bool task_is(const cJSON *task, const char *status);
const char *task_last_note(const cJSON *task); /* NULL: none */

/*
 * Set the status, with what belongs to it: the times; attempts, counted when it begins. result
 * and note may be NULL; a note is added to those there are.
 */
void task_change(cJSON *task, const char *status, const char *result, const char *note);

/*
 * Set members of `updates`, but id and status, which are named in *ignored, commas between.
 * Returns how many were set.
 */
int task_update(cJSON *task, const cJSON *updates, struct buf *ignored);

#endif
