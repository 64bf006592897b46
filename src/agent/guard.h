/*
 * guard - what the checks of a goal stand on: its tests, and the files their words name, copied
 * into the session when a check is set. What the goal changed of them is known afterwards, and a
 * check can be run on them as they were. Thread: engine.
 */
#ifndef AGENT_GUARD_H
#define AGENT_GUARD_H

#include "permit/shell.h"

/* Before the work: copies of what a check with this command stands on, of what is there; the first
 * copy of a file stays. Stops where it becomes much (see GUARD_MOST in guard.c), saying so. */
void guard_keep(struct shell *s, int64_t goal, const char *command);

/* Paths, parted by commas, of what was kept and is other now, or gone. False: nothing. */
bool guard_changed(struct shell *s, int64_t goal, struct buf *names);

/* Run the command on a copy of the workspace in which all that was kept is as it was. True when it
 * exits 0. output gets what it printed. MAY WAIT. */
bool guard_run(struct shell *s, int64_t goal, const char *command, int64_t most_ms,
               struct buf *output);

/* Where the copies of a goal, by its number in the session, lie. Caller frees. */
char *guard_dir(const struct shell *s, int64_t goal);

#endif
