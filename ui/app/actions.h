/*
 * actions - what keys do: carries out one row of the table of keys.
 */
#ifndef UI_ACTIONS_H
#define UI_ACTIONS_H

#include "ui/app/app.h"
#include "ui/input/keys.h"

/* False: not this action's business after all, others may look at the key. */
bool action_run(struct app *app, const struct key *k);

#endif
