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

/* What a canonical absolute path has to do with them. */
enum secrets_meet {
    SECRETS_FREE,   /* nothing */
    SECRETS_WITHIN, /* a walk from this directory may come upon one */
    SECRETS_COVER,  /* it is one, or lies beneath one */
};
enum secrets_meet secrets_meet(const char *real);
enum secrets_meet secrets_meet_user(const char *real); /* the user's alone */

/* Does a name beneath a directory, which is none of them itself, lead to one of the user's? */
bool secrets_reached(const char *dir, const char *name);

#endif
