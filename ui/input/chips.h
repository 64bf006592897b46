/*
 * chips - big pastes folded to a word like "[paste 1: 812 lines]" in the input line, since
 * every key press lays the whole line out anew. What is sent holds the original bytes.
 */
#ifndef UI_CHIPS_H
#define UI_CHIPS_H

#include "base/defs.h"

/* The chip for a text over 2 kB or 20 lines, kept aside until chips_clear(); NULL when the
 * text is small enough to stand as it is. Caller frees. */
char *chips_fold(const char *s, size_t n);

/* The text with every chip replaced by what it stands for. Caller frees. */
char *chips_expand(const char *text);

/* Bytes of the chip at s, or 0. */
size_t chips_match(const char *s);

void chips_clear(void);

#endif
