/* An answer of the dialect Messages. */
#include "llm/messages/messages.h"

#define FUZZ_CODEC codec_messages
#define FUZZ_FRAME "data: %s\n\n"
#define FUZZ_END "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
#include "answer.h"
