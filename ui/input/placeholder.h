/*
 * placeholder - big pastes folded to a word like "[paste 1: 812 lines]" in the input line, since
 * every key press lays the whole line out anew. What is sent holds the original bytes.
 */
#ifndef UI_PLACEHOLDER_H
#define UI_PLACEHOLDER_H

#include "base/defs.h"

/* The placeholder for a text over 2 kB or 20 lines, kept aside until placeholder_clear(); NULL when
 * the text is small enough to stand as it is. Caller frees. */
char *placeholder_fold(const char *s, size_t n);

/* The text with every placeholder replaced by what it stands for. Caller frees. */
char *placeholder_expand(const char *text);

/* Bytes of the placeholder at s, or 0. */
size_t placeholder_match(const char *s);

void placeholder_clear(void);

#endif
