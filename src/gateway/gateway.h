/*
 * gateway - behavior modes for any client that speaks chat completions, responses or Anthropic
 * messages: it names a model of models.yaml, the proxy finds deployment, mode, URL and key.
 *
 * One thread, one loop: libmicrohttpd faces the clients, net/http the servers. An answer goes
 * through byte for byte, with at most GATEWAY_QUEUE_HIGH of it in memory; a client that is gone
 * (also one that closed its sending half) closes its server's connection at once.
 * Thread: the loop's.
 */
#ifndef GATEWAY_PROXY_H
#define GATEWAY_PROXY_H

#include "base/error.h"
#include "gateway/hook.h"
#include "llm/llm.h"

struct loop;
struct models;
struct gateway;

#define GATEWAY_BODY_MAX (64u << 20) /* bytes of a request */
#define GATEWAY_QUEUE_HIGH (256u << 10)
#define GATEWAY_DEFAULT_LISTEN "127.0.0.1:4000"

/* A model that stands for a tier of a client's: opus, sonnet, haiku, small. All is borrowed. */
struct gateway_tier {
    const char *model, *name;
};

struct gateway_opts {
    const char *listen; /* HOST:PORT, "[::1]:0"; port 0: a free one */
    /* NULL: none, which only loopback allows. A client that sends it, or any key where there is
     * none, with @ID behind it is one of the session ID: its modes count then. */
    const char *token;
    struct models *models; /* borrowed */
    /* The models anew, where their files changed since it was asked last; they are the gateway's to
     * free. NULL: they did not (e->code ERR_NONE), or cannot be read. NULL: nobody asks. */
    struct models *(*reload)(void *arg, struct error *e);
    void *reload_arg;
    const char *model;        /* for requests that name none, or NULL */
    const char *sessions_dir; /* where sessions are stored */
    const char *session;      /* whose active modes count, or NULL */
    const char *adapters_dir; /* where it is kept which adapters were loaded; NULL: nowhere */
    const char *origins;      /* of web pages that may read answers, with blanks between; or NULL */
    struct gateway_hooks hooks;
    const struct gateway_tier *tiers; /* for the statistics */
    size_t tier_count;
    struct llm_limits limits; /* towards the servers; total and retries do not count */
    int64_t header_ms;        /* a client's headers, and its pause between requests; 0: 30 s */
    int64_t body_ms;          /* its body; 0: 120 s */
    int64_t ping_ms; /* of silence in a translated stream, until it is kept alive; 0: 10 s */
    size_t body_max; /* 0: GATEWAY_BODY_MAX */
};

/* Bind and listen. ERR_USAGE for an address that cannot be had (taken, not local and without
 * a token), ERR_CONFIG for a missing library. Strings of *o are copied. */
NODISCARD struct gateway *gateway_new(struct loop *loop, const struct gateway_opts *o,
                                      struct error *e);
void gateway_free(struct gateway *p); /* ends what runs; NULL is fine */

/* Where it listens: "http://127.0.0.1:4000". Borrowed. */
const char *gateway_url(const struct gateway *p);

/* How many requests to a model came so far. */
int64_t gateway_requests(const struct gateway *p);

/* One turn: wait until something happens or deadline_ms (clock_ms(), -1: none), and serve. */
void gateway_step(struct gateway *p, int64_t deadline_ms);

#endif
