/*
 * failure_text - words for a failure: what it means here, and what to do next.
 */
#ifndef LLM_FAILURE_TEXT_H
#define LLM_FAILURE_TEXT_H

#include "llm/failure.h"

struct model;

/* Turn the bare message into a sentence with cause and next step. url may be NULL. */
void failure_explain(struct llm_failure *f, const struct model *m, const char *url);

#endif
