/*
 * oauth_redirect - the port of this machine that a browser is sent back to, once. It answers the
 * one request that brings the state it was opened with, and no other. Private to src/mcp. Thread:
 * the loop's.
 */
#ifndef MCP_OAUTH_REDIRECT_H
#define MCP_OAUTH_REDIRECT_H

#include "base/error.h"
#include "base/json.h"

struct loop;
struct redirect;

NODISCARD struct redirect *redirect_new(struct loop *loop, const char *state, struct error *e);
void redirect_free(struct redirect *r);
const char *redirect_uri(const struct redirect *r); /* http://127.0.0.1:PORT/callback */
/* What came: its parameters; NULL: nothing yet. Borrowed. */
const cJSON *redirect_params(const struct redirect *r);

#endif
