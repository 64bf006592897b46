/*
 * mcp_http - messages of the Model Context Protocol over Streamable HTTP: each is a POST, its
 * answer a JSON body or a stream of events. Source: modelcontextprotocol.io, "Transports".
 * Private to src/mcp. Thread: engine; callbacks on the loop.
 */
#ifndef MCP_MCP_HTTP_H
#define MCP_MCP_HTTP_H

#include "base/error.h"
#include "base/json.h"

struct loop;
struct mcp_http;

struct mcp_http_spec {
    const char *url;
    const cJSON *headers; /* {"Name": "value"}, borrowed while it lives */
    void (*line)(void *arg, const char *text, size_t n); /* a message of the server */
    void (*failed)(void *arg, const char *why);          /* an answer will not come */
    void *arg;
};

NODISCARD struct mcp_http *mcp_http_new(struct loop *loop, const struct mcp_http_spec *s,
                                        struct error *e);
/* method and name (of the tool, or NULL) become headers where the revision wants them. */
NODISCARD bool mcp_http_send(struct mcp_http *h, const char *text, size_t n, const char *method,
                             const char *name);
/* The revision agreed on: said in a header from now on. modern: the one without a session. */
void mcp_http_version(struct mcp_http *h, const char *version, bool modern);
void mcp_http_free(struct mcp_http *h);

#endif
