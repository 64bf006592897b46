/*
 * terminal - what the tools of commands that ask tell the model, and the bytes of keys.
 */
#ifndef BEHAVIORS_LIB_TERMINAL_H
#define BEHAVIORS_LIB_TERMINAL_H

#include "base/effects.h"
#include "base/json.h"

/* Of a command with a terminal: what it printed, whether it runs and waits. Caller deletes. */
cJSON *terminal_result_json(const struct command_result *r);
/* The same for the model to read. Caller frees. */
char *terminal_result_text(const cJSON *result);

/* The bytes that a key sends: "enter", "tab", "up", "ctrl-c" and so on. NULL: no such key. */
const char *terminal_key(const char *name, char own[static 2]);

#endif
