/*
 * goodbye - the engine's last words, and how to go on another time.
 */
#ifndef UI_GOODBYE_H
#define UI_GOODBYE_H

#include "ui/app/app.h"

/* Ask the engine to quit and wait until it has, at most 2 s; it may still be done later. May
 * wait. read_events is called for what it still says: its exit code is known only when it is
 * done. */
void goodbye_wait(const struct post *post, struct engine *g, void (*read_events)(void *arg),
                  void *arg);

/* On stdout: how to go on with a session in which somebody said something. */
void goodbye_say(const struct state *st);

#endif
