/*
 * sse - server-sent events, the WHATWG algorithm, fed with any pieces.
 *
 * Source: HTML standard, "Parsing an event stream". One departure for chat servers: at the
 * end of input a pending `[DONE]` or a pending whole JSON value counts as received.
 */
#ifndef NET_SSE_H
#define NET_SSE_H

#include "base/buf.h"
#include "base/error.h"

#define SSE_LIMIT (16 << 20) /* bytes of a line, and of an event */

/* data is valid UTF-8, NUL-terminated; type is "message" when none was given. False ends
 * the parsing. */
typedef bool sse_event_fn(void *arg, const char *type, const char *data, size_t n);

struct sse {
    sse_event_fn *event;
    void *arg;
    struct buf line, data, type, id, last_id;
    int64_t retry_ms; /* 0: never told */
    int64_t comments; /* lines that only say "alive" */
    bool has_data, after_cr, started;
};

void sse_fini(struct sse *s);

/* False: ERR_LIMIT, or the event callback said so (then *e is as it left it). */
NODISCARD bool sse_feed(struct sse *s, const char *p, size_t n, struct error *e);

/* The end of the input. */
NODISCARD bool sse_end(struct sse *s, struct error *e);

#endif
