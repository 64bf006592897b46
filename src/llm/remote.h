/*
 * remote - a model behind a server, over HTTP, in whatever dialect.
 */
#ifndef LLM_REMOTE_H
#define LLM_REMOTE_H

#include "llm/call.h"

/* One attempt: send the request, put the answer together. False: a->failure and a->hints say
 * why. May wait: steps the loop until the answer is there, late or cancelled. */
NODISCARD bool remote_attempt(struct attempt *a);

/* The URL of one; NULL: ERR_CONFIG. Caller frees. */
char *remote_url(const struct llm_request *r, struct error *e);

#endif
