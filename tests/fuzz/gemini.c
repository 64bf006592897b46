/* An answer in Google's generateContent. */
#include "llm/gemini/gemini.h"

#define FUZZ_CODEC codec_gemini
#define FUZZ_FRAME "data: %s\n\n"
#define FUZZ_END "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n"
#include "answer.h"
