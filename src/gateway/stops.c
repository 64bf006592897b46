#include "gateway/stops.h"

#include <string.h>

void stops_fini(struct stops *s)
{
    buf_fini(&s->held);
}

/* Where in the held text the first stop sequence stands, whole or as far as the text goes. */
static size_t stops_find(const struct stops *s, const char **hit)
{
    for (size_t at = 0; at < s->held.len; at++)
        for (size_t i = 0; i < s->count; i++) {
            size_t n = strlen(s->list[i]), left = s->held.len - at;
            if (memcmp(s->held.ptr + at, s->list[i], MIN(n, left)) != 0)
                continue;
            *hit = n <= left ? s->list[i] : NULL;
            return at;
        }
    return s->held.len;
}

bool stops_feed(struct stops *s, const char *p, size_t n, struct buf *out)
{
    if (s->hit)
        return false;
    if (!s->count) {
        buf_add(out, p, n);
        return true;
    }
    buf_add(&s->held, p, n);
    size_t at = stops_find(s, &s->hit);
    buf_add(out, s->held.ptr, at);
    buf_drop_head(&s->held, at);
    return !s->hit;
}

void stops_end(struct stops *s, struct buf *out)
{
    if (!s->hit)
        buf_add(out, s->held.ptr, s->held.len);
    buf_clear(&s->held);
}
