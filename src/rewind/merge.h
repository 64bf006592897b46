/*
 * merge - states put together that no snapshot has: by git's three-way merge, in commits that are
 * in no list. Thread: one at a time.
 */
#ifndef REWIND_MERGE_H
#define REWIND_MERGE_H

#include "rewind/snapshots.h"

/*
 * The newest state without what rounds changed in which `fits` says yes to the node at work: each
 * stretch of them is taken back by a three-way merge, so that what came later stays. A commit that
 * is in no list. conflicts: paths in which both changed the same, a NUL after each; they are as in
 * the newest state. ERR_NOT_FOUND: no round changed anything while they were at work.
 */
NODISCARD bool snapshots_without(struct snapshots *s, bool (*fits)(void *arg, int64_t node),
                                 void *arg, struct object_id *commit, struct buf *conflicts,
                                 struct error *e);

/* The newest state with what was changed from `base` to `theirs` (commits of this store).
 * conflicts: as above; the merged state has git's marks in them. ERR_IO. */
NODISCARD bool snapshots_merge(struct snapshots *s, const struct object_id *base,
                               const struct object_id *theirs, struct object_id *commit,
                               struct buf *conflicts, struct error *e);

/* The newest state as a commit with this parent alone. ERR_IO. */
NODISCARD bool snapshots_onto(struct snapshots *s, const struct object_id *parent,
                              struct object_id *commit, struct error *e);

#endif
