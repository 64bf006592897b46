/*
 * oauth - a user's consent for a server over HTTP: OAuth 2.1 as "Authorization" of the Model
 * Context Protocol has it (2025-03-26, 2025-06-18, 2025-11-25). Metadata of the resource (RFC
 * 9728) and of its authorization server (RFC 8414, OpenID Connect Discovery), PKCE with S256, a
 * redirect to a port of this machine, dynamic registration (RFC 7591), resource indicators (RFC
 * 8707), refresh. Only https is spoken, but from a loopback server to loopback; redirects of these
 * requests are refused. Private to src/mcp. MAY WAIT. Thread: engine.
 */
#ifndef MCP_OAUTH_H
#define MCP_OAUTH_H

#include "base/error.h"
#include "base/json.h"

struct loop;

struct oauth {
    const char *url;                               /* the MCP server */
    const char *tokens;                            /* file; tokens.h */
    const char *client_id, *client_secret, *scope; /* as configured, or NULL */
    void (*visit)(void *arg, const char *url); /* the user is to go there; NULL: nobody is there */
    bool (*stopped)(void *arg);                /* may be NULL */
    void *arg;
    int64_t limit_ms; /* for the user */
};

/* The newest access token that is kept; NULL: none. Caller frees. */
char *oauth_token(const struct oauth *o);

/* A new one for an old one, without the user. False: there is none to be had. */
NODISCARD bool oauth_refresh(struct loop *loop, const struct oauth *o, struct error *e);

/* Ask the user, in a browser. challenge: the WWW-Authenticate header that came, or NULL.
 * ERR_DENIED where the server names what it must not, or the user declined. */
NODISCARD bool oauth_login(struct loop *loop, const struct oauth *o, const char *challenge,
                           struct error *e);

/* A parameter of a WWW-Authenticate header; NULL: it is not there. Caller frees. */
char *oauth_param(const char *challenge, const char *name);

#endif
