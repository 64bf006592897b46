#include "base/sanitize.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#define LINE_LIMIT 65536
#define MARKS_LIMIT 4

enum state { GROUND, ESCAPE, ESCAPE_INTERMEDIATE, CSI, STRING, STRING_ESCAPE };

static bool sanitize_is_unsafe(uint32_t c, unsigned flags)
{
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
        return true;
    if (flags & SANITIZE_OWN)
        return false;
    if (c < 0x61c)
        return c == 0xad; /* soft hyphen: terminals disagree about it */
    return c == 0x61c || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff) || (c >= 0xfdd0 && c <= 0xfdef) || (c & 0xfffe) == 0xfffe;
}

#define COLOR_FIRST 0x10f800 /* marks of colours: private use, none of it passes from outside */
#define COLOR_BYTES 4

size_t sanitize_color(const char *s, unsigned *color)
{
    uint32_t c;
    if ((unsigned char)*s != 0xf4 || utf8_decode(s, strnlen(s, COLOR_BYTES), &c) != COLOR_BYTES ||
        c < COLOR_FIRST || c >= COLOR_FIRST + 64)
        return 0;
    *color = c - COLOR_FIRST;
    return COLOR_BYTES;
}

static void sanitize_tell_color(struct sanitizer *z, struct buf *out)
{
    uint32_t at = COLOR_FIRST + z->color;
    const char mark[COLOR_BYTES] = {(char)(0xf0 | at >> 18), (char)(0x80 | (at >> 12 & 0x3f)),
                                    (char)(0x80 | (at >> 6 & 0x3f)), (char)(0x80 | (at & 0x3f))};
    buf_add(out, mark, sizeof mark);
    z->told = z->color;
}

/* The nearest of the 16 colours, from one of 256 or its red, green and blue. */
static unsigned char sanitize_near(int r, int g, int b)
{
    int most = MAX(r, MAX(g, b)), half = most / 2;
    int bits = (r > half) | (g > half) << 1 | (b > half) << 2;
    return (unsigned char)(most < 40 ? 0 : bits + (most > 200 ? 8 : 0));
}

static unsigned char sanitize_of_256(int n)
{
    static const int steps[] = {0, 95, 135, 175, 215, 255};
    if (n < 16)
        return (unsigned char)n;
    if (n >= 232)
        return n < 238 ? 0 : n < 246 ? 8 : 7;
    n -= 16;
    return sanitize_near(steps[n / 36], steps[n / 6 % 6], steps[n % 6]);
}

/* "ESC [ … m" is over. */
static void sanitize_sgr(struct sanitizer *z)
{
    unsigned char color = z->color & SGR_COLOR, bold = z->color & SGR_BOLD;
    for (int i = 0; i < MAX(z->params, 1); i++) {
        int n = z->params ? z->sgr[i] : 0, left = z->params - i - 1;
        if (n == 0)
            color = bold = SGR_PLAIN;
        else if (n == 1)
            bold = SGR_BOLD;
        else if (n == 22)
            bold = 0;
        else if (n == 39)
            color = SGR_PLAIN;
        else if ((n >= 30 && n <= 37) || (n >= 90 && n <= 97))
            color = (unsigned char)(n < 90 ? n - 29 : n - 81);
        else if ((n == 38 || n == 48) && left >= 2 && z->sgr[i + 1] == 5) {
            if (n == 38)
                color = (unsigned char)(1 + sanitize_of_256(MIN(z->sgr[i + 2], 255)));
            i += 2;
        } else if ((n == 38 || n == 48) && left >= 4 && z->sgr[i + 1] == 2) {
            if (n == 38)
                color =
                    (unsigned char)(1 + sanitize_near(z->sgr[i + 2], z->sgr[i + 3], z->sgr[i + 4]));
            i += 4;
        }
    }
    z->color = color | bold;
}

/* One character of a CSI's parameters, or its end. */
static void sanitize_csi(struct sanitizer *z, uint32_t c)
{
    int most = COUNT_OF(z->sgr);
    if (c >= '0' && c <= '9') {
        z->params = MAX(z->params, 1);
        if (z->params <= most)
            z->sgr[z->params - 1] = (short)MIN(z->sgr[z->params - 1] * 10 + (int)c - '0', 999);
    } else if (c == ';' || c == ':') {
        z->params = (unsigned char)MIN(MAX(z->params, 1) + 1, most + 1);
    } else if (c == 'm' && z->params <= most) {
        sanitize_sgr(z);
    } else if (c < 0x40) {
        z->params = (unsigned char)(most + 1); /* a private one: no colour */
    }
}

static void sanitize_newline(struct sanitizer *z, struct buf *out)
{
    buf_addc(out, '\n');
    z->line_bytes = 0;
    z->marks = 0;
    z->told = SGR_PLAIN; /* a line begins plain: lines may be shown one by one */
}

static void sanitize_put(struct sanitizer *z, const char *s, size_t n, struct buf *out)
{
    if (z->line_bytes >= LINE_LIMIT)
        sanitize_newline(z, out);
    if (z->color != z->told)
        sanitize_tell_color(z, out);
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
        z->told = SGR_PLAIN;
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
    } else if (sanitize_is_unsafe(c, flags)) {
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
    if (z->state == CSI && flags & SANITIZE_COLORS)
        sanitize_csi(z, c);
    if (z->state != GROUND && !sanitize_sequence(z, c, s)) {
        if (z->state == CSI && c == '[') {
            memset(z->sgr, 0, sizeof z->sgr);
            z->params = 0;
        }
        return;
    }
    if (flags & SANITIZE_COLORS && c >= COLOR_FIRST && c < COLOR_FIRST + 64)
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
        if (flags & SANITIZE_OWN)
            z->line_bytes = z->marks = 0; /* no limit */
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
