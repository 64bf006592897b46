#include "llm/codecs.h"

#include "llm/chat/chat.h"
#include "llm/models/models.h"

const struct codec *codec_of(const struct model *m)
{
    (void)m;
    return &codec_chat;
}
