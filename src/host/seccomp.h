/*
 * seccomp - a deny list of system calls no build tool needs and every escape does. Classic
 * BPF written out, since the list is short; refused calls fail with EPERM so that programs
 * fail politely. Unknown architectures get no filter and seccomp_make() answers 0.
 */
#ifndef HOST_SECCOMP_H
#define HOST_SECCOMP_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

enum { SECCOMP_MAX = 320 };

/* Which sockets: none; IPv4, IPv6 and asking netlink for routes and addresses, as programs do
 * that listen; IPv4, IPv6 and all of netlink. */
enum seccomp_sockets { SECCOMP_NO_SOCKETS, SECCOMP_LOOPBACK, SECCOMP_ALL_NETWORK };

/* Tracing is not refused: namespaces and Landlock leave a command nobody but its own to trace.
 * Write the program into out[SECCOMP_MAX]; returns its length, 0 where unsupported. local: AF_UNIX
 * too, for where mounts and namespaces hide the user's sockets (tmux, dbus, docker). sees_others:
 * no namespace hides other processes, so limits and priorities are its own alone. */
size_t seccomp_make(struct sock_filter *out, enum seccomp_sockets sockets, bool local,
                    bool sees_others);

/* Child side, async-signal-safe, after no_new_privs. 0 or -1 with errno. */
int seccomp_install(const struct sock_filter *filter, size_t n);

#endif
