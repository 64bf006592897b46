/*
 * going_back - what the files were and what was said, taken back at the user's word. Thread:
 * engine.
 */
#ifndef ENGINE_GOING_BACK_H
#define ENGINE_GOING_BACK_H

#include "base/error.h"

struct engine;

/* Is it a message of the user's? And the conversation alone, back to before it. */
bool going_back_can(struct engine *g, int64_t message);
void going_back_talk(struct engine *g, int64_t message);

/* As REQUEST_REWIND and REQUEST_DIFF say; *say: what the user wrote to the agent, the caller's, or
 * NULL. MAY WAIT: for snapshots, for the user. */
NODISCARD bool going_back(struct engine *g, const char *op, int64_t message, struct error *e);
NODISCARD bool going_back_diff(struct engine *g, const char *since, char **say, struct error *e);

#endif
