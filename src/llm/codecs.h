/*
 * codecs - which dialect a model is spoken to in.
 */
#ifndef LLM_CODECS_H
#define LLM_CODECS_H

#include "llm/turn/codec.h"

#include "llm/models/models.h"

const struct codec *codec_of(const struct model *m);  /* never NULL */
const struct codec *codec_at(enum route_style style); /* the same by its dialect */

#endif
