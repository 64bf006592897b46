/*
 * process_child - the far side of a process: the supervisor and the command it forks.
 * Everything here runs after a fork of a process with threads, so only async-signal-safe
 * calls are made; words, environment and paths are ready before.
 */
#ifndef HOST_PROCESS_CHILD_H
#define HOST_PROCESS_CHILD_H

#include "base/defs.h"

struct sandbox;

struct process_child {
    const char *program; /* path */
    char *const *argv;   /* NULL-terminated, as is env */
    char *const *env;
    const char *cwd; /* NULL: as it is */
    const struct sandbox *sandbox;
    bool limited;              /* resource limits of a command; a delegate has mien's own */
    bool terminal;             /* input is one, and shall be the command's own */
    int control;               /* reports: "E…" why it could not start, "X%d" its end */
    int input, output, errors; /* input -1: /dev/null; errors -1: with the output */
};

NORETURN void process_child_run(struct process_child *c);

#endif
