/*
 * registry - behavior types by name: those compiled in, and those a file brought (type_files.h),
 * which stay once they are loaded. Thread: engine; the compiled-in ones: any.
 */
#ifndef BEHAVIOR_REGISTRY_H
#define BEHAVIOR_REGISTRY_H

#include "behavior/fault.h"
#include "behaviors/behavior.h"

/* All that are compiled in. */
extern const struct behavior *const behavior_types[];
size_t behavior_type_count(void);

/* By type, name or alias, among those compiled in and those loaded. NULL: none. */
const struct behavior *behavior_find(const char *type);

/* The code of a behavior that a shared object brought; else empty. */
struct fault_code behavior_code(const struct behavior *b);

/* Those that were loaded, with the file each came from. NULL past the last. */
const struct behavior *behavior_loaded(size_t i, const char **origin);

/* "MyBehavior" to "my_behavior". Caller frees. */
char *behavior_file_name(const char *type);

/* From now on it is found by its name. Returns it. */
const struct behavior *behavior_keep(const struct behavior *b, const char *path);

#endif
