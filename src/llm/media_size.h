/*
 * media_size - images made smaller.
 */
#ifndef LLM_MEDIA_SIZE_H
#define LLM_MEDIA_SIZE_H

#include "base/buf.h"
#include "base/error.h"

/*
 * An image made smaller, so that no side is longer than `side`: PNG or JPEG, *type says which. The
 * library that does it is loaded when it is first asked for. ERR_NOT_FOUND: it is not there;
 * ERR_PARSE: the image is broken.
 */
NODISCARD bool media_shrink(const char *bytes, size_t n, int64_t side, struct buf *out,
                            const char **type, struct error *e);

#endif
