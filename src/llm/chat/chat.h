/*
 * chat - OpenAI chat completions, and what everybody made of it: POST …/chat/completions, an event
 * stream of chunks with deltas. chat_write.c the request, chat_read.c the answer, chat_usage.c the
 * numbers.
 */
#ifndef LLM_CHAT_H
#define LLM_CHAT_H

#include "llm/turn/codec.h"

extern const struct codec codec_chat;

#endif
