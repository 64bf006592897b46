/*
 * process_env - what a command starts with: its program and its environment.
 */
#ifndef HOST_PROCESS_ENV_H
#define HOST_PROCESS_ENV_H

#include "base/error.h"

/* The file a program's name means: with a '/' beneath cwd, else in the absolute directories of
 * env's PATH (NULL: our own). Caller frees; NULL and ERR_NOT_FOUND. Thread: any. */
NODISCARD char *process_find_program(const char *name, char *const *env, const char *cwd,
                                     struct error *e);

/* This program's own file, or its name where the kernel does not say. Caller frees. */
char *process_self(void);

/* The environment a command gets: built, not filtered. terminal: it may ask, somebody answers.
 * more: NULL-terminated, further ones, or NULL. NULL-terminated; free with process_env_free. */
char **process_env(const char *tmp, bool terminal, const char *const *more);
void process_env_free(char **env);

#endif
