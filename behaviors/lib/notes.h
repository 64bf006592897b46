/*
 * notes - the end of a file of notes, as a goal is shown it. Pure data.
 */
#ifndef BEHAVIORS_LIB_NOTES_H
#define BEHAVIORS_LIB_NOTES_H

#include "base/buf.h"

#define NOTES_FILE "jetboxnotes.md"  /* of a workspace */
#define NOTES_READ ((size_t)4 << 20) /* a larger one is not ours to understand */
#define NOTES_MAX 2000               /* bytes of its end that are shown */

/* Where the last `max` bytes begin, at an entry ("## …") if one begins there. */
const char *notes_tail(const char *text, size_t n, size_t max);

/* "## Previous Context …" and the end of the notes, clean, without the marks that end an entry;
 * adds nothing when there is nothing to show. */
void notes_show(const struct buf *text, size_t max, struct buf *out);

#endif
