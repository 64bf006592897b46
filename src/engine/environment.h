/*
 * environment - where an agent works, in a paragraph of its prompt. Thread: engine.
 */
#ifndef ENGINE_ENVIRONMENT_H
#define ENGINE_ENVIRONMENT_H

#include "base/buf.h"

struct engine;

/* Workspace, git branch and what git is in the middle of, system, date, sandbox, and what lies in
 * the workspace, as far as it is little. Caller frees. git is run
 * where the repository is harmless, for a moment at most. MAY WAIT. */
char *engine_environment(struct engine *g);

/* What a git command prints that only reads, in the sandbox, where the repository's configuration
 * runs nothing. False: it is not harmless there, failed, or took longer. MAY WAIT. */
bool engine_ask_git(struct engine *g, const char *command, int64_t most_ms, size_t keep,
                    struct buf *out, bool *cut);
/* The branch of the workspace's repository, "detached", or NULL: it lies in none. From files;
 * caller frees. */
char *engine_branch(const char *workspace);

#endif
