/*
 * media - images and documents as parts of a message: whether a model takes them, sized down where
 * it has to be, counted, and the words that stand for them.
 *
 * Thread: the engine's.
 */
#ifndef LLM_MEDIA_H
#define LLM_MEDIA_H

#include "base/buf.h"
#include "base/error.h"
#include "llm/message.h"

#define MEDIA_MOST_BYTES (20 << 20) /* of a file that is looked at */

/*
 * Add what these bytes are to the parts, for this model; its words to chip: "[image a.png 640x480
 * 12 kB]". ERR_PARSE: they are no image or document, whatever the name says; ERR_DENIED: the model
 * takes none; ERR_LIMIT: it is too large, and why it was not made smaller.
 */
NODISCARD bool media_add(const struct model *m, const char *name, const char *bytes, size_t n,
                         struct llm_parts *to, struct buf *chip, struct error *e);

/* Estimated tokens of a part; 0 for one that is no image or document. */
int64_t media_tokens(const struct llm_part *p);

#endif
