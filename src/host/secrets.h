/*
 * secrets - what neither a command nor a reading tool has any business seeing, whatever the
 * sandbox: keys, passwords, mien's own files, and what the kernel shows of processes. Thread: any.
 */
#ifndef HOST_SECRETS_H
#define HOST_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/* Those of the user: of the home, of the setting below, and mien's own directories wherever
 * variables moved them; absolute, as they are called, whether they exist or not. NULL-terminated;
 * the caller frees each and the list. */
char **secrets_user_rows(void);

/* More of them (copied), relative to the home or absolute; replaces what was set before. */
void secrets_set_further(const char *const *list, size_t n);

/* Does a canonical absolute path name one of them, or something beneath one? */
bool secrets_cover(const char *real);

/* May a walk from this directory come upon one? */
bool secrets_within(const char *real);

/* The same of the user's alone; within: does one lie beneath it or is it one? */
bool secrets_user_cover(const char *real);
bool secrets_user_within(const char *real);

#endif
