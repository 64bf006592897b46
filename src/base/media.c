#include "base/media.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int64_t big(const unsigned char *p, int n)
{
    int64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static int64_t little(const unsigned char *p, int n)
{
    int64_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static bool begins(const unsigned char *p, size_t n, size_t at, const char *with, size_t len)
{
    return n >= at + len && memcmp(p + at, with, len) == 0;
}

static bool look_png(const unsigned char *p, size_t n, struct media *out)
{
    if (!begins(p, n, 0, "\x89PNG\r\n\x1a\n", 8) || !begins(p, n, 12, "IHDR", 4) || n < 24)
        return false;
    *out = (struct media){MEDIA_PNG, "image/png", big(p + 16, 4), big(p + 20, 4)};
    return true;
}

static bool look_gif(const unsigned char *p, size_t n, struct media *out)
{
    if (n < 10 || (!begins(p, n, 0, "GIF87a", 6) && !begins(p, n, 0, "GIF89a", 6)))
        return false;
    *out = (struct media){MEDIA_GIF, "image/gif", little(p + 6, 2), little(p + 8, 2)};
    return true;
}

static bool look_webp(const unsigned char *p, size_t n, struct media *out)
{
    if (n < 30 || !begins(p, n, 0, "RIFF", 4) || !begins(p, n, 8, "WEBP", 4))
        return false;
    *out = (struct media){.kind = MEDIA_WEBP, .type = "image/webp"};
    if (begins(p, n, 12, "VP8X", 4)) {
        out->width = 1 + little(p + 24, 3);
        out->height = 1 + little(p + 27, 3);
    } else if (begins(p, n, 12, "VP8L", 4) && p[20] == 0x2f) {
        int64_t bits = little(p + 21, 4);
        out->width = 1 + (bits & 0x3fff);
        out->height = 1 + (bits >> 14 & 0x3fff);
    } else if (begins(p, n, 12, "VP8 ", 4) && begins(p, n, 23, "\x9d\x01\x2a", 3)) {
        out->width = little(p + 26, 2) & 0x3fff;
        out->height = little(p + 28, 2) & 0x3fff;
    }
    return out->width > 0;
}

/* Segment by segment, to the one that begins a frame. */
static bool look_jpeg(const unsigned char *p, size_t n, struct media *out)
{
    if (!begins(p, n, 0, "\xff\xd8\xff", 3))
        return false;
    for (size_t at = 2; at + 9 <= n && p[at] == 0xff;) {
        unsigned char mark = p[at + 1];
        bool frame = mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 && mark != 0xcc;
        if (mark == 0xff) { /* padding */
            at++;
            continue;
        }
        if (frame) {
            *out = (struct media){MEDIA_JPEG, "image/jpeg", big(p + at + 7, 2), big(p + at + 5, 2)};
            return true;
        }
        at += 2 + (size_t)big(p + at + 2, 2);
    }
    return false;
}

bool media_look(const char *bytes, size_t n, struct media *out)
{
    const unsigned char *p = (const unsigned char *)bytes;
    *out = (struct media){0};
    if (begins(p, n, 0, "%PDF-", 5)) {
        *out = (struct media){.kind = MEDIA_PDF, .type = "application/pdf"};
        return true;
    }
    bool image =
        look_png(p, n, out) || look_gif(p, n, out) || look_webp(p, n, out) || look_jpeg(p, n, out);
    return image && out->width > 0 && out->height > 0;
}

bool media_is_named(const char *path)
{
    static const char *const ends[] = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf"};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < COUNT_OF(ends); i++)
        if (strcasecmp(dot, ends[i]) == 0)
            return true;
    return false;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(struct buf *out, const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    for (size_t i = 0; i < n; i += 3) {
        size_t have = MIN(n - i, (size_t)3);
        unsigned v = (unsigned)p[i] << 16 | (have > 1 ? (unsigned)p[i + 1] << 8 : 0) |
                     (have > 2 ? p[i + 2] : 0);
        char four[4] = {base64_digits[v >> 18], base64_digits[v >> 12 & 63],
                        have > 1 ? base64_digits[v >> 6 & 63] : '=',
                        have > 2 ? base64_digits[v & 63] : '='};
        buf_add(out, four, sizeof four);
    }
}

bool base64_read(struct buf *out, const char *text, size_t n)
{
    unsigned v = 0;
    int bits = 0;
    bool ended = false;
    for (size_t i = 0; i < n; i++) {
        if (strchr(" \t\r\n", text[i]) && text[i])
            continue;
        const char *digit = text[i] ? strchr(base64_digits, text[i]) : NULL;
        ended = ended || text[i] == '=';
        if (ended ? text[i] != '=' : !digit)
            return false;
        if (ended)
            continue;
        v = v << 6 | (unsigned)(digit - base64_digits);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buf_addc(out, (char)(v >> bits & 0xff));
        }
    }
    return true;
}

void media_key(const char *bytes, size_t n, char out[static 33])
{
    /* FNV-1a from two beginnings. */
    uint64_t h[2] = {UINT64_C(14695981039346656037), UINT64_C(0x9e3779b97f4a7c15)};
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            h[k] = (h[k] ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
    snprintf(out, 33, "%016llx%016llx", (unsigned long long)h[0], (unsigned long long)(h[1] ^ n));
}
