/*
 * sandbox - confines commands by the kernel: namespaces, Landlock, seccomp.
 *
 * Prepared in the parent (allocations, lists, the filter), entered in the child between fork
 * and exec with async-signal-safe calls only. Levels, best first:
 *   full      own user, mount, pid, net and ipc namespaces, Landlock and seccomp inside;
 *             user and net may be shared among the commands (sandbox_share_loopback)
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

/*
 * workspace and tmp: the only places a command may write. network: allow it. The lists are
 * made now; a directory that appears later in HOME is not readable under `landlock`.
 */
struct sandbox *sandbox_new(const char *workspace, const char *tmp, bool network);
void sandbox_free(struct sandbox *s);

/*
 * Try the levels from `best` down with a canary child that attempts to write outside, to
 * connect and to kill its way out; the first level where all fail is in force afterwards.
 * *why: what refused the better ones ("" when none). Takes some milliseconds.
 */
enum sandbox_level sandbox_probe(struct sandbox *s, enum sandbox_level best, char why[static 256]);
enum sandbox_level sandbox_level(const struct sandbox *s);
void sandbox_set_level(struct sandbox *s, enum sandbox_level l);

/*
 * Let the commands from now on share one network of their own that has nothing but loopback,
 * so that they reach each other's servers and still nothing outside. Needs level full without
 * network; with network, or at level none, commands share ours already and this does nothing.
 * A canary proves the confinement again first: some milliseconds, once. ERR_DENIED when it did
 * not hold, and at level landlock without network. Idempotent.
 */
NODISCARD bool sandbox_share_loopback(struct sandbox *s, struct error *e);

/* A non-blocking TCP socket (AF_INET, AF_INET6) in the network the commands use; -1 with errno,
 * ENONET when each has its own. Costs a fork in a shared network. */
int sandbox_socket(const struct sandbox *s, int family);

/* Descriptors that sandbox_enter() needs, at most two, all above 2: a child that closes what it
 * inherited keeps them. Async-signal-safe. s may be NULL. */
size_t sandbox_fds(const struct sandbox *s, int out[static 2]);

/*
 * In the child. Returns 0 in the process that shall exec the command. With namespaces the
 * calling process stays behind as its reaper and never returns. On failure -1, errno set and
 * *step naming what failed: the caller must not go on weaker.
 */
int sandbox_enter(const struct sandbox *s, const char **step);

#endif
