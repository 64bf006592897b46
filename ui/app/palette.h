/*
 * palette - everything that can be done from here in one list: commands, keys, sessions, files,
 * found by what they are called or do.
 */
#ifndef UI_PALETTE_H
#define UI_PALETTE_H

#include "ui/app/app.h"
#include "ui/input/keys.h"

/* While it is open: with what is known by now, at what was typed. */
void palette_open(struct app *app);
/* Carry the selected entry out. Not NULL: it is a key, whose action is left to the caller. */
const struct key *palette_take(struct app *app);

#endif
