/*
 * sandbox_net - the network that confined commands share, and what mien reaches in it.
 */
#ifndef HOST_SANDBOX_NET_H
#define HOST_SANDBOX_NET_H

#include "host/sandbox.h"

#define SANDBOX_FDS 3

/*
 * Make the namespaces that all commands of level full share: a user's, and without network a
 * network that has nothing but loopback, so that they reach each other's servers and still nothing
 * outside. A fork; some milliseconds, once. False with errno.
 */
NODISCARD bool sandbox_share(struct sandbox *s);

/* A network for one command instead of the shared one, loopback alone, and in it a listener of a
 * free port on 127.0.0.1. *fd: the listener, the caller's. Level full. False with errno. */
NODISCARD bool sandbox_own_network(struct sandbox *s, int *fd, int *port);

/* Can a command listen on a port? ERR_DENIED at level landlock without network. s may be NULL. */
NODISCARD bool sandbox_may_listen(const struct sandbox *s, struct error *e);

/* A non-blocking TCP socket (AF_INET, AF_INET6) in the network the commands use; -1 with errno.
 * Costs a fork at level full without network. s may be NULL. */
int sandbox_socket(const struct sandbox *s, int family);

/* Descriptors that sandbox_enter() needs, at most SANDBOX_FDS, all above 2: a child that closes
 * what it inherited keeps them. Async-signal-safe. s may be NULL. */
size_t sandbox_fds(const struct sandbox *s, int out[static SANDBOX_FDS]);

#endif
