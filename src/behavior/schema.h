/*
 * schema - arguments of a tool call against its JSON Schema, forgiving where nothing is lost.
 *
 * Understands type, properties, required, enum, const, minimum, maximum, exclusive bounds,
 * minLength, maxLength, items, minItems, maxItems, additionalProperties, anyOf, oneOf.
 */
#ifndef BEHAVIOR_SCHEMA_H
#define BEHAVIOR_SCHEMA_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

/*
 * Check args in place. "5" becomes 5 and "true" true where the schema wants them, JSON text
 * becomes the array or object it holds, a lone value becomes an array of one, null for an
 * optional member is dropped; a member under a name that other programs use for it (file_path for
 * path, cmd for command) is renamed; where the schema says string nothing is changed. Members the
 * schema does not know are removed and listed in warnings (one a line; may be NULL). False:
 * ERR_PARSE naming the field, what was expected and what came.
 */
NODISCARD bool schema_check(const cJSON *schema, cJSON *args, struct buf *warnings,
                            struct error *e);

#endif
