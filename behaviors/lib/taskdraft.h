/*
 * taskdraft - a task list as a model gives it: read in any of its forms, checked, brought into
 * the form of a file. Every problem is told, not only the first.
 */
#ifndef BEHAVIORS_LIB_TASKDRAFT_H
#define BEHAVIORS_LIB_TASKDRAFT_H

#include "behaviors/lib/tasklist.h"

struct taskdraft {
    struct tasklist list; /* tasks with all their members, ids as texts */
    struct buf problems;  /* "; " between */
    size_t problem_count;
};

void taskdraft_fini(struct taskdraft *d);

/*
 * Read and check. Of args `tasks` counts, an array of objects or of texts "T1: text (depends: T2)";
 * else `content`: the same, {"tasks": […]}, either of them as JSON text, or Markdown, where the
 * lines of a checklist are tasks, "- [x] T1: text (depends: T2)". A missing id of a text is T and
 * its number.
 * *d is empty before, and in any case for taskdraft_fini(). False: there is no list to check:
 * ERR_PARSE for bad JSON, ERR_USAGE without tasks, ERR_LIMIT beyond TASKLIST_MAX. True: see
 * problem_count; the problems are missing and doubled ids, missing descriptions, values that are
 * not allowed, dependencies on itself or on what is not in the list, cycles.
 */
NODISCARD bool taskdraft_read(struct taskdraft *d, const cJSON *args, struct error *e);

/*
 * Status, times, result, attempts and notes of the tasks of an older text stay with their ids;
 * what is ticked in the draft stays ticked. Returns for how many tasks there was progress; -1:
 * the text is no readable task list.
 */
int64_t taskdraft_keep_progress(struct taskdraft *d, const char *text, size_t n);

/* The text of a file, ending with a newline. Caller frees. */
char *taskdraft_print(const struct taskdraft *d);

#endif
