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

/* A member of an object: its name between the quotes, and its value. */
struct span_member {
    const char *name, *value, *behind;
    size_t name_len;
};

/* The member that begins at *p, and *p behind it; false: there is none. */
static bool next_member(const char **p, const char *end, struct span_member *m)
{
    const char *at = blank(*p, end);
    if (at >= end || *at != '"')
        return false;
    m->name = at + 1;
    at = skip_string(at, end);
    m->name_len = (size_t)(at - m->name) - 1;
    at = blank(at, end);
    if (at >= end || *at != ':')
        return false;
    m->value = blank(at + 1, end);
    m->behind = skip_value(m->value, end);
    at = blank(m->behind, end);
    *p = at + (at < end && *at == ',');
    return true;
}

static bool is_named(const struct span_member *m, const char *name)
{
    return strlen(name) == m->name_len && memcmp(m->name, name, m->name_len) == 0;
}

static const char *member(const char *p, const char *end, const char *key, const char **behind)
{
    const char *found = NULL;
    struct span_member m;
    if (p >= end || *p++ != '{')
        return NULL;
    while (next_member(&p, end, &m))
        if (is_named(&m, key)) {
            found = m.value;
            *behind = m.behind;
        }
    return found;
}

bool json_span_only(const char *text, size_t n, const char *const *names, struct buf *out)
{
    const char *end = text + n, *p = blank(text, end);
    struct span_member m;
    if (p >= end || *p++ != '{')
        return false;
    buf_addc(out, '{');
    for (bool any = false; next_member(&p, end, &m);)
        for (const char *const *name = names; *name; name++)
            if (is_named(&m, *name)) {
                buf_adds(out, any ? ",\"" : "\"");
                buf_add(out, m.name, m.name_len + 1);
                buf_addc(out, ':');
                buf_add(out, m.value, (size_t)(m.behind - m.value));
                any = true;
            }
    buf_addc(out, '}');
    p = blank(p, end);
    return p < end && *p == '}' && blank(p + 1, end) == end;
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

struct json_items json_items(const char *text, size_t n)
{
    struct json_items l = {text, text ? text + n : NULL};
    if (text)
        l.at = blank(text, l.end);
    if (l.at >= l.end || *l.at != '[')
        return (struct json_items){0};
    l.at++;
    return l;
}

const char *json_items_next(struct json_items *l, size_t *len)
{
    *len = 0;
    const char *value = l->at ? blank(l->at, l->end) : NULL;
    if (!value || value >= l->end || *value == ']')
        return NULL;
    const char *behind = skip_value(value, l->end);
    if (behind == value)
        return NULL; /* no JSON */
    *len = (size_t)(behind - value);
    l->at = blank(behind, l->end);
    l->at += l->at < l->end && *l->at == ',';
    return value;
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
