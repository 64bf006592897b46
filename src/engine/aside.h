/*
 * aside - a question of the user's beside the conversation, which it leaves as it is. Thread:
 * engine.
 */
#ifndef ENGINE_ASIDE_H
#define ENGINE_ASIDE_H

#include "base/error.h"
#include "session/transcript.h"

struct engine;

/* The session as it stands, borrowed. */
struct transcript engine_transcript(struct engine *g);

/* Ask the side model what the session so far says of it; the answer is a REPORT. NULL: a recap of
 * the session. False: why there is none. MAY WAIT. */
bool aside_ask(struct engine *g, const char *question, struct error *e);

#endif
