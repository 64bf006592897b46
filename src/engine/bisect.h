/*
 * bisect - which round broke a check that was green once: the states that the session's snapshots
 * kept are halved in a private copy of the workspace, the check runs there. No model takes part,
 * and the workspace stays as it is. Thread: engine.
 */
#ifndef ENGINE_BISECT_H
#define ENGINE_BISECT_H

#include "base/error.h"

struct engine;

/* command: NULL or empty: the check of the task tree that was green and is red. What is found is a
 * REPORT, and a note for the model. MAY WAIT: for snapshots and for the check. */
NODISCARD bool bisect(struct engine *g, const char *command, struct error *e);

#endif
