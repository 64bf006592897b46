/*
 * rooms - connects each room with the few neighbours it borrows, and with what lies above it by
 * callbacks: the one place that sees them all. Thread: engine.
 */
#ifndef ENGINE_ROOMS_H
#define ENGINE_ROOMS_H

struct engine;

/* Once, when workspace, temporary directory, models and their caller are there: before a session is
 * opened. */
void engine_connect_rooms(struct engine *g);
/* Every room forgets the session that was closed, for another one. MAY WAIT: jobs end. */
void engine_forget_session(struct engine *g);

#endif
