/*
 * json - the few helpers that make cJSON pleasant here, and exact: numbers keep all their digits
 * from json_parse() to json_write(), also those that a double cannot hold. cJSON's own parser and
 * printer lose them and are used nowhere else.
 *
 * Getters accept NULL objects and wrong types and answer the fallback. Strings they
 * return are borrowed from the object.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/error.h"

#define AUTO_JSON __attribute__((cleanup(json_free_ptr), unused)) cJSON

void json_free_ptr(cJSON **j);

/* Parse exactly one value of n bytes; trailing bytes but white space are an error.
 * The error names line and column. Depth is capped by cJSON (1000). */
NODISCARD cJSON *json_parse(const char *text, size_t n, struct error *e);

/* Parse the value that text begins with; *end: behind it. NULL: it begins with none. */
NODISCARD cJSON *json_parse_prefix(const char *text, size_t n, const char **end);

/* Is it JSON by RFC 8259? json_parse() also takes control characters in strings and between
 * values, and numbers such as 01 and 1. */
bool json_is_strict(const char *text, size_t n);

const char *json_str(const cJSON *obj, const char *key, const char *fallback);
int64_t json_int(const cJSON *obj, const char *key, int64_t fallback);
double json_num(const cJSON *obj, const char *key, double fallback);
bool json_bool(const cJSON *obj, const char *key, bool fallback);
const cJSON *json_get(const cJSON *obj, const char *key); /* case matters; NULL if absent */

/* Add to an object; keys are copied, NULL strings are left out. */
void json_add_str(cJSON *obj, const char *key, const char *value);
void json_add_strn(cJSON *obj, const char *key, const char *value, size_t n); /* repairs UTF-8 */
void json_add_int(cJSON *obj, const char *key, int64_t value);
void json_add_bool(cJSON *obj, const char *key, bool value);
void json_add(cJSON *obj, const char *key, cJSON *value); /* takes value */

/* A number as text writes it; value is what arithmetic sees. Text that is no JSON number, or
 * that the value holds exactly, is not kept. */
cJSON *json_number(double value, const char *text);

/* {"key": value} object with "success": true as its first member. */
cJSON *json_success(void);
/* {"success": false, "error": text}. */
cJSON *json_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

char *json_print(const cJSON *j);                 /* compact; caller frees */
char *json_print_lines(const cJSON *j);           /* a member a line, to be read; caller frees */
void json_write(struct buf *out, const cJSON *j); /* compact */

#endif
