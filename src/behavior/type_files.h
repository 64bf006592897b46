/*
 * type_files - behavior types that files bring.
 *
 * MyBehavior is looked for as my_behavior.so and my_behavior.py in the user's behaviors/ (and in
 * a directory my_behavior/ there), in the directories of behaviors_path, and, the Python file
 * alone, in .mien/behaviors/ of a trusted workspace. A type is loaded once and stays, in the
 * registry. Thread: engine, or the only one there is.
 */
#ifndef BEHAVIOR_TYPE_FILES_H
#define BEHAVIOR_TYPE_FILES_H

#include "base/opt.h"
#include "behavior/registry.h"

/* Where to look beside the user's configuration. */
struct type_places {
    const char *project;          /* a trusted workspace, or NULL */
    const struct opt_list *paths; /* behaviors_path, or NULL */
};

/*
 * As behavior_find(), else looked for in files. ERR_CONFIG naming the nearest type and every path
 * that was tried; or why a file that was found cannot be used.
 */
const struct behavior *behavior_resolve(const char *type, const struct type_places *places,
                                        struct error *e);

/*
 * What a user typed, as a type: itself, or that of a file, my_behavior.py or my_behavior.so,
 * wherever it lies, which is loaded. Never for what a file says. NULL: ERR_USAGE,
 * ERR_NOT_FOUND, or why the file cannot be used. Borrowed.
 */
const char *behavior_named(const char *word, struct error *e);

/* What there is in these places, by the names of files; nothing is loaded. Adds to the list. */
struct behavior_file {
    char *type, *path;
};
struct behavior_files { /* as VEC */
    struct behavior_file *ptr;
    size_t len, cap;
};
void behavior_files_find(struct behavior_files *list, const struct type_places *places);
void behavior_files_fini(struct behavior_files *list);

#endif
