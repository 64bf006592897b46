/*
 * gemini - Google's generateContent: POST …/models/M:streamGenerateContent?alt=sse, an event stream
 * of whole responses without an end mark. gemini_write.c the request, gemini_read.c the answer.
 *
 * Source: Google's API reference. Roles alternate; the responses to all calls of a step stand in
 * one message, in their order. The thought signatures of a step go back in the parts they came
 * with.
 */
#ifndef LLM_GEMINI_H
#define LLM_GEMINI_H

#include "llm/turn/codec.h"

extern const struct codec codec_gemini;

#endif
