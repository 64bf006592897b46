#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define BUF_FORMAT_ROOM 64
#define BYTES_EACH UINT64_C(0x0101010101010101) /* one in each byte */

void buf_fini(struct buf *b)
{
    free(b->ptr);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->ptr)
        b->ptr[0] = '\0';
}

static void buf_reserve(struct buf *b, size_t more)
{
    if (more >= SIZE_MAX / 2 - b->len)
        mem_none();
    size_t need = b->len + more + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap *= 2;
    b->ptr = mem_resize(b->ptr, cap, 1);
    b->cap = cap;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    buf_reserve(b, n);
    if (n)
        memcpy(b->ptr + b->len, p, n);
    b->len += n;
    b->ptr[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
    if (s)
        buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    buf_reserve(b, BUF_FORMAT_ROOM); /* mostly enough: then it is formatted once */
    size_t room = b->cap - b->len;
    int n = vsnprintf(b->ptr + b->len, room, fmt, ap);
    if (n > 0 && (size_t)n >= room) {
        buf_reserve(b, (size_t)n);
        vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, again);
    }
    b->len += n > 0 ? (size_t)n : 0;
    va_end(again);
}

void buf_add_int(struct buf *b, int64_t n)
{
    char text[20];
    size_t at = sizeof text;
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
    do
        text[--at] = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0)
        buf_addc(b, '-');
    buf_add(b, text + at, sizeof text - at);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(b, fmt, ap);
    va_end(ap);
}

void buf_cut(struct buf *b, size_t len)
{
    if (len >= b->len)
        return;
    b->len = len;
    b->ptr[len] = '\0';
}

void buf_drop_head(struct buf *b, size_t n)
{
    if (n >= b->len) {
        buf_clear(b);
        return;
    }
    memmove(b->ptr, b->ptr + n, b->len - n);
    b->len -= n;
    b->ptr[b->len] = '\0';
}

const char *buf_cstr(const struct buf *b)
{
    return b->ptr ? b->ptr : "";
}

char *buf_take(struct buf *b)
{
    char *p = b->ptr ? b->ptr : mem_strdup("");
    *b = (struct buf){0};
    return p;
}

static void buf_add_escaped(struct buf *b, unsigned char c)
{
    switch (c) {
    case '"':
        buf_adds(b, "\\\"");
        break;
    case '\\':
        buf_adds(b, "\\\\");
        break;
    case '\n':
        buf_adds(b, "\\n");
        break;
    case '\r':
        buf_adds(b, "\\r");
        break;
    case '\t':
        buf_adds(b, "\\t");
        break;
    default:
        buf_addf(b, "\\u%04x", c);
    }
}

/* Eight bytes as one number, each made less by `low`. Of bytes below 0x80 one has its top bit set
 * then if, and only if, one was below `low`: the first to borrow says so itself. */
static uint64_t bytes_below(uint64_t eight, unsigned char low)
{
    return eight - low * BYTES_EACH;
}

static bool json_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* How many of the first bytes stand in a JSON string as they are. Long texts are sent again with
 * each request, so eight are looked at in one step. */
static size_t json_plain_length(const char *s, size_t n)
{
    size_t i = 0;
    for (uint64_t v; i + sizeof v <= n; i += sizeof v) {
        memcpy(&v, s + i, sizeof v);
        uint64_t odd = v | bytes_below(v, 0x20) | bytes_below(v ^ '"' * BYTES_EACH, 1) |
                       bytes_below(v ^ '\\' * BYTES_EACH, 1) | (v + BYTES_EACH);
        if (odd & 0x80 * BYTES_EACH)
            break;
    }
    while (i < n && json_is_plain((unsigned char)s[i]))
        i++;
    return i;
}

void buf_add_json_str(struct buf *b, const char *s, size_t n)
{
    buf_addc(b, '"');
    size_t i = 0, plain = 0;
    while (i < n && (i += json_plain_length(s + i, n - i)) < n) {
        unsigned char c = (unsigned char)s[i];
        uint32_t cp;
        size_t used = c < 0x80 ? 1 : utf8_decode(s + i, n - i, &cp);
        if (c >= 0x80 && cp != UTF8_BAD) {
            i += used;
            continue;
        }
        buf_add(b, s + plain, i - plain);
        if (c < 0x80)
            buf_add_escaped(b, c);
        else
            buf_adds(b, "\xef\xbf\xbd");
        i += used;
        plain = i;
    }
    buf_add(b, s + plain, n - plain);
    buf_addc(b, '"');
}
