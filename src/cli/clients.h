/*
 * clients - what points a program at the gateway: variables that many read, and what single
 * programs want besides, variables and arguments. A row a program; see mien(1), THE PROXY.
 */
#ifndef CLI_CLIENTS_H
#define CLI_CLIENTS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"

/* What the rows are filled with. All but url and key may be NULL. */
struct pointing {
    const char *url, *key; /* of the gateway */
    const char *opus, *sonnet, *haiku, *small;
    const char *session;
    const char *file;  /* of client_settings() */
    char *const *more; /* "NAME=VALUE", or "NAME" to take away; of a profile */
    size_t more_count;
};

typedef VEC(char *) word_list;
void word_list_fini(word_list *w);

/* "NAME=VALUE" to set and "NAME" to take away, for that program (NULL: for any), appended. */
void client_variables(const char *program, const struct pointing *p, word_list *out);
/* Arguments that go between the program and its own, appended. */
void client_arguments(const char *program, const struct pointing *p, word_list *out);
/* Write the settings file that this program must be given. *path (caller frees): NULL where it
 * needs none. */
NODISCARD bool client_settings(const char *program, char **path, struct error *e);
/* Known by a row? */
bool client_is_known(const char *program);

/* An environment (NULL-terminated, given back in its place) with the variables put in. */
char **client_environment(char **given, const word_list *variables);

#endif
