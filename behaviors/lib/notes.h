/*
 * notes - the end of the notes on earlier goals, as a goal is shown it. Pure; any thread.
 */
#ifndef BEHAVIORS_LIB_NOTES_H
#define BEHAVIORS_LIB_NOTES_H

#include <stddef.h>

#define NOTES_FILE "jetboxnotes.md"
#define NOTES_READ ((size_t)4 << 20) /* a larger file is not ours to understand */

/* Under a heading at most the last 2000 bytes, from where an entry begins if one does. NULL: there
 * is nothing. Caller frees. */
char *notes_shown(const char *text, size_t n);

#endif
