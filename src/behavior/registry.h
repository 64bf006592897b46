/*
 * types - behavior types by name: compiled in, or brought by a file.
 *
 * MyBehavior is looked for as my_behavior.so and my_behavior.py in the user's behaviors/ (and in
 * a directory my_behavior/ there), in the directories of behaviors_path, and, the Python file
 * alone, in .mien/behaviors/ of a trusted workspace. A type is loaded once and stays. Thread:
 * engine; the compiled-in ones: any.
 */
#ifndef BEHAVIOR_REGISTRY_H
#define BEHAVIOR_REGISTRY_H

#include "base/opt.h"
#include "behavior/fault.h"
#include "behaviors/behavior.h"

/* Where to look beside the user's configuration. */
struct type_places {
    const char *project;          /* a trusted workspace, or NULL */
    const struct opt_list *paths; /* behaviors_path, or NULL */
};

/* All that are compiled in. */
extern const struct behavior *const behavior_types[];
size_t behavior_type_count(void);

/* By type, name or alias, among those compiled in and those loaded. NULL: none. */
const struct behavior *behavior_find(const char *type);

/*
 * The same, and look for a file. ERR_CONFIG naming the nearest type and every path that was
 * tried; or why a file that was found cannot be used.
 */
const struct behavior *behavior_resolve(const char *type, const struct type_places *places,
                                        struct error *e);

/*
 * What a person typed, as a type: itself, or that of a file, my_behavior.py or my_behavior.so,
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

/* The code of a behavior that a shared object brought; else empty. */
struct fault_code behavior_code(const struct behavior *b);

/* Those that were loaded, with the file each came from. NULL past the last. */
const struct behavior *behavior_loaded(size_t i, const char **origin);

/* "MyBehavior" to "my_behavior". Caller frees. */
char *behavior_file_name(const char *type);

/* From now on it is found by its name. Returns it. */
const struct behavior *behavior_keep(const struct behavior *b, const char *path);

/* ---- of plugin.c and python.c: one way each ---- */

/* A shared object. ERR_DENIED when others could have written it, ERR_CONFIG for another ABI or
 * a missing symbol. The object stays loaded. */
const struct behavior *plugin_load(const char *path, const char *type, struct error *e);
/* A Python file with a class of that name; nothing is run before an instance is made. */
const struct behavior *python_type(const char *path, const char *type, struct error *e);
/* The class of the file that its name stands for; NULL: it has none. Caller frees. */
char *python_class_name(const char *path, const char *file);

#endif
