/*
 * color - fits RGB to the palettes terminals have.
 */
#ifndef UI_COLOR_H
#define UI_COLOR_H

#include "base/defs.h"

#define COLORS_DIRECT (1 << 24) /* a terminal that takes RGB */

/* rgb: 0xRRGGBB. The nearest of the xterm 256 colours (16-255), and of the 16. */
int color_to_256(int32_t rgb);
int color_to_16(int32_t rgb);

/* 0xRRGGBB of one of the 256 colours from 16 on, which are the same everywhere. */
int32_t color_of_256(int index);

/* A colour of a theme as the number that a terminal with so many has; -1: its default. Where it
 * takes RGB that, and the first sixteen mean the palette (mien.ti). */
int color_fit(int32_t color, int colors);

#endif
