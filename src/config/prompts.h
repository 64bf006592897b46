/*
 * prompts - slash commands of the user's own: NAME.md in commands/ of the configuration
 * directory, or in .mien/commands/ of a trusted workspace, which comes first. /NAME words sends
 * the file's text, $ARGUMENTS in it replaced by the words; its first line is its help when it
 * begins with "# ". Private to the engine.
 */
#ifndef CONFIG_PROMPTS_H
#define CONFIG_PROMPTS_H

#include "base/json.h"

/* Where to look: a trusted workspace, or NULL. */
cJSON *prompts_list(const char *project); /* [{name, help}], sorted; the caller deletes */

/* The text to send. ERR_NOT_FOUND names what there is. Caller frees. */
char *prompts_expand(const char *project, const char *name, const char *arguments, struct error *e);

#endif
