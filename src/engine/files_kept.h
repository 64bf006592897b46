/*
 * files_kept - the snapshots of a session's workspace: from its first goal on, where that is wanted
 * and can be had. Thread: engine.
 */
#ifndef ENGINE_FILES_KEPT_H
#define ENGINE_FILES_KEPT_H

struct engine;

/* A goal begins, or somebody asks what was kept. */
void files_kept_begin(struct engine *g);
/* The session ends. MAY WAIT: for the snapshot that is due. */
void files_kept_end(struct engine *g);

#endif
