/*
 * draft - a journal of the line being written, so that a crash or a closed terminal does
 * not lose it. Written at most every 500 ms while it changes, never synced: typing does not
 * wait for the disk. There is one.
 */
#ifndef UI_DRAFT_H
#define UI_DRAFT_H

#include "base/defs.h"

/* Read what the last run left; NULL if nothing. Caller frees. path may be NULL: no journal. */
char *draft_open(const char *path);

/* The line may have changed (text is compared). */
void draft_update(const char *text, int64_t now_ms);

/* When draft_flush() is due; -1: nothing to write. */
int64_t draft_deadline(void);
void draft_flush(void); /* writes what is due; a failure is logged */
void draft_close(void); /* flushes */

#endif
