#include "base/sanitize.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define LINE_LIMIT 65536
#define MARKS_LIMIT 4

enum state { GROUND, ESCAPE, ESCAPE_INTERMEDIATE, CSI, STRING, STRING_ESCAPE };

static bool sanitize_is_unsafe(uint32_t c)
{
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
        return true;
    if (c < 0x61c)
        return c == 0xad; /* soft hyphen: terminals disagree about it */
    return c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

static void sanitize_newline(struct sanitizer *z, struct buf *out)
{
    buf_addc(out, '\n');
    z->line_bytes = 0;
    z->marks = 0;
}

static void sanitize_put(struct sanitizer *z, const char *s, size_t n, struct buf *out)
{
    if (z->line_bytes >= LINE_LIMIT)
        sanitize_newline(z, out);
    buf_add(out, s, n);
    z->line_bytes += n;
    z->marks = 0;
}

static void sanitize_mark(struct sanitizer *z, const char *s, size_t n, struct buf *out)
{
    if (z->marks >= MARKS_LIMIT)
        return;
    buf_add(out, s, n);
    z->line_bytes += n;
    z->marks++;
}

static void sanitize_show(struct sanitizer *z, uint32_t c, struct buf *out)
{
    char shown[16];
    int n = snprintf(shown, sizeof shown, "<U+%04X>", c);
    sanitize_put(z, shown, (size_t)n, out);
}

/* A CR was followed by something else than a newline. */
static void sanitize_lone_cr(struct sanitizer *z, unsigned flags, struct buf *out)
{
    z->held_cr = false;
    if (flags & SANITIZE_VISIBLE) {
        sanitize_show(z, '\r', out);
    } else if (flags & SANITIZE_OVERWRITE) {
        const char *nl = out->len > 0 ? memrchr(out->ptr, '\n', out->len) : NULL;
        buf_cut(out, nl ? (size_t)(nl - out->ptr) + 1 : 0);
        z->line_bytes = 0;
        z->marks = 0;
    }
}

/* The state a C1 control opens, as itself or in its ESC form. */
static enum state sanitize_opens(uint32_t c1)
{
    switch (c1) {
    case 0x9b:
        return CSI;
    case 0x90:
    case 0x98:
    case 0x9d:
    case 0x9e:
    case 0x9f:
        return STRING;
    default:
        return GROUND;
    }
}

static void sanitize_ground(struct sanitizer *z, uint32_t c, const char *s, size_t n,
                            unsigned flags, struct buf *out)
{
    if (c == '\n' || c == '\t') {
        if (flags & SANITIZE_ONE_LINE)
            sanitize_put(z, " ", 1, out);
        else if (c == '\n')
            sanitize_newline(z, out);
        else
            sanitize_put(z, "\t", 1, out);
    } else if (c == UTF8_BAD) {
        unsigned char byte = (unsigned char)*s;
        bool c1 = n == 1 && byte >= 0x80 && byte <= 0x9f;
        if (c1 && !(flags & SANITIZE_VISIBLE))
            z->state = (unsigned char)sanitize_opens(byte);
        else if (c1)
            sanitize_show(z, byte, out);
        else
            sanitize_put(z, "\xef\xbf\xbd", 3, out);
    } else if (sanitize_is_unsafe(c)) {
        if (flags & SANITIZE_VISIBLE)
            sanitize_show(z, c, out);
        else
            z->state = (unsigned char)(c == 0x1b ? ESCAPE : sanitize_opens(c));
    } else if (utf8_width(c) == 0) {
        sanitize_mark(z, s, n, out);
    } else {
        sanitize_put(z, s, n, out);
    }
}

static enum state sanitize_after_escape(uint32_t c)
{
    if (c == '[')
        return CSI;
    if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
        return STRING;
    return c >= 0x20 && c <= 0x2f ? ESCAPE_INTERMEDIATE : GROUND;
}

/*
 * One character inside a sequence. Returns true if it must be looked at again in the new
 * state: it was no part of the sequence.
 */
static bool sanitize_sequence(struct sanitizer *z, uint32_t c, const char *s)
{
    bool st = c == 0x9c || (c == UTF8_BAD && (unsigned char)*s == 0x9c);
    if (c == '\n') {
        z->state = GROUND;
        return true;
    }
    if (c == 0x18 || c == 0x1a) {
        z->state = GROUND;
        return false;
    }
    if (z->state == STRING) {
        if (c == 7 || st)
            z->state = GROUND;
        else if (c == 0x1b)
            z->state = STRING_ESCAPE;
        return false;
    }
    if (z->state == STRING_ESCAPE) {
        z->state = c == '\\' ? GROUND : ESCAPE;
        return c != '\\';
    }
    if (c == 0x1b) {
        z->state = ESCAPE;
        return false;
    }
    if (c < 0x20 || c == 0x7f)
        return false;
    if (c > 0x7e) {
        z->state = GROUND;
        return true;
    }
    if (z->state == ESCAPE)
        z->state = (unsigned char)sanitize_after_escape(c);
    else if (z->state == ESCAPE_INTERMEDIATE ? c >= 0x30 : c >= 0x40)
        z->state = GROUND;
    return false;
}

static void sanitize_char(struct sanitizer *z, uint32_t c, const char *s, size_t n, unsigned flags,
                          struct buf *out)
{
    if (z->state != GROUND && !sanitize_sequence(z, c, s))
        return;
    if (c == '\r') {
        z->held_cr = true;
        return;
    }
    if (z->held_cr && c != '\n')
        sanitize_lone_cr(z, flags, out);
    z->held_cr = false;
    sanitize_ground(z, c, s, n, flags, out);
}

/* Length of the run of printable ASCII: the common case, copied at once. */
static size_t sanitize_plain(const struct sanitizer *z, const char *s, size_t n)
{
    if (z->state != GROUND || z->held_cr || z->line_bytes >= LINE_LIMIT)
        return 0;
    size_t limit = MIN(n, LINE_LIMIT - z->line_bytes);
    size_t i = 0;
    while (i < limit && s[i] >= 0x20 && s[i] < 0x7f)
        i++;
    return i;
}

static void sanitize_whole(struct sanitizer *z, const char *s, size_t n, unsigned flags,
                           struct buf *out)
{
    for (size_t i = 0; i < n;) {
        size_t run = sanitize_plain(z, s + i, n - i);
        if (run > 0) {
            sanitize_put(z, s + i, run, out);
            i += run;
            continue;
        }
        uint32_t c;
        size_t used = utf8_decode(s + i, n - i, &c);
        sanitize_char(z, c, s + i, used, flags, out);
        i += used;
    }
}

void sanitize_add(struct sanitizer *z, const char *s, size_t n, unsigned flags, struct buf *out)
{
    AUTO(buf) joined = {0};
    if (z->npending > 0) {
        buf_add(&joined, z->pending, z->npending);
        buf_add(&joined, s, n);
        s = joined.ptr;
        n = joined.len;
    }
    size_t tail = utf8_incomplete_tail(s, n);
    z->npending = (unsigned char)tail;
    memcpy(z->pending, s + n - tail, tail);
    sanitize_whole(z, s, n - tail, flags, out);
}

void sanitize_end(struct sanitizer *z, unsigned flags, struct buf *out)
{
    sanitize_whole(z, z->pending, z->npending, flags, out);
    if (z->held_cr && (flags & SANITIZE_VISIBLE))
        sanitize_show(z, '\r', out);
    *z = (struct sanitizer){0};
}

char *sanitize_text(const char *s, unsigned flags)
{
    struct buf out = {0};
    struct sanitizer z = {0};
    if (s)
        sanitize_add(&z, s, strlen(s), flags, &out);
    sanitize_end(&z, flags, &out);
    return buf_take(&out);
}
