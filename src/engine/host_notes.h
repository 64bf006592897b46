/*
 * host_notes - notes on a workspace, kept in directory notes of the state directory, a file each.
 * Thread: engine.
 */
#ifndef ENGINE_HOST_NOTES_H
#define ENGINE_HOST_NOTES_H

#include "behaviors/behavior.h"

/* As notes_load and notes_store of behavior.h. */
bool host_notes_load(struct agent *a, struct buf *out, struct error *e);
bool host_notes_store(struct agent *a, const char *text, size_t n, struct error *e);

#endif
