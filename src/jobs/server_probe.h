/*
 * server_probe - asks a port of the commands' network whether somebody listens, on IPv4 and
 * IPv6 loopback, without blocking the loop. Thread: engine.
 */
#ifndef JOBS_SERVER_PROBE_H
#define JOBS_SERVER_PROBE_H

#include "base/defs.h"

struct loop;
struct probe;
struct sandbox;

enum probe_how {
    PROBE_UNTIL_READY, /* again every 50 ms while nobody listens */
    PROBE_ONCE,        /* connect, and no more */
    PROBE_HTTP         /* once, and ask GET / */
};

/* status: of the answer to GET /, 0 when it was none. Called once, on the loop, after which
 * the probe is gone. */
typedef void probe_fn(void *arg, bool listening, int status);

struct probe *probe_start(struct loop *loop, const struct sandbox *sandbox, int64_t port,
                          enum probe_how how, int64_t wait_ms, probe_fn *done, void *arg);
void probe_free(struct probe *p); /* without the call; NULL is fine */

/* At once: would a server find this port taken? */
bool probe_taken(const struct sandbox *sandbox, int64_t port);

#endif
