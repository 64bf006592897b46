/*
 * carry - a workspace taken to another machine as a git bundle, and what changed there brought home
 * as a change to the workspace as it is by then: a three-way merge, so that what others changed
 * meanwhile stays. Files as snapshots see them (rewind/look.h): without .git, without what
 * .gitignore names, without secrets. Of a repository its last commit goes along, without what came
 * before it, so that git there says what is changed; what is committed there stays there.
 *
 * Everything here waits for the disk and for git. Thread: one at a time.
 */
#ifndef FAR_CARRY_H
#define FAR_CARRY_H

#include "rewind/snapshots.h"

/* Of what goes over or comes back. */
#define CARRY_MAX ((size_t)128 << 20)

struct carry {
    struct snapshots s;
    struct object_id over; /* the state that went over */
};

/* store: a directory of this carry's own, made where it is missing. root: the workspace, canonical.
 * What an earlier one did not finish putting into root is finished first. ERR_DENIED, ERR_IO,
 * ERR_NOT_FOUND: no git. */
NODISCARD bool carry_open(struct carry *c, const char *store, const char *root, struct error *e);
void carry_fini(struct carry *c);

/* At home: the workspace as it is, as a bundle. ERR_LIMIT: larger than CARRY_MAX. */
NODISCARD bool carry_pack(struct carry *c, struct buf *bundle, struct error *e);
/* There: put it into the root, which is empty. */
NODISCARD bool carry_unpack(struct carry *c, const struct buf *bundle, struct error *e);
/* There: what is different now; empty: nothing is. */
NODISCARD bool carry_pack_changes(struct carry *c, struct buf *bundle, struct error *e);

/* What came home. */
struct carried {
    int64_t files; /* changed by it */
    /* Changed here and there: here they are as they were; what came lies in `copies`, in the same
     * order ("" where it was deleted there). */
    VEC(char *) conflicts, copies;
};
void carried_fini(struct carried *r);

/* At home: change the workspace so. name: what copies are called by, "worker-3". Waits for others
 * that bring home into the same workspace. */
NODISCARD bool carry_apply(struct carry *c, const struct buf *bundle, const char *name,
                           struct carried *r, struct error *e);

/* At home, instead: leave the workspace as it is, but for a file that has what came as a diff.
 * *path: relative to it; the caller frees. */
NODISCARD bool carry_keep_patch(struct carry *c, const struct buf *bundle, const char *name,
                                char **path, struct error *e);

#endif
