/*
 * responses_priv - shared by the files of responses.
 */
#ifndef LLM_RESPONSES_PRIV_H
#define LLM_RESPONSES_PRIV_H

#include "llm/responses/responses.h"
#include "llm/turn/answer_build.h"

/* ---- responses_write.c ---- */

/* The member that a tool's free text stands in, where it is offered as a custom tool: the model
 * writes it as it is, without JSON around. NULL: it is a function. Caller frees. */
char *responses_free_text(const struct llm_tool *tool);

void responses_begin(const struct llm_request *r, cJSON *head, struct buf *out);
size_t responses_lasting(const struct llm_request *r);
void responses_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                        size_t *tail_at);

/* ---- responses_asked.c, responses_told.c ---- */

bool responses_asked(struct asked *a, const cJSON *body, struct error *e);
extern const struct tell_dialect responses_told;

#endif
