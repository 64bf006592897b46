/*
 * user_command - "!command": the user's own, run where the model's run and judged by the same
 * gate. Thread: engine.
 */
#ifndef ENGINE_USER_COMMAND_H
#define ENGINE_USER_COMMAND_H

#include "base/defs.h"

struct engine;

/* Run it and tell it as a tool call; a stop ends it. quiet: the model is not told what came of it;
 * else it reads that with the user's next message, or in the next round. MAY WAIT. */
void user_command_run(struct engine *g, const char *command, bool quiet);

#endif
