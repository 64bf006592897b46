/*
 * snapshot - which files a directory held, to tell later what changed: evidence of work, read
 * from the disk instead of from somebody's word. Thread: engine.
 */
#ifndef HOST_SNAPSHOT_H
#define HOST_SNAPSHOT_H

#include "base/json.h"

struct snapshot;

/* Names, sizes and times of the files beneath dir; .git, .mien, caches and what lies beyond
 * 20,000 files are left out. A missing directory is an empty one. */
struct snapshot *snapshot_take(const char *dir);
void snapshot_free(struct snapshot *s);

/* An array of the relative paths of files that are new or different since, at most `most`. */
cJSON *snapshot_changed(const struct snapshot *before, const char *dir, size_t most);

#endif
