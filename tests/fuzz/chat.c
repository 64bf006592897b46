/* An answer of the dialect chat completions. */
#include "llm/chat/chat.h"

#define FUZZ_CODEC codec_chat
#define FUZZ_FRAME "data: %s\n\n"
#define FUZZ_END "data: [DONE]\n\n"
#include "answer.h"
