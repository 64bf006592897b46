/*
 * placeholder - big pastes folded to one character of the input line, shown as a chip like
 * "[paste 1: 812 lines]": every key press lays the whole line out anew, and one character is what
 * Backspace, the kill commands, undo and the arrows take whole. It is private use, from
 * PLACEHOLDER_FIRST on. What is sent holds the original bytes. Thread: UI.
 */
#ifndef UI_PLACEHOLDER_H
#define UI_PLACEHOLDER_H

#include "base/defs.h"

#define PLACEHOLDER_FIRST 0x10f000 /* in the last plane of private use, which no font has */
#define PLACEHOLDER_MAX 0xf00

/* The placeholder for a text over 2 kB or 20 lines, kept aside until placeholder_clear(); NULL when
 * the text is small enough to stand as it is. Caller frees. */
char *placeholder_fold(const char *s, size_t n);

/* The text with every placeholder replaced by what it stands for. Caller frees. */
char *placeholder_expand(const char *text);

/* How the placeholder at s is shown, and its bytes; NULL: there is none. Borrowed. */
const char *placeholder_label(const char *s, size_t *bytes);

/* The text with its pastes between marks, for placeholder_load(). Callers free. */
char *placeholder_save(const char *text);
char *placeholder_load(const char *saved);

void placeholder_clear(void);

#endif
