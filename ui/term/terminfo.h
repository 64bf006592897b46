/*
 * terminfo - terminal entries of our own, as text for TERMINFO. Each has its name in it, and is
 * found by no other.
 */
#ifndef UI_TERMINFO_H
#define UI_TERMINFO_H

extern const char terminfo_direct[];  /* "mien-direct": true colour */
extern const char terminfo_palette[]; /* "mien-256": 256 colours */

#endif
