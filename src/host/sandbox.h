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

#include <stdint.h>

#include "base/error.h"

enum sandbox_level { SANDBOX_NONE, SANDBOX_LANDLOCK, SANDBOX_FULL };

struct sandbox;

/* What one command may use; 0: no limit. */
struct sandbox_limits {
    int64_t memory_mb;    /* of one process, its data (RLIMIT_DATA) */
    int64_t cpu_seconds;  /* of one process */
    int64_t file_mb;      /* the largest file it may write */
    int64_t processes;    /* of all commands together; level full, and not root */
    int64_t shared_mb;    /* of /dev/shm; level full */
    int64_t temporary_mb; /* of what lies in its temporary directory; looked at each second */
};

const char *sandbox_level_name(enum sandbox_level l);
enum sandbox_level sandbox_level_find(const char *name); /* full, unless it names another */

void sandbox_free(struct sandbox *s);

enum sandbox_level sandbox_level(const struct sandbox *s); /* s may be NULL */
void sandbox_set_level(struct sandbox *s, enum sandbox_level l);

/* In force from the next command on; before that: files of 1 GB, and no other limit. */
void sandbox_set_limits(struct sandbox *s, const struct sandbox_limits *l);
const struct sandbox_limits *sandbox_limits(const struct sandbox *s); /* s may be NULL */

/* What a command calls its temporary directory, which is `outside` to everybody else: level full
 * shows it as /tmp and as /var/tmp. s may be NULL. */
const char *sandbox_tmpdir(const struct sandbox *s, const char *outside);

#endif
