/*
 * sgr - a row of cells as bytes with their colours, for what is written line by line and stays in
 * the terminal's own history. Thread: UI.
 */
#ifndef UI_SGR_H
#define UI_SGR_H

#include "ui/term/theme.h"

/* Colours the terminal has, as its environment says: COLORS_DIRECT, 256, 16, or 0: none are wanted
 * or known. */
int sgr_colors(bool no_color);

/* Append a row without its blank end. colors: of sgr_colors(); 0: the text alone. links: addresses
 * lead somewhere (OSC 8). */
void sgr_row(const struct canvas *c, int row, const struct theme *t, int colors, bool links,
             struct buf *out);

/* Append what begins a style: attributes and colours. */
void sgr_begin(const struct theme *t, int colors, style s, struct buf *out);
#define SGR_END "\033[0m"

#endif
