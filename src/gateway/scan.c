#include "gateway/scan.h"

#include <ctype.h>
#include <string.h>

#define SCAN_DEPTH_MAX 1024

void scan_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

NODISCARD static bool scan_char(struct scan *s, char c)
{
    scan_space(s);
    if (s->p >= s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool scan_escape(struct scan *s)
{
    if (s->p >= s->end || !*s->p || !strchr("\"\\/bfnrtu", *s->p))
        return false;
    if (*s->p++ != 'u')
        return true;
    for (int i = 0; i < 4; i++, s->p++)
        if (s->p >= s->end || !isxdigit((unsigned char)*s->p))
            return false;
    return true;
}

NODISCARD static bool scan_string(struct scan *s)
{
    if (!scan_char(s, '"'))
        return false;
    while (s->p < s->end) {
        unsigned char c = (unsigned char)*s->p++;
        if (c == '"')
            return true;
        if (c < 0x20 || (c == '\\' && !scan_escape(s)))
            return false;
    }
    return false;
}

static size_t scan_digits(struct scan *s)
{
    const char *from = s->p;
    while (s->p < s->end && isdigit((unsigned char)*s->p))
        s->p++;
    return (size_t)(s->p - from);
}

static bool scan_number(struct scan *s)
{
    if (s->p < s->end && *s->p == '-')
        s->p++;
    bool zero = s->p < s->end && *s->p == '0';
    size_t n = scan_digits(s);
    if (n == 0 || (zero && n > 1))
        return false;
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (scan_digits(s) == 0)
            return false;
    }
    if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
            s->p++;
        return scan_digits(s) > 0;
    }
    return true;
}

static bool scan_scalar(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*s->p == '"')
        return scan_string(s);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i], n) == 0) {
            s->p += n;
            return true;
        }
    }
    return scan_number(s);
}

static bool scan_key(struct scan *s)
{
    return scan_string(s) && scan_char(s, ':');
}

/* One bit a level: an object or an array. */
struct nest {
    bool object[SCAN_DEPTH_MAX];
    size_t depth;
};

static bool scan_open(struct scan *s, struct nest *n, size_t max, bool *empty)
{
    if (n->depth >= max || n->depth >= SCAN_DEPTH_MAX)
        return false;
    bool object = *s->p++ == '{';
    n->object[n->depth++] = object;
    scan_space(s);
    *empty = s->p < s->end && *s->p == (object ? '}' : ']');
    return *empty || !object || scan_key(s);
}

/* After a value: close what ends here, or step to the next value. *more: there is one. */
static bool scan_after(struct scan *s, struct nest *n, bool *more)
{
    while (n->depth > 0) {
        bool object = n->object[n->depth - 1];
        if (scan_char(s, ',')) {
            *more = true;
            return !object || scan_key(s);
        }
        if (!scan_char(s, object ? '}' : ']'))
            return false;
        n->depth--;
    }
    *more = false;
    return true;
}

bool scan_value(struct scan *s, size_t depth_max)
{
    struct nest n = {.depth = 0};
    for (bool more = true; more;) {
        bool empty = false;
        scan_space(s);
        if (s->p >= s->end)
            return false;
        bool opens = *s->p == '{' || *s->p == '[';
        if (opens ? !scan_open(s, &n, depth_max, &empty) : !scan_scalar(s))
            return false;
        if (opens && !empty)
            continue;
        if (!scan_after(s, &n, &more))
            return false;
    }
    return true;
}

bool scan_object(struct scan *s, size_t depth_max, scan_member_fn *fn, void *arg)
{
    if (!scan_char(s, '{'))
        return false;
    if (scan_char(s, '}'))
        return true;
    do {
        scan_space(s);
        const char *key = s->p;
        if (!scan_string(s))
            return false;
        size_t key_len = (size_t)(s->p - key);
        if (!scan_char(s, ':'))
            return false;
        scan_space(s);
        const char *value = s->p;
        if (!scan_value(s, depth_max) || !fn(arg, key, key_len, value, (size_t)(s->p - value)))
            return false;
    } while (scan_char(s, ','));
    return scan_char(s, '}');
}

const char *scan_first(const char *array, size_t n, size_t *len)
{
    struct scan s = {array, array + n};
    if (!scan_char(&s, '['))
        return NULL;
    scan_space(&s);
    const char *from = s.p;
    if (s.p >= s.end || *s.p == ']' || !scan_value(&s, SCAN_DEPTH_MAX))
        return NULL;
    *len = (size_t)(s.p - from);
    return from;
}
