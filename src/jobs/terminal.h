/*
 * terminal - a command that may ask: waited for until it waits itself. Thread: engine.
 */
#ifndef JOBS_TERMINAL_H
#define JOBS_TERMINAL_H

#include "base/effects.h"

struct reactor;
struct servers;

/*
 * Wait until the job `name` printed something and says no more, has ended, most_ms are over, or all
 * is to stop; where something was typed, also until it says nothing at all for a while. *r gets
 * what it printed since the last look, as text without control sequences, and how it stands: `job`
 * stays as it is, `asks` is whether its last line has no end, as a prompt's, `code` its exit status
 * when it has ended. Behind a prompt the silence is the shorter. MAY WAIT.
 */
void terminal_wait(struct reactor *reactor, struct servers *s, const char *name, bool typed,
                   int64_t most_ms, struct command_result *r);

#endif
