/*
 * codecs - which dialect a model is spoken to in.
 */
#ifndef LLM_CODECS_H
#define LLM_CODECS_H

#include "llm/turn/codec.h"

struct model;

const struct codec *codec_of(const struct model *m); /* never NULL */

#endif
