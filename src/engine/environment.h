/*
 * environment - where an agent works, in a paragraph of its prompt. Thread: engine.
 */
#ifndef ENGINE_ENVIRONMENT_H
#define ENGINE_ENVIRONMENT_H

struct engine;

/* Workspace, git branch and what git is in the middle of, system, date, sandbox, and what lies in
 * the workspace, as far as it is little. Caller frees. git is run
 * where the repository is harmless, for a moment at most. MAY WAIT. */
char *engine_environment(struct engine *g);

#endif
