/*
 * messages - Anthropic's Messages, and who serves Claude or speaks as it does: POST …/v1/messages,
 * an event stream of typed blocks. messages_write.c the request, messages_read.c the answer.
 *
 * Source: Anthropic's API reference. A turn is a user's: results of tools first, then text;
 * thinking blocks go back with their signatures, byte for byte and in their place. What stays the
 * same is marked for the cache: system, tools, the newest two turns of the user.
 */
#ifndef LLM_MESSAGES_H
#define LLM_MESSAGES_H

#include "llm/turn/codec.h"

extern const struct codec codec_messages;

#endif
