/*
 * hooks - commands of the person's own that run at an agent's events: the event as one JSON
 * object on standard input. Private to the engine.
 *
 * hooks: in config.yaml, see mien-config(5): the five lifecycle events and before_tool, each a
 * command, or a list of {command, tools, timeout}. They run outside the sandbox: the person
 * wrote them, or trusted them. Exit 2 of before_tool blocks the call; its standard error is the
 * reason. Any other failure is told and changes nothing.
 */
#ifndef BEHAVIOR_HOOKS_H
#define BEHAVIOR_HOOKS_H

#include "base/json.h"
#include "base/yaml.h"

struct agent;

extern const char *const hook_events[]; /* NULL-terminated */

/* Is every entry well-formed? ERR_CONFIG with file:line. */
NODISCARD bool hooks_check(const struct yaml *hooks, struct error *e);

/* Run those of an event. body: members beside event, session, workspace and goal; taken. */
void hooks_run(struct agent *a, const char *event, cJSON *body);

/* The reason why a call must not run, NULL: it may. Caller frees. */
char *hooks_before_tool(struct agent *a, const char *tool, const cJSON *args);

#endif
