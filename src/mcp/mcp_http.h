/*
 * mcp_http - messages of the Model Context Protocol over HTTP. Streamable HTTP: each is a POST,
 * its answer a JSON body or a stream of events; one more stream brings what the server says
 * unasked. The older HTTP+SSE (revision 2024-11-05): one stream brings everything, and names
 * the address that takes the POSTs. Source: modelcontextprotocol.io, "Transports".
 * Private to src/mcp. Thread: engine; callbacks on the loop.
 */
#ifndef MCP_MCP_HTTP_H
#define MCP_MCP_HTTP_H

#include "base/error.h"
#include "base/json.h"

struct loop;
struct mcp_http;

enum mcp_http_failure {
    MCP_HTTP_UNREACHABLE,
    MCP_HTTP_REFUSED,    /* HTTP 400 and above, in no words of the protocol */
    MCP_HTTP_NO_SESSION, /* it forgot the session */
    MCP_HTTP_LOGIN,      /* it wants the user's consent, or more of it: mcp_http_challenge() */
    MCP_HTTP_OLD,        /* refused as servers of the older transport do */
};

struct mcp_http_spec {
    const char *url;
    const cJSON *headers; /* {"Name": "value"}, borrowed while it lives */
    void (*line)(void *arg, const char *text, size_t n); /* a message of the server */
    /* An answer will not come. Not called for what is optional. */
    void (*failed)(void *arg, enum mcp_http_failure how, const char *why);
    void *arg;
};

NODISCARD struct mcp_http *mcp_http_new(struct loop *loop, const struct mcp_http_spec *s,
                                        struct error *e);
/* What is sent. The strings become headers where the revision wants them; borrowed. */
struct mcp_http_message {
    const char *text;
    size_t len;
    const char *method, *name; /* name: of the tool, or NULL */
    const cJSON *headers;      /* {"Name": "value"} more, or NULL */
    bool optional;             /* nobody waits for its answer */
    const char *last;          /* of no text: goes on with a stream behind this event; or NULL */
    int tries;                 /* how often that was tried since one came */
    int64_t retry_ms;          /* how long the server wants it to be waited; 0: it did not say */
};

/* The token that is shown from now on, copied; NULL: none. */
void mcp_http_bearer(struct mcp_http *h, const char *token);
/* The WWW-Authenticate header that came last; NULL: none. Borrowed. */
const char *mcp_http_challenge(const struct mcp_http *h);

/* From a callback it is sent as soon as the callbacks are over. */
NODISCARD bool mcp_http_send(struct mcp_http *h, const struct mcp_http_message *m);

/* Open the stream for what the server says unasked; a server need not have one. */
void mcp_http_listen(struct mcp_http *h);
/* Turn to the older transport. Ready once mcp_http_ready(); fails through `failed`. */
void mcp_http_turn_old(struct mcp_http *h);
bool mcp_http_ready(const struct mcp_http *h);

/* Begin anew: no session, no revision. */
void mcp_http_reset(struct mcp_http *h);
/* The revision agreed on: said in a header from now on. modern: the one without a session. */
void mcp_http_version(struct mcp_http *h, const char *version, bool modern);
/* Ends the session with a word to the server; may take half a second. NULL is fine. */
void mcp_http_free(struct mcp_http *h);

#endif
