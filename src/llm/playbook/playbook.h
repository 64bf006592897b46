/*
 * playbook - a model that is a script: the demonstration, the test double, the replay.
 *
 * A file holds `turns`; the first unused turn whose `when` matches (or that has none) is the
 * answer. Which turns are used is read from the conversation itself (reply.parts carries it), so
 * a resumed session goes on at the right turn in another process.
 *
 *   window: 8192              tokens, the model's window
 *   pace: 0                   tokens a second for turns that give none; 0: at once
 *   overflow: error           refuse a prompt beyond the window, as servers do
 *   behaviors: {…}            modes, as in models.yaml
 *   turns:
 *     - when: {user: ERE, tool: NAME, result: ERE}     all given must match
 *       reasoning: text       streamed first
 *       say: text             streamed
 *       call: {tool: NAME, args: {…}, as: NAME}        or a list; `calls` is the same.
 *                             args as text go out as they are, broken or not
 *       pace: 200
 *       fault: {kind: cut|stall|reset|status, after: TOKENS, status: 503, message: text,
 *               times: 1}     happens once (or `times`) in a process, then the turn goes on
 *       finish: stop|length|filter
 *       usage: {input: N, cached: N, output: N}        instead of the estimate
 *       end: true             no turn after this one
 *
 * Templates in say, reasoning and args: {goal} {workspace} {user} {result} {result.member.0}
 * {NAME} {NAME.member}; arrays join by newlines, unknown names stay, {{ is a brace. An argument
 * that is one template keeps the member's JSON type.
 */
#ifndef LLM_PLAYBOOK_H
#define LLM_PLAYBOOK_H

#include "base/yaml.h"

/* Read and check a playbook: a shipped one by name, or a file by path (…/ or .yaml).
 * ERR_NOT_FOUND, or ERR_CONFIG file:line. */
NODISCARD struct yaml *playbook_load(const char *upstream, struct error *e);

int64_t playbook_window(const struct yaml *y);

/* One attempt, as remote_attempt. May wait: the script paces and stalls. */
struct attempt;
NODISCARD bool playbook_attempt(struct attempt *a);

#endif
