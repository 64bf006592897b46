/*
 * json_span - the bytes of a value inside a JSON text, as they stand there: for what must go on
 * byte for byte (signatures cover it). The text has parsed before; in other text nothing is found.
 */
#ifndef BASE_JSON_SPAN_H
#define BASE_JSON_SPAN_H

#include "base/json.h"

/* The member that the keys lead to, from object to object; the last of the same name. NULL: there
 * is none. Keys written with escapes are not found. */
const char *json_span(const char *text, size_t n, const char *const *keys, size_t key_count,
                      size_t *len);

/* A copy of a value's bytes, good as JSON for any parser: where they are not (a control character
 * in a string, a NUL), it is `parsed` written anew. Caller frees. */
char *json_span_copy(const char *span, size_t n, const cJSON *parsed);
/* Append what stands between a string's quotes; where that is no JSON, `parsed` escaped anew. */
void json_span_add(struct buf *out, const char *span, size_t n, const char *parsed);

/* The i-th item of an array's text, or NULL. */
const char *json_span_item(const char *text, size_t n, size_t i, size_t *len);

#endif
