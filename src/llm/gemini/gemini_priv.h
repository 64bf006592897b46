/*
 * gemini_priv - shared by the files of gemini.
 */
#ifndef LLM_GEMINI_PRIV_H
#define LLM_GEMINI_PRIV_H

#include "llm/gemini/gemini.h"
#include "llm/turn/answer_build.h"

/* ---- gemini_write.c ---- */

void gemini_begin(const struct llm_request *r, cJSON *head, struct buf *out);
size_t gemini_lasting(const struct llm_request *r);
void gemini_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                     size_t *tail_at);

/* ---- gemini_asked.c, gemini_told.c ---- */

bool gemini_asked(struct asked *a, const cJSON *body, struct error *e);
extern const struct tell_dialect gemini_told;

#endif
