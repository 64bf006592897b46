/*
 * program - run a program and wait for its end: the one way for commands, checks and hooks.
 */
#ifndef RUN_PROGRAM_H
#define RUN_PROGRAM_H

#include "host/process.h"
#include "run/reactor.h"

/*
 * Start it, feed it `input` (NULL: spec->input says what it gets) and wait until it has ended; a
 * stop ends it. Nothing is started after a stop: ERR_CANCELED, but for `at_end`, what belongs to
 * the end of a goal that was stopped. ERR_NOT_FOUND, ERR_IO as process_start(). The caller frees.
 * MAY WAIT.
 */
NODISCARD struct process *program_run(struct reactor *r, const struct process_spec *spec,
                                      const char *input, bool at_end, struct error *e);

/* The same, but when the user wants it aside (reactor.h) it is given back while it still runs: the
 * caller hands it over. */
NODISCARD struct process *program_run_or_leave(struct reactor *r, const struct process_spec *spec,
                                               struct error *e);

#endif
