/*
 * keys - API keys by the name of their environment variable.
 *
 * A key of keys.yaml hides the environment's. Keys handed out
 * are registered with log_hide() and are never printed. Thread: the engine's.
 */
#ifndef LLM_KEYS_H
#define LLM_KEYS_H

#include "base/defs.h"
#include "base/error.h"
#include "base/json.h"

/* The key without white space around it, or NULL when unset, empty or blank. Borrowed until
 * keys_load or keys_clear. */
const char *keys_get(const char *name);
void keys_clear(void); /* wipes and frees all */

/* A key as it is sent: a file that holds one ends in a line end, and what was pasted has blanks
 * around it. Caller frees. */
char *keys_trim(const char *value);

/* Replace os.environ/NAME strings at any depth by their values. ERR_CONFIG names one not set. */
NODISCARD bool keys_resolve(cJSON *j, struct error *e);

/* Move NAME_API_KEY-like variables (…KEY, …TOKEN) out of the environment into the table, so that
 * no child process and no /proc reader finds them there. */
void keys_take_environment(void);

/* A whole environment for a child that is mien itself: ours, and the keys taken from it.
 * NULL-terminated; the caller frees strings and array. Never for a command of a model. */
char **keys_environment(void);

/* The environment as the user gave it: what keys_take_environment took is in it again, keys of
 * a file are not. For a command the user runs through mien. Freed like the other. */
char **keys_given_environment(void);

/* Keys of a YAML file, "NAME: value" a line. It must be the user's own and closed to others
 * (mode 0600), like ssh wants its keys; a missing file is fine. ERR_CONFIG, ERR_DENIED. */
NODISCARD bool keys_load(const char *path, struct error *e);

/* Text with "${NAME}" and "${NAME:-default}" filled in from keys and environment. Caller frees. */
char *keys_expand(const char *text);

#endif
