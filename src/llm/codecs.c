#include "llm/codecs.h"

#include "llm/chat/chat.h"
#include "llm/messages/messages.h"
#include "llm/models/family.h"
#include "llm/responses/responses.h"

const struct codec *codec_of(const struct model *m)
{
    static const struct codec *const codecs[] = {[ROUTE_CHAT] = &codec_chat,
                                                 [ROUTE_RESPONSES] = &codec_responses,
                                                 [ROUTE_MESSAGES] = &codec_messages};
    return codecs[model_dialect(m)];
}
