/*
 * sandbox - confines commands by the kernel: namespaces, Landlock, seccomp.
 *
 * Prepared in the parent (allocations, lists, the filter), entered in the child between fork
 * and exec with async-signal-safe calls only. Levels, best first:
 *   full      own user, mount, pid, net and ipc namespaces, Landlock and seccomp inside; user
 *             and net are the same for all commands, the net has nothing but loopback
 *   landlock  Landlock (ABI 3 or later) and seccomp
 *   none      nothing is confined
 * A canary run, not a version number, decides which holds here. See safety notes in mien(1).
 */
#ifndef HOST_SANDBOX_H
#define HOST_SANDBOX_H

#include "base/error.h"

enum sandbox_level { SANDBOX_NONE, SANDBOX_LANDLOCK, SANDBOX_FULL };

struct sandbox;

const char *sandbox_level_name(enum sandbox_level l);
enum sandbox_level sandbox_level_find(const char *name); /* full, unless it names another */

void sandbox_free(struct sandbox *s);

enum sandbox_level sandbox_level(const struct sandbox *s); /* s may be NULL */
void sandbox_set_level(struct sandbox *s, enum sandbox_level l);

/* What a command calls its temporary directory, which is `outside` to everybody else: level full
 * shows it as /tmp and as /var/tmp. s may be NULL. */
const char *sandbox_tmpdir(const struct sandbox *s, const char *outside);

#endif
