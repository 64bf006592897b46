/*
 * snapshot - which files a directory held, to tell later what changed: evidence of work, read
 * from the disk instead of from somebody's word. Each function asks its pause (may be NULL) at
 * every entry; told to stop, it works with what it has seen. Thread: engine.
 */
#ifndef HOST_SNAPSHOT_H
#define HOST_SNAPSHOT_H

#include "base/json.h"
#include "base/pause.h"

struct snapshot;

/* Names, sizes and times of the files beneath dir; .git, .mien, caches and what lies beyond
 * 200,000 files (in order of their paths) are left out. A missing directory is an empty one. */
struct snapshot *snapshot_take(const char *dir, const struct pause *pause);
void snapshot_free(struct snapshot *s);
/* Relative paths, in order; NULL past the last. */
const char *snapshot_path(const struct snapshot *s, size_t i);

/* An array of the relative paths of files that are new or different since, at most `most`;
 * none beyond what the first look could see. */
cJSON *snapshot_changed(const struct snapshot *before, const char *dir, size_t most,
                        const struct pause *pause);

#endif
