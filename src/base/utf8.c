#include "base/utf8.h"

#include <string.h>
#include <wchar.h>

#include "base/buf.h"

/* Unicode 15, table 3-7: the second byte's range depends on the first. */
static bool utf8_lead(unsigned char c, size_t *len, unsigned char *lo, unsigned char *hi)
{
    *lo = 0x80;
    *hi = 0xbf;
    if (c >= 0xc2 && c <= 0xdf) {
        *len = 2;
    } else if (c >= 0xe0 && c <= 0xef) {
        *len = 3;
        if (c == 0xe0)
            *lo = 0xa0;
        if (c == 0xed)
            *hi = 0x9f;
    } else if (c >= 0xf0 && c <= 0xf4) {
        *len = 4;
        if (c == 0xf0)
            *lo = 0x90;
        if (c == 0xf4)
            *hi = 0x8f;
    } else {
        return false;
    }
    return true;
}

size_t utf8_decode(const char *s, size_t n, uint32_t *cp)
{
    const unsigned char *u = (const unsigned char *)s;
    if (u[0] < 0x80) {
        *cp = u[0];
        return 1;
    }
    size_t len;
    unsigned char lo, hi;
    *cp = UTF8_BAD;
    if (!utf8_lead(u[0], &len, &lo, &hi))
        return 1;
    uint32_t v = u[0] & (0xff >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if (i >= n || u[i] < lo || u[i] > hi)
            return i;
        v = v << 6 | (u[i] & 0x3f);
        lo = 0x80;
        hi = 0xbf;
    }
    *cp = v;
    return len;
}

size_t utf8_incomplete_tail(const char *s, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)s[n - back];
        if ((c & 0xc0) == 0x80)
            continue;
        size_t len;
        unsigned char lo, hi;
        if (!utf8_lead(c, &len, &lo, &hi) || len <= back)
            return 0;
        uint32_t cp;
        return utf8_decode(s + n - back, back, &cp) == back ? back : 0;
    }
    return 0;
}

void utf8_encode(struct buf *out, uint32_t cp)
{
    char b[4];
    size_t n;
    if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
        cp = 0xfffd;
    if (cp < 0x80) {
        b[0] = (char)cp;
        n = 1;
    } else if (cp < 0x800) {
        b[0] = (char)(0xc0 | cp >> 6);
        n = 2;
    } else if (cp < 0x10000) {
        b[0] = (char)(0xe0 | cp >> 12);
        n = 3;
    } else {
        b[0] = (char)(0xf0 | cp >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++)
        b[i] = (char)(0x80 | (cp >> 6 * (n - 1 - i) & 0x3f));
    buf_add(out, b, n);
}

/* How many of the first bytes are ASCII: most of what comes is nothing else, so eight are looked at
 * in one step. */
static size_t utf8_ascii(const char *s, size_t n)
{
    size_t i = 0;
    for (uint64_t v; i + sizeof v <= n; i += sizeof v) {
        memcpy(&v, s + i, sizeof v);
        if (v & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < n && (unsigned char)s[i] < 0x80)
        i++;
    return i;
}

bool utf8_valid(const char *s, size_t n)
{
    uint32_t cp;
    for (size_t i = 0; i < n && (i += utf8_ascii(s + i, n - i)) < n;) {
        i += utf8_decode(s + i, n - i, &cp);
        if (cp == UTF8_BAD)
            return false;
    }
    return true;
}

void utf8_repair(struct buf *out, const char *s, size_t n)
{
    size_t plain = 0;
    uint32_t cp;
    for (size_t i = 0; i < n && (i += utf8_ascii(s + i, n - i)) < n;) {
        size_t used = utf8_decode(s + i, n - i, &cp);
        if (cp == UTF8_BAD) {
            buf_add(out, s + plain, i - plain);
            buf_adds(out, "\xef\xbf\xbd");
            plain = i + used;
        }
        i += used;
    }
    buf_add(out, s + plain, n - plain);
}

size_t utf8_cut(const char *s, size_t n, size_t limit)
{
    if (limit >= n)
        return n;
    while (limit > 0 && ((unsigned char)s[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

int utf8_width(uint32_t cp)
{
    if (cp >= 0x20 && cp < 0x7f)
        return 1;
    if (cp == UTF8_BAD)
        return 1;
    int w = wcwidth((wchar_t)cp);
    return w < 0 ? 1 : w;
}

int utf8_str_width(const char *s, size_t n)
{
    int w = 0;
    uint32_t cp;
    for (size_t i = 0; i < n;) {
        i += utf8_decode(s + i, n - i, &cp);
        w += utf8_width(cp);
    }
    return w;
}
