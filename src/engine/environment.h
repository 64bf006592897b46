/*
 * environment - where an agent works, in one line of its prompt. Thread: engine.
 */
#ifndef ENGINE_ENVIRONMENT_H
#define ENGINE_ENVIRONMENT_H

struct engine;

/* Workspace, git branch and what git is in the middle of, system, date, sandbox, whether files
 * outside may be read. Caller frees. Files of git are read, git is not run. */
char *engine_environment(struct engine *g);

#endif
