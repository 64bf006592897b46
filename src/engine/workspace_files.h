/*
 * workspace_files - the names that completion offers behind an @. Thread: engine.
 */
#ifndef ENGINE_WORKSPACE_FILES_H
#define ENGINE_WORKSPACE_FILES_H

struct engine;

/* Tell them, those git knows or would take, or in no repository all but hidden ones. MAY WAIT: for
 * git, some seconds at most. */
void engine_emit_files(struct engine *g);

#endif
