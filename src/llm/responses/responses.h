/*
 * responses - OpenAI's Responses: POST …/responses, an event stream of items. responses_write.c the
 * request, responses_read.c the answer.
 *
 * Source: OpenAI's API reference. Stateless (store: false): every item of an answer goes back
 * whole, in order, as it came; reasoning items are encrypted and stand before the item they belong
 * to.
 */
#ifndef LLM_RESPONSES_H
#define LLM_RESPONSES_H

#include "llm/turn/codec.h"

extern const struct codec codec_responses;

#endif
