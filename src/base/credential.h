/*
 * credential - which of the values a configuration names are secret; those are hidden (log.h).
 *
 * A value whose name says so (token, key, password …) is, and so is one that looks drawn at random
 * whatever its name. What else stands in an environment or an argument (a path, "production") is
 * not: it would be hidden in every text. Thread: any.
 */
#ifndef BASE_CREDENTIAL_H
#define BASE_CREDENTIAL_H

/* name may be NULL. A scheme before the value ("Bearer x", "Basic x") is none of it. */
void credential_hide(const char *name, const char *value);
/* The password, and the secret values of the query. NULL: nothing. */
void credential_hide_url(const char *url);
/* One word of a command line; before: the word before it, or NULL. */
void credential_hide_word(const char *before, const char *word);

#endif
