/*
 * state_apply - folds events of the engine into the picture.
 */
#ifndef UI_STATE_APPLY_H
#define UI_STATE_APPLY_H

#include "ui/views/state.h"

/* The event stays the caller's. An event that is broken changes nothing or less; it never fails. */
void state_apply(struct state *st, const struct event *ev);

#endif
