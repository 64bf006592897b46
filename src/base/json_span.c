#include "base/json_span.h"

#include <string.h>

#include "base/mem.h"

static const char *blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return p;
}

/* Behind the string that begins at p. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\' && p + 1 < end;
    return p < end ? p + 1 : end;
}

/* Behind the value that begins at p: brackets are counted, for the text is JSON. */
static const char *skip_value(const char *p, const char *end)
{
    size_t depth = 0;
    while (p < end) {
        if (*p == '"') {
            p = skip_string(p, end);
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
        } else if (*p == '}' || *p == ']') {
            if (depth == 0)
                return p;
            depth--;
            p++;
        } else if (depth == 0 && (*p == ',' || *p == ':')) {
            return p;
        } else {
            p++;
        }
        if (depth == 0 && (p == end || strchr(",}] \t\r\n", *p)))
            return p;
    }
    return end;
}

static const char *member(const char *p, const char *end, const char *key, const char **behind)
{
    const char *found = NULL;
    size_t k = strlen(key);
    if (p >= end || *p != '{')
        return NULL;
    for (p = blank(p + 1, end); p < end && *p == '"'; p = blank(p, end)) {
        const char *name = p + 1;
        p = skip_string(p, end);
        bool is = (size_t)(p - name) == k + 1 && memcmp(name, key, k) == 0;
        p = blank(p, end);
        if (p >= end || *p != ':')
            return NULL;
        p = blank(p + 1, end);
        const char *value = p;
        p = skip_value(p, end);
        if (is) {
            found = value;
            *behind = p;
        }
        p = blank(p, end);
        if (p < end && *p == ',')
            p++;
    }
    return found;
}

const char *json_span(const char *text, size_t n, const char *const *keys, size_t key_count,
                      size_t *len)
{
    const char *end = text + n, *p = blank(text, end);
    for (size_t i = 0; p && i < key_count; i++)
        p = member(p, end, keys[i], &end);
    *len = p ? (size_t)(end - p) : 0;
    return p;
}

const char *json_span_item(const char *text, size_t n, size_t i, size_t *len)
{
    const char *end = text + n, *p = blank(text, end);
    *len = 0;
    if (p >= end || *p != '[')
        return NULL;
    for (p = blank(p + 1, end); p < end && *p != ']'; p = blank(p, end)) {
        const char *value = p;
        p = skip_value(p, end);
        if (p == value)
            return NULL; /* no JSON */
        if (i-- == 0) {
            *len = (size_t)(p - value);
            return value;
        }
        p = blank(p, end);
        if (p < end && *p == ',')
            p++;
    }
    return NULL;
}

/* Half surrogates and NULs by escape are JSON to every server, and to our own parser not: they are
 * looked past. */
static bool good(const char *span, size_t n)
{
    AUTO_FREE char *copy = mem_strndup(span, n);
    for (char *p = copy; (p = strchr(p, '\\')) && p[1]; p += 2) {
        bool whole = strnlen(p, 6) == 6 && p[1] == 'u';
        bool half = whole && strchr("dD", p[2]) && strchr("89abcdefABCDEF", p[3]);
        if (half || (whole && memcmp(p + 2, "0000", 4) == 0))
            memcpy(p, "\\ufffd", 6);
    }
    return strlen(copy) == n && json_is_strict(copy, n);
}

char *json_span_copy(const char *span, size_t n, const cJSON *parsed)
{
    return good(span, n) ? mem_strndup(span, n) : json_print(parsed);
}

void json_span_add(struct buf *out, const char *span, size_t n, const char *parsed)
{
    if (n >= 2 && *span == '"' && good(span, n)) {
        buf_add(out, span + 1, n - 2);
        return;
    }
    AUTO(buf) quoted = {0};
    buf_add_json_str(&quoted, parsed, strlen(parsed));
    buf_add(out, quoted.ptr + 1, quoted.len - 2);
}
