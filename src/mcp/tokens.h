/*
 * tokens - what authorization servers gave for MCP servers: tokens.yaml beside keys.yaml, mode
 * 0600, a map of a server's address to {access_token, refresh_token, expires, token_endpoint,
 * client_id, client_secret, auth_method, scope, issuer}. Another mien may write it at the same
 * time: it is locked (tokens.yaml.lock) while it is rewritten. What is read is hidden (log.h).
 * Thread: any.
 */
#ifndef MCP_TOKENS_H
#define MCP_TOKENS_H

#include "base/error.h"
#include "base/json.h"

/* The entry of a server; NULL: there is none, or the file cannot be read (*e says why). Caller
 * deletes. */
cJSON *tokens_get(const char *file, const char *url, struct error *e);

/* Put an entry in the place of what was there; NULL: remove it. Takes entry. */
NODISCARD bool tokens_put(const char *file, const char *url, cJSON *entry, struct error *e);

#endif
