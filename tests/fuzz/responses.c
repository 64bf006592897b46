/* An answer of the dialect Responses. */
#include "llm/responses/responses.h"

#define FUZZ_CODEC codec_responses
#define FUZZ_FRAME "data: %s\n\n"
#define FUZZ_END "data: {\"type\":\"response.completed\",\"response\":{}}\n\n"
#include "answer.h"
