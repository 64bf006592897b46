/*
 * named - what the user's words bring along by name: @session:ID, @SERVER:ADDRESS. Thread: the
 * engine's.
 */
#ifndef ENGINE_NAMED_H
#define ENGINE_NAMED_H

#include "agent/agent.h"

/* struct agent.resource: appends what bears the name. false with e unset: nothing does, it is a
 * word like others. May wait: for a server. */
bool named_text(void *arg, const char *name, struct buf *out, cJSON **media, struct error *e);

#endif
