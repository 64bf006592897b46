/*
 * host_sample - an MCP server's words to the model (sampling/createMessage, of the revisions with
 * a handshake): the user allows it, then the model answers beside the conversation. MAY WAIT.
 * Thread: engine.
 */
#ifndef ENGINE_HOST_SAMPLE_H
#define ENGINE_HOST_SAMPLE_H

#include "base/json.h"

struct engine;

/* The result {role, content, model, stopReason}; NULL: the user did not allow it, nobody could be
 * asked, or no answer came. *allowed: for the session; set where the user says so. */
cJSON *host_sample(struct engine *g, const char *server, bool *allowed, const cJSON *params);

#endif
