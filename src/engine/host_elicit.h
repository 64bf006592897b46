/*
 * host_elicit - a server's questions to the user (elicitation/create of the Model Context
 * Protocol): shown with what would be sent, asked field by field. MAY WAIT. Thread: engine.
 */
#ifndef ENGINE_HOST_ELICIT_H
#define ENGINE_HOST_ELICIT_H

#include "base/json.h"

struct engine;

/* The result: {action: accept, content} or {action: decline | cancel}; the caller deletes. Where
 * nobody can be asked it is declined, or, by --ask first, what the server proposes is taken. */
cJSON *host_elicit(struct engine *g, const char *server, const cJSON *params);

#endif
