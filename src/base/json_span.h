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

/* The object less its members of other names, into out; false where it is no whole object. Cheaper
 * than to parse what nobody looks at. names: NULL-terminated. */
bool json_span_only(const char *text, size_t n, const char *const *names, struct buf *out);

/* A copy of a value's bytes, good as JSON for any parser: where they are not (a control character
 * in a string, a NUL), it is `parsed` written anew. Caller frees. */
char *json_span_copy(const char *span, size_t n, const cJSON *parsed);
/* Append what stands between a string's quotes; where that is no JSON, `parsed` escaped anew. */
void json_span_add(struct buf *out, const char *span, size_t n, const char *parsed);

/* The items of an array's text, one after the other. text: borrowed, NULL has none. */
struct json_items {
    const char *at, *end;
};
struct json_items json_items(const char *text, size_t n);
/* The next one, or NULL. */
const char *json_items_next(struct json_items *l, size_t *len);

#endif
