#include "base/json_walk.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

/* Steps return the bytes they took, 0: more must come first, or, with w->bad, nothing helps. */
static size_t walk_refuse(struct json_walk *w)
{
    w->bad = true;
    return 0;
}

static size_t walk_open(struct json_walk *w, bool array)
{
    uint64_t bit = UINT64_C(1) << w->depth % JSON_WALK_DEPTH;
    if (w->depth == JSON_WALK_DEPTH)
        return walk_refuse(w);
    w->arrays = array ? w->arrays | bit : w->arrays & ~bit;
    w->held = w->depth++ == 0;
    w->state = array ? WALK_FIRST_VALUE : WALK_FIRST_KEY;
    return 1;
}

static bool walk_in_array(const struct json_walk *w)
{
    return w->arrays >> (w->depth - 1) & 1;
}

static size_t walk_close(struct json_walk *w, char c)
{
    if (walk_in_array(w) != (c == ']'))
        return walk_refuse(w);
    w->state = WALK_BEHIND;
    w->held = false;
    w->done = --w->depth == 0;
    return 1;
}

static int walk_hex(const char *p)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)p[i]))
            return -1;
        int c = tolower((unsigned char)p[i]);
        v = v * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return v;
}

/* Half a surrogate and NUL are no characters: what they were meant to be is found out later. */
static size_t walk_escape(struct json_walk *w, const char *p, size_t n)
{
    if (n < 2)
        return 0;
    if (p[1] != 'u')
        return strchr("\"\\/bfnrt", p[1]) && p[1] ? 2 : walk_refuse(w);
    if (n < 6)
        return 0;
    int high = walk_hex(p + 2);
    if (high <= 0 || (high >= 0xdc00 && high <= 0xdfff))
        return walk_refuse(w);
    if (high < 0xd800 || high > 0xdfff)
        return 6;
    if (n < 12)
        return 0;
    int low = p[6] == '\\' && p[7] == 'u' ? walk_hex(p + 8) : -1;
    return low >= 0xdc00 && low <= 0xdfff ? 12 : walk_refuse(w);
}

/* A character of a string, or its end. */
static size_t walk_character(struct json_walk *w, const char *p, size_t n)
{
    uint32_t cp;
    if (*p == '"') {
        w->state = w->state == WALK_KEY_STRING ? WALK_COLON : WALK_BEHIND;
        return 1;
    }
    if (*p == '\\')
        return walk_escape(w, p, n);
    if ((unsigned char)*p < 0x20)
        return walk_refuse(w);
    size_t len = utf8_decode(p, n, &cp);
    if (cp != UTF8_BAD)
        return len;
    return n < 4 && utf8_incomplete_tail(p, n) == n ? 0 : walk_refuse(w);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static bool walk_is_number(const char *p, const char *end)
{
    p += *p == '-';
    size_t n = strspn(p, "0123456789");
    if (n == 0 || (n > 1 && *p == '0'))
        return false;
    p += n;
    if (*p == '.') {
        n = strspn(p + 1, "0123456789");
        if (n == 0)
            return false;
        p += 1 + n;
    }
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '+' || p[1] == '-');
        n = strspn(p, "0123456789");
        if (n == 0)
            return false;
        p += n;
    }
    return p == end;
}

/* A number or a word: as long as nothing stands behind it, it may go on. */
static size_t walk_plain(struct json_walk *w, const char *p, size_t n)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t len = 0;
    while (len < n && (isalnum((unsigned char)p[len]) || memchr("+-.", p[len], 3)))
        len++;
    if (len == 0)
        return walk_refuse(w);
    if (len == n)
        return 0;
    bool known = (*p == '-' || isdigit((unsigned char)*p)) && walk_is_number(p, p + len);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        known = known || (strlen(words[i]) == len && memcmp(words[i], p, len) == 0);
    if (!known)
        return walk_refuse(w);
    w->state = WALK_BEHIND;
    w->held = false;
    return len;
}

static size_t walk_value(struct json_walk *w, const char *p, size_t n)
{
    if (*p == '{' || *p == '[') {
        w->held = false;
        return walk_open(w, *p == '[');
    }
    if (*p != '"')
        return walk_plain(w, p, n);
    w->state = WALK_STRING;
    w->held = false;
    return 1;
}

static size_t walk_key(struct json_walk *w, const char *p)
{
    if (*p != '"')
        return walk_refuse(w);
    w->state = WALK_KEY_STRING;
    w->held = false;
    return 1;
}

static size_t walk_behind(struct json_walk *w, const char *p)
{
    if (*p == '}' || *p == ']')
        return walk_close(w, *p);
    if (*p != ',')
        return walk_refuse(w);
    w->state = walk_in_array(w) ? WALK_VALUE : WALK_KEY;
    w->held = true;
    return 1;
}

static size_t walk_step(struct json_walk *w, const char *p, size_t n)
{
    switch (w->state) {
    case WALK_OBJECT:
        return *p == '{' ? walk_open(w, false) : walk_refuse(w);
    case WALK_FIRST_KEY:
        return *p == '}' ? walk_close(w, *p) : walk_key(w, p);
    case WALK_KEY:
        return walk_key(w, p);
    case WALK_COLON:
        w->state = *p == ':' ? WALK_VALUE : w->state;
        return *p == ':' ? 1 : walk_refuse(w);
    case WALK_FIRST_VALUE:
        return *p == ']' ? walk_close(w, *p) : walk_value(w, p, n);
    case WALK_VALUE:
        return walk_value(w, p, n);
    case WALK_BEHIND:
        return walk_behind(w, p);
    default:
        return walk_character(w, p, n);
    }
}

void json_walk(struct json_walk *w, const char *text, size_t n)
{
    while (!w->done && !w->bad && w->at < n) {
        const char *p = text + w->at;
        bool inside = w->state == WALK_STRING || w->state == WALK_KEY_STRING;
        bool blank = !inside && memchr(" \t\r\n", *p, 4);
        size_t took = blank ? 1 : walk_step(w, p, n - w->at);
        if (!took)
            return;
        w->at += took;
        if (!w->held)
            w->sure = w->at;
    }
}
