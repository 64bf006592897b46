/*
 * keepers - which part of the agent is kept in which record of its session. Thread: engine.
 */
#ifndef ENGINE_KEEPERS_H
#define ENGINE_KEEPERS_H

struct engine;

/* Once, before a session is opened. */
void engine_register_keepers(struct engine *g);

#endif
