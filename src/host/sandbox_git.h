/*
 * sandbox_git - the directory git keeps the workspace's history in, writable wherever it lies, but
 * for what git runs.
 */
#ifndef HOST_SANDBOX_GIT_H
#define HOST_SANDBOX_GIT_H

#include "base/buf.h"
#include "host/sandbox.h"

/*
 * Parent side. The git directory of a workspace that is a subdirectory, a linked worktree or a
 * submodule becomes a place; configuration and hooks in it, or in the workspace's own .git, are
 * locked. A .git file is believed when what it names points back to it.
 */
void sandbox_git_init(struct sandbox *s);

/* Lock what git runs in a writable place: in its .git, or in itself where it is a git directory. */
void sandbox_git_lock(struct sandbox *s, const char *place);

/* The top of the working tree the workspace lies in, NULL: none, or the workspace itself. Caller
 * frees. */
char *sandbox_git_top(const struct sandbox *s);

/* After commands: remove what one has made in a git directory to lead git elsewhere, where nothing
 * could be mounted over a name that was not there; names appended, ", " between. False: nothing. */
bool sandbox_git_sweep(const struct sandbox *s, struct buf *removed);

#endif
