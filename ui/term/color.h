/*
 * color - fits RGB to the palettes terminals have.
 */
#ifndef UI_COLOR_H
#define UI_COLOR_H

#include "base/defs.h"

/* rgb: 0xRRGGBB. The nearest of the xterm 256 colours (16-255), and of the 16. */
int color_to_256(int32_t rgb);
int color_to_16(int32_t rgb);

/* 0xRRGGBB of one of the 256 colours from 16 on, which are the same everywhere. */
int32_t color_of_256(int index);

#endif
