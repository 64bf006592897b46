/*
 * secrets - what neither a command nor a reading tool has any business seeing, whatever the
 * sandbox: keys, passwords, mien's own files, and what the kernel shows of processes. Thread: any.
 */
#ifndef HOST_SECRETS_H
#define HOST_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/* Relative to HOME, files and directories; NULL past the last. */
const char *secrets_home(size_t i);

/* Does a canonical absolute path name one of them, or something beneath one? */
bool secrets_cover(const char *real);

/* May a walk from this directory come upon one? */
bool secrets_within(const char *real);

#endif
