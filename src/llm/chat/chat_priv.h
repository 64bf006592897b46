/*
 * chat_priv - shared by the files of chat.
 */
#ifndef LLM_CHAT_PRIV_H
#define LLM_CHAT_PRIV_H

#include "llm/chat/chat.h"
#include "llm/turn/answer_build.h"

/* ---- chat_write.c ---- */

void chat_begin(const struct llm_request *r, cJSON *head, struct buf *out);
size_t chat_lasting(const struct llm_request *r);
void chat_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                   size_t *tail_at);

/* ---- chat_usage.c ---- */

/* usage, x_groq, timings of one chunk. */
void chat_usage(struct answer *a, const cJSON *chunk, const cJSON *choice);

/* ---- chat_asked.c, chat_told.c ---- */

bool chat_asked(struct asked *a, const cJSON *body, struct error *e);
extern const struct tell_dialect chat_told;

#endif
