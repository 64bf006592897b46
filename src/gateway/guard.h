/*
 * guard - who may use the proxy. It holds the user's keys, so a web page that a browser on
 * this machine shows (also by a name that was rebound to 127.0.0.1) must not reach it, and
 * nobody beyond this machine without the token. Thread: any.
 */
#ifndef GATEWAY_GUARD_H
#define GATEWAY_GUARD_H

#include "base/defs.h"

/* "127.0.0.1:4000", "localhost", "[::1]:4000": names of this machine. NULL: no. */
bool guard_host_is_local(const char *host);

/* A browser says where a page is from: absent, or an http(s) page of this machine itself. */
bool guard_origin_is_local(const char *origin);

/* The session that a key names behind its last '@': "KEY@ID". Of both headers; either may be NULL.
 * NULL: none. Caller frees. */
char *guard_session(const char *authorization, const char *x_api_key);

/* True if one of the two headers carries the token, alone or with a session behind it; in a time
 * that does not depend on where they differ. Either may be NULL. */
bool guard_token_ok(const char *token, const char *authorization, const char *x_api_key);

#endif
