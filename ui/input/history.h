/*
 * history - readline's history on disk: shared by running shells, mode 0600, with time
 * stamps, which also keep entries of several lines together.
 */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include <stddef.h>

/* path may be NULL: in memory only. */
void history_open(const char *path);
/* Nothing for an empty line, one that starts with a space, or the last one again; secrets are
 * masked. May wait: for another mien that writes. */
void history_add_line(const char *line);
/* What was sent, newest first, each text once: at most so many. Callers borrow until the next line.
 */
void history_each(size_t most, void (*fn)(void *arg, const char *line), void *arg);
void history_close(void);

#endif
