/*
 * render - what the model reads of a tool's answer: the tool's own words, else plain lines made of
 * the JSON. Pure; any thread.
 */
#ifndef BEHAVIOR_RENDER_H
#define BEHAVIOR_RENDER_H

#include "behaviors/behavior.h"

/*
 * tool may be NULL. "error: …" comes first; a lone text stands by itself, flat members are
 * "name: value", an array of them one line each, what nests deeper is compact JSON. Never empty.
 * Caller frees.
 */
char *render_result(const struct tool *tool, const cJSON *args, const cJSON *result);

#endif
