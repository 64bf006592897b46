#include "llm/codecs.h"

#include "llm/chat/chat.h"
#include "llm/gemini/gemini.h"
#include "llm/messages/messages.h"
#include "llm/models/family.h"
#include "llm/ollama/ollama.h"
#include "llm/responses/responses.h"

const struct codec *codec_at(enum route_style style)
{
    static const struct codec *const codecs[] = {[ROUTE_CHAT] = &codec_chat,
                                                 [ROUTE_RESPONSES] = &codec_responses,
                                                 [ROUTE_MESSAGES] = &codec_messages,
                                                 [ROUTE_GEMINI] = &codec_gemini,
                                                 [ROUTE_OLLAMA] = &codec_ollama};
    return codecs[style];
}

const struct codec *codec_of(const struct model *m)
{
    return codec_at(model_dialect(m));
}
