#include "net/sse.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

#define SSE_RETRY_MAX_MS 600000

void sse_fini(struct sse *s)
{
    buf_fini(&s->line);
    buf_fini(&s->data);
    buf_fini(&s->type);
    buf_fini(&s->id);
    buf_fini(&s->last_id);
}

static bool sse_deliver(struct sse *s)
{
    AUTO(buf) clean = {0};
    const struct buf *data = &s->data;
    if (!utf8_valid(data->ptr, data->len)) {
        utf8_repair(&clean, data->ptr, data->len);
        data = &clean;
    }
    const char *type = s->type.len ? buf_cstr(&s->type) : "message";
    return !s->event || s->event(s->arg, type, buf_cstr(data), data->len);
}

static bool sse_dispatch(struct sse *s)
{
    buf_clear(&s->last_id);
    buf_add(&s->last_id, buf_cstr(&s->id), s->id.len);
    bool ok = true;
    if (s->has_data) {
        buf_cut(&s->data, s->data.len - 1);
        ok = sse_deliver(s);
    }
    buf_clear(&s->data);
    buf_clear(&s->type);
    s->has_data = false;
    return ok;
}

static void sse_retry(struct sse *s, const char *v, size_t n)
{
    int64_t ms = 0;
    for (size_t i = 0; i < n; i++) {
        if (v[i] < '0' || v[i] > '9')
            return;
        ms = MIN(ms * 10 + (v[i] - '0'), SSE_RETRY_MAX_MS);
    }
    if (n)
        s->retry_ms = ms;
}

static bool sse_named(const char *name, size_t n, const char *want)
{
    return n == strlen(want) && memcmp(name, want, n) == 0;
}

static bool sse_field(struct sse *s, const char *name, size_t n, const char *v, size_t vn,
                      struct error *e)
{
    if (sse_named(name, n, "data")) {
        if (s->data.len + vn > SSE_LIMIT)
            return error_set(e, ERR_LIMIT, "the server sent an event of more than 16 MiB");
        buf_add(&s->data, v, vn);
        buf_addc(&s->data, '\n');
        s->has_data = true;
    } else if (sse_named(name, n, "event")) {
        buf_clear(&s->type);
        utf8_repair(&s->type, v, vn);
    } else if (sse_named(name, n, "id") && !memchr(v, '\0', vn)) {
        buf_clear(&s->id);
        buf_add(&s->id, v, vn);
    } else if (sse_named(name, n, "retry")) {
        sse_retry(s, v, vn);
    }
    return true;
}

static void sse_drop_bom(struct sse *s)
{
    if (!s->started && s->line.len >= 3 && memcmp(s->line.ptr, "\xef\xbb\xbf", 3) == 0)
        buf_drop_head(&s->line, 3);
    s->started = true;
}

/* One line without its end. */
static bool sse_line(struct sse *s, struct error *e)
{
    sse_drop_bom(s);
    if (s->line.len == 0)
        return sse_dispatch(s);
    const char *line = s->line.ptr, *colon = memchr(line, ':', s->line.len);
    if (colon == line) {
        s->comments++;
        return true;
    }
    if (!colon)
        return sse_field(s, line, s->line.len, "", 0, e);
    const char *v = colon + 1, *end = line + s->line.len;
    if (v < end && *v == ' ')
        v++;
    return sse_field(s, line, (size_t)(colon - line), v, (size_t)(end - v), e);
}

static size_t sse_line_length(const char *p, size_t n)
{
    const char *lf = memchr(p, '\n', n);
    size_t len = lf ? (size_t)(lf - p) : n;
    const char *cr = memchr(p, '\r', len);
    return cr ? (size_t)(cr - p) : len;
}

bool sse_feed(struct sse *s, const char *p, size_t n, struct error *e)
{
    while (n > 0) {
        if (s->after_cr && *p == '\n') {
            p++, n--;
            s->after_cr = false;
            continue;
        }
        s->after_cr = false;
        size_t len = sse_line_length(p, n);
        if (s->line.len + len > SSE_LIMIT)
            return error_set(e, ERR_LIMIT, "the server sent a line of more than 16 MiB");
        buf_add(&s->line, p, len);
        if (len == n)
            return true;
        s->after_cr = p[len] == '\r';
        if (!sse_line(s, e))
            return false;
        buf_clear(&s->line);
        p += len + 1;
        n -= len + 1;
    }
    return true;
}

bool sse_end(struct sse *s, struct error *e)
{
    if (s->line.len && !sse_line(s, e))
        return false;
    buf_clear(&s->line);
    if (!s->has_data)
        return true;
    size_t n = s->data.len - 1;
    AUTO_JSON *whole = json_parse(s->data.ptr, n, NULL);
    bool done = n >= 6 && strncmp(s->data.ptr, "[DONE]", 6) == 0;
    return !whole && !done ? true : sse_dispatch(s);
}
