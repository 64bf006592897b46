/*
 * filesearch - glob and grep_files: arguments in, the answer out, over a walk of the caller's. What
 * was not looked at is said. Waits when the walk does.
 */
#ifndef BEHAVIORS_LIB_FILESEARCH_H
#define BEHAVIORS_LIB_FILESEARCH_H

#include "base/effects.h"
#include "base/error.h"

/* Calls visit for every file beneath path, as behavior_host.file_walk or, with no r, file_names. */
struct file_walk {
    bool (*go)(void *arg, const char *path,
               bool (*visit)(void *v, const char *rel, const char *data, size_t n), void *v,
               struct walk_result *r, struct error *e);
    void *arg;
};

cJSON *filesearch_glob(const struct file_walk *walk, const cJSON *args);
char *filesearch_glob_summary(const cJSON *args, const cJSON *result);
char *filesearch_glob_text(const cJSON *args, const cJSON *result);

cJSON *filesearch_grep(const struct file_walk *walk, const cJSON *args);
char *filesearch_grep_summary(const cJSON *args, const cJSON *result);
char *filesearch_grep_text(const cJSON *args, const cJSON *result);

#endif
