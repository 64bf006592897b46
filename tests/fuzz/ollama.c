/* An answer in Ollama's own dialect. */
#include "llm/ollama/ollama.h"

#define FUZZ_CODEC codec_ollama
#define FUZZ_FRAME "%s\n"
#define FUZZ_END "{\"done\":true}\n"
#include "answer.h"
