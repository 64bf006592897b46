#include "ui/term/cluster.h"

#include <string.h>
#include <wchar.h>

#include "base/utf8.h"

#define JOINER 0x200d
#define MARKS_MAX 4

static void cluster_set(struct cluster *out, const char *s, size_t n, int width)
{
    memcpy(out->text, s, n);
    out->len = (uint8_t)n;
    out->width = (uint8_t)width;
}

/* They turn what stands beside them around: shown as a sign of their own, never sent raw. */
static bool cluster_turns(uint32_t c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || (c >= 0xfff9 && c <= 0xfffb);
}

static void cluster_base(uint32_t c, const char *s, size_t n, struct cluster *out)
{
    int w = c == UTF8_BAD ? -1 : wcwidth((wchar_t)c);
    if (w < 0 || c < 0x20 || cluster_turns(c)) {
        cluster_set(out, "\xef\xbf\xbd", 3, 1);
    } else if (w == 0) { /* a mark with nothing to stand on */
        cluster_set(out, " ", 1, 1);
        memcpy(out->text + 1, s, n);
        out->len = (uint8_t)(1 + n);
    } else {
        cluster_set(out, s, n, w);
    }
}

static void cluster_marks(const char *s, size_t n, uint32_t base, struct cluster *out)
{
    int marks = 0;
    while (out->used < n) {
        uint32_t c;
        size_t used = utf8_decode(s + out->used, n - out->used, &c);
        if (c == JOINER) {
            out->used += used;
            if (out->used < n)
                out->used += utf8_decode(s + out->used, n - out->used, &c);
            continue;
        }
        bool selector = (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe01ef);
        bool skin_tone = c >= 0x1f3fb && c <= 0x1f3ff;
        bool on_emoji = (base >= 0x1f000 && base <= 0x1ffff) || (base >= 0x2600 && base <= 0x27bf);
        if (!selector && !(skin_tone && on_emoji)) { /* those change the look, not the width */
            if (c < 0x20 || c == UTF8_BAD || cluster_turns(c) || wcwidth((wchar_t)c) != 0)
                return;
            if (marks++ < MARKS_MAX && out->len + used <= CLUSTER_BYTES) {
                memcpy(out->text + out->len, s + out->used, used);
                out->len = (uint8_t)(out->len + used);
            }
        }
        out->used += used;
    }
}

void cluster_next(const char *s, size_t n, struct cluster *out)
{
    unsigned char first = (unsigned char)*s;
    if (first >= 0x20 && first < 0x7f && (n == 1 || (unsigned char)s[1] < 0x80)) {
        out->text[0] = *s;
        out->len = out->width = 1;
        out->used = 1;
        return;
    }
    uint32_t c;
    out->used = utf8_decode(s, n, &c);
    cluster_base(c, s, out->used, out);
    if (first >= 0x20)
        cluster_marks(s, n, c, out);
}

int cluster_str_width(const char *s, size_t n)
{
    int width = 0;
    struct cluster k;
    for (size_t i = 0; i < n; i += k.used) {
        cluster_next(s + i, n - i, &k);
        width += k.width;
    }
    return width;
}

size_t cluster_fit(const char *s, size_t n, int cols)
{
    struct cluster k;
    size_t i = 0;
    for (int width = 0; i < n; i += k.used) {
        cluster_next(s + i, n - i, &k);
        width += k.width;
        if (width > cols)
            break;
    }
    return i;
}
