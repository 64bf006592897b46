/*
 * delegate_command - what starts a delegate: mien exec on this machine, or mien far call, which
 * launches one elsewhere (far/home.h) and looks the same from here. Thread: engine.
 */
#ifndef JOBS_DELEGATE_COMMAND_H
#define JOBS_DELEGATE_COMMAND_H

#include "jobs/delegate_state.h"

/* How deep agents delegate already, as an environment variable. */
#define DELEGATE_DEPTH "MIEN_DELEGATION_DEPTH"

struct delegate_command {
    char **argv, **env; /* NULL-terminated, owned */
    char *first;        /* the first line of its standard input, or NULL */
};
void delegate_command(const struct delegate *d, struct delegate_command *c);
void delegate_command_fini(struct delegate_command *c);

/* Where a delegate runs, as who delegates says it. launch_fini() frees. */
void delegate_launch(struct launch *l, const struct delegate_spec *spec);

#endif
