/*
 * json_schema - is a value as a JSON Schema says (draft 2020-12)? Strict: nothing is changed,
 * forgiven or guessed (behavior/schema.h does that for arguments of tools).
 *
 * Understands: type, enum, const, properties, required, additionalProperties, minProperties,
 * maxProperties, items, prefixItems, minItems, maxItems, uniqueItems, contains, minLength,
 * maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, allOf, anyOf,
 * oneOf, not, $ref within the same schema ("#", "#/$defs/NAME"). Annotations (title, description,
 * default, examples, format and the like) say nothing. Pure. Thread: any.
 */
#ifndef BASE_JSON_SCHEMA_H
#define BASE_JSON_SCHEMA_H

#include "base/error.h"
#include "base/json.h"

/* Can it be checked whole? ERR_USAGE names the keyword that is not understood, and where. */
NODISCARD bool json_schema_known(const cJSON *schema, struct error *e);

/* ERR_PARSE names the place in the value, what was expected and what came. The schema is known. */
NODISCARD bool json_schema_fits(const cJSON *schema, const cJSON *value, struct error *e);

#endif
