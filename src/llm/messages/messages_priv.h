/*
 * messages_priv - shared by the files of messages.
 */
#ifndef LLM_MESSAGES_PRIV_H
#define LLM_MESSAGES_PRIV_H

#include "llm/messages/messages.h"
#include "llm/turn/answer_build.h"

/* ---- messages_write.c ---- */

void messages_begin(const struct llm_request *r, cJSON *head, struct buf *out);
size_t messages_lasting(const struct llm_request *r);
void messages_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                       size_t *tail_at);

/* ---- messages_asked.c, messages_told.c ---- */

bool messages_asked(struct asked *a, const cJSON *body, struct error *e);
extern const struct tell_dialect messages_told;

#endif
