/*
 * sandbox_net - the network that confined commands share, and what mien reaches in it.
 */
#ifndef HOST_SANDBOX_NET_H
#define HOST_SANDBOX_NET_H

#include "host/sandbox.h"

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

#endif
