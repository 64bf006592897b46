/*
 * hooks - commands of the user's own that run at an agent's events: the event as one JSON object
 * on standard input.
 *
 * hooks: in config.yaml, see mien-config(5): the five lifecycle events and before_tool (and the
 * gateway's, which are none of an agent's), each a command, or a list of {command, tools, timeout,
 * needs}. The user's own run outside the sandbox, in the directory of their file, so that a
 * relative name is never the project's. A project's run in the workspace and as confined as a
 * command, for what they run lies where commands write; `needs` opens more, as the user saw when
 * trusting it. Both run, the user's first. Exit 2 of before_tool blocks the call; its standard
 * error is the reason. Any other failure is told and changes nothing. Thread: engine.
 */
#ifndef BEHAVIOR_HOOKS_H
#define BEHAVIOR_HOOKS_H

#include "base/json.h"
#include "config/config.h"

struct outbox;
struct reactor;
struct sandbox;

/* All of it is borrowed; the engine connects it once. */
struct hooks {
    const struct config *cfg;      /* its hooks: checked */
    const struct sandbox *sandbox; /* of commands; NULL: none */
    struct reactor *reactor;
    struct outbox *out;
    const char *workspace, *tmp;
    void (*describe)(void *arg, cJSON *event); /* adds the goal at work and its round */
    void *arg;
};

extern const char *const hook_events[]; /* NULL-terminated */
/* Of the gateway, which runs them itself; here they are checked. */
extern const char *const hook_gateway_events[];

/* Is every entry well-formed? ERR_CONFIG with file:line. */
NODISCARD bool hooks_check(const struct config *c, struct error *e);

/* Is there any for this event? */
bool hooks_want(const struct hooks *h, const char *event);

/* Run those of an event. body: members beside event, session, workspace and goal, or NULL;
 * taken. MAY WAIT. */
void hooks_run(struct hooks *h, const char *event, cJSON *body);

/* The reason why a call must not run, NULL: it may. Caller frees. MAY WAIT. */
char *hooks_before_tool(struct hooks *h, const char *tool, const cJSON *args);

#endif
