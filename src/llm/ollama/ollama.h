/*
 * ollama - Ollama's own API: POST /api/chat, JSON lines. It is the one of its dialects in which the
 * window can be chosen; the others are cut at the front of the prompt without a word.
 *
 * Source: Ollama's API reference. Arguments are objects, calls have no ids, a result names its
 * tool.
 */
#ifndef LLM_OLLAMA_H
#define LLM_OLLAMA_H

#include "llm/turn/codec.h"

extern const struct codec codec_ollama;

#endif
