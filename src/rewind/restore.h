/*
 * restore - make files what they were: everything is written beside first, in ROOT/.mien-rewind,
 * and a list of what is to happen beside the snapshots, where nothing that works in the workspace
 * writes; then names change places. A full disk is met before anything
 * was touched; one that was cut short is finished by restore_finish() on the next start, or, where
 * the list was not complete yet, never began. Whatever is not as the list says it was is left
 * alone. No link is followed. Thread: one at a time in a workspace.
 */
#ifndef REWIND_RESTORE_H
#define REWIND_RESTORE_H

#include "rewind/snapshots.h"

/* What came of it. */
struct restored {
    int64_t files;    /* that are as they were */
    VEC(char *) kept; /* paths left alone: they changed meanwhile, or something is in the way */
};
void restored_fini(struct restored *r);

/* Make each change of the list but those that `but` (may be NULL) has. ERR_IO: nothing was changed,
 * or, where the text says so, the rest waits in ROOT/.mien-rewind. ERR_BUSY: another is at it. */
NODISCARD bool restore_changes(struct snapshots *s, const struct changes *c,
                               const struct changes *but, struct restored *r, struct error *e);

/* Finish what was cut short. dir: any session's of that workspace. False with ERR_NONE: there was
 * nothing. */
bool restore_finish(const char *dir, const char *root, struct restored *r, struct error *e);

#endif
