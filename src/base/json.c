#include "base/json.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void json_free_ptr(cJSON **j)
{
    cJSON_Delete(*j);
}

static void json_position(const char *text, const char *at, int *line, int *col)
{
    *line = 1;
    *col = 1;
    for (const char *p = text; p < at; p++) {
        if (*p == '\n') {
            ++*line;
            *col = 0;
        }
        ++*col;
    }
}

cJSON *json_parse(const char *text, size_t n, struct error *e)
{
    const char *end = NULL;
    cJSON *j = cJSON_ParseWithLengthOpts(text, n, &end, false);
    const char *rest = end ? end : text;
    while (j && rest < text + n && (isspace((unsigned char)*rest) || *rest == '\0'))
        rest++;
    if (j && rest == text + n)
        return j;
    int line, col;
    if (rest > text + n)
        rest = text + n;
    json_position(text, rest, &line, &col);
    if (rest + 1 >= text + n && !j)
        error_set(e, ERR_PARSE, "JSON ends early at line %d column %d", line, col);
    else
        error_set(e, ERR_PARSE, "%s at line %d column %d, near \"%.*s\"",
                  j ? "text after the JSON value" : "bad JSON", line, col,
                  (int)utf8_cut(rest, (size_t)(text + n - rest), 20), rest);
    cJSON_Delete(j);
    return NULL;
}

const cJSON *json_get(const cJSON *obj, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(obj, key);
}

const char *json_str(const cJSON *obj, const char *key, const char *fallback)
{
    const cJSON *v = json_get(obj, key);
    return cJSON_IsString(v) ? v->valuestring : fallback;
}

double json_num(const cJSON *obj, const char *key, double fallback)
{
    const cJSON *v = json_get(obj, key);
    return cJSON_IsNumber(v) ? v->valuedouble : fallback;
}

int64_t json_int(const cJSON *obj, const char *key, int64_t fallback)
{
    double d = json_num(obj, key, NAN);
    if (isnan(d))
        return fallback;
    return d >= 9e15    ? INT64_C(9000000000000000)
           : d <= -9e15 ? -INT64_C(9000000000000000)
                        : (int64_t)d;
}

bool json_bool(const cJSON *obj, const char *key, bool fallback)
{
    const cJSON *v = json_get(obj, key);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : fallback;
}

void json_add(cJSON *obj, const char *key, cJSON *value)
{
    if (value)
        cJSON_AddItemToObject(obj, key, value);
}

void json_add_str(cJSON *obj, const char *key, const char *value)
{
    if (value)
        json_add_strn(obj, key, value, strlen(value));
}

void json_add_strn(cJSON *obj, const char *key, const char *value, size_t n)
{
    AUTO(buf) clean = {0};
    utf8_repair(&clean, value, n);
    json_add(obj, key, cJSON_CreateString(buf_cstr(&clean)));
}

void json_add_int(cJSON *obj, const char *key, int64_t value)
{
    json_add(obj, key, cJSON_CreateNumber((double)value));
}

void json_add_bool(cJSON *obj, const char *key, bool value)
{
    json_add(obj, key, cJSON_CreateBool(value));
}

cJSON *json_success(void)
{
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", true);
    return j;
}

cJSON *json_error(const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", false);
    json_add_str(j, "error", buf_cstr(&text));
    return j;
}

char *json_print(const cJSON *j)
{
    char *s = cJSON_PrintUnformatted(j);
    if (!s)
        mem_die("out of memory");
    return s;
}

void json_write(struct buf *out, const cJSON *j)
{
    AUTO_FREE char *s = json_print(j);
    buf_adds(out, s);
}
