/*
 * sandbox_enter - the child's side of the sandbox, between fork and exec: async-signal-safe calls
 * only.
 */
#ifndef HOST_SANDBOX_ENTER_H
#define HOST_SANDBOX_ENTER_H

#include "host/sandbox.h"

/*
 * Confine this process. Returns 0 in the process that shall exec the command. With namespaces the
 * calling process stays behind as its reaper and never returns. On failure -1, errno set and
 * *step naming what failed: the caller must not go on weaker.
 */
int sandbox_enter(const struct sandbox *s, const char **step);

/* 0 or -1 with errno. Map our ids into a new user namespace; go into the namespaces that commands
 * share. */
int sandbox_child_map(const struct sandbox *s, const char **step);
int sandbox_child_join(const struct sandbox *s);

#endif
