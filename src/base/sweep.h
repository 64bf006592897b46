/*
 * sweep - directories that somebody uses, and what is left of those that nobody uses any more.
 *
 * Who uses a directory holds it by a lock, which ends with the process however that ends.
 * Thread: any. May wait for the disk.
 */
#ifndef BASE_SWEEP_H
#define BASE_SWEEP_H

#include "base/defs.h"

/* Hold it and note that it is used now. A descriptor for the caller to close; -1: another holds it,
 * or errno says why it cannot be had. */
int sweep_hold(const char *dir);

/* Remove all of it, whatever its modes; links are not followed, other file systems not entered. */
void sweep_tree(const char *dir);

/*
 * Remove the directories of `dir` that are the user's own, held by nobody and not used for so many
 * seconds. prefix and length: only names that begin so and are so long; NULL and 0: all. Begins
 * none after deadline_ms (clock_ms()). Returns how many went.
 */
int sweep_unused(const char *dir, const char *prefix, size_t length, int64_t seconds,
                 int64_t deadline_ms);

#endif
