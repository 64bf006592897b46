/*
 * eval_file - what is to be tried: goals, each with files to begin from and a check, by agents,
 * models and modes. Read from YAML; see mien(1), EVAL.
 */
#ifndef EVAL_EVAL_FILE_H
#define EVAL_EVAL_FILE_H

#include "base/error.h"
#include "base/mem.h"
#include "far/launch.h"

#define EVAL_TIMEOUT_S 600 /* for a goal that names none */

/* Strings are owned; NULL where nothing was said. */
struct eval_goal {
    char *name, *goal;
    char *repository; /* a directory, copied, or what git can clone; NULL: an empty directory */
    char *setup;      /* shell command run there before, as the user */
    char *check;      /* shell command run there after, confined; exit 0: solved */
    int64_t timeout_s;
};

struct eval_names {
    VEC(char *) list;
};

struct eval {
    VEC(struct eval_goal) goals;
    struct eval_names agents, models, modes; /* "" for what is configured, "none" for no mode */
    int64_t runs, parallel;
    struct launch launch; /* where goals are worked on; no words: here */
    char *results;        /* directory, absolute or from here */
};

/* ERR_NOT_FOUND, ERR_CONFIG with file:line. Relative repositories are taken from the file's
 * directory. */
NODISCARD bool eval_load(struct eval *v, const char *path, struct error *e);
/* Where goals run, and how many at once, from a file of its own. The same errors. */
NODISCARD bool eval_load_machines(struct eval *v, const char *path, struct error *e);
void eval_fini(struct eval *v);
void eval_names_add(struct eval_names *n, const char *name);

#endif
