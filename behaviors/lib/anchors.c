#include "behaviors/lib/anchors.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define BOM "\xef\xbb\xbf" /* stands before the first line, and is not of it */
#define SHOWN 80           /* bytes of a line in an error */

static unsigned anchor_hash(const char *s, size_t n)
{
    uint32_t h = 2166136261u; /* FNV-1a, folded to three digits */
    while (n > 0 && strchr(" \t\r\n", s[n - 1]))
        n--;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 16777619u;
    return (h ^ h >> 12 ^ h >> 24) & 0xfff;
}

void anchor_add(struct buf *out, int64_t line, const char *s, size_t n)
{
    buf_addf(out, "%lld:%03x", (long long)line, anchor_hash(s, n));
}

/* Where each line begins; one more, the end. */
struct lines {
    VEC(const char *) at;
    size_t count;
};

static struct lines lines_of(const char *text, size_t n)
{
    struct lines l = {0};
    for (const char *p = text, *end = text + n; p < end; l.count++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        VEC_PUSH(&l.at, p);
        p = eol ? eol + 1 : end;
    }
    VEC_PUSH(&l.at, text + n);
    return l;
}

/* The line that an anchor names, from 0. */
static bool anchor_find(const struct lines *l, const char *anchor, size_t *found, struct error *e)
{
    char *end = NULL;
    long long line = strtoll(anchor, &end, 10);
    if (line < 1 || *end != ':' || strspn(end + 1, "0123456789abcdefABCDEF") != 3)
        return error_set(e, ERR_USAGE,
                         "\"%.40s\" is no anchor; read_file with anchors=true shows them: 12:a3f",
                         anchor);
    if ((size_t)line > l->count)
        return error_set(e, ERR_NOT_FOUND, "there is no line %lld; the file has %zu", line,
                         l->count);
    const char *s = l->at.ptr[line - 1];
    size_t n = (size_t)(l->at.ptr[line] - s);
    *found = (size_t)line - 1;
    if (strtoul(end + 1, NULL, 16) == anchor_hash(s, n))
        return true;
    AUTO(buf) now = {0};
    while (n > 0 && strchr("\r\n", s[n - 1]))
        n--;
    anchor_add(&now, line, s, n);
    return error_set(e, ERR_NOT_FOUND,
                     "line %lld is no longer %.20s but %s \"%.*s\"; read it again", line, anchor,
                     buf_cstr(&now), (int)utf8_cut(s, n, SHOWN), s);
}

struct span {
    size_t from, to; /* lines, from 0, inclusive */
    const char *text;
};

static int span_order(const void *x, const void *y)
{
    const struct span *a = x, *b = y;
    return a->from < b->from ? -1 : a->from > b->from;
}

static bool spans_find(const struct lines *l, const struct anchor_edit *edits, size_t count,
                       struct span *spans, struct error *e)
{
    for (size_t i = 0; i < count; i++) {
        struct span *s = &spans[i];
        if (!anchor_find(l, edits[i].from, &s->from, e) ||
            !anchor_find(l, edits[i].to ? edits[i].to : edits[i].from, &s->to, e))
            return false;
        s->text = edits[i].text;
        if (s->to < s->from)
            return error_set(e, ERR_USAGE, "%s comes after %s", edits[i].from, edits[i].to);
    }
    qsort(spans, count, sizeof *spans, span_order);
    for (size_t i = 1; i < count; i++)
        if (spans[i].from <= spans[i - 1].to)
            return error_set(e, ERR_USAGE, "two edits meet in line %zu; make them one",
                             spans[i].from + 1);
    return true;
}

/* The new lines, each with the end that the first of the old ones had; the last of a file that
 * ended without one has none again. */
static void span_write(const struct lines *l, const struct span *s, struct buf *out,
                       struct anchor_result *r)
{
    const char *first = l->at.ptr[s->from], *next = l->at.ptr[s->from + 1];
    bool crlf = next - first >= 2 && next[-2] == '\r' && next[-1] == '\n';
    bool bare = s->to + 1 == l->count && l->at.ptr[l->count][-1] != '\n';
    size_t before = out->len;
    r->removed += (int64_t)(s->to - s->from) + 1;
    for (const char *p = s->text; *p; r->added++) {
        size_t n = strcspn(p, "\n");
        buf_add(out, p, n > 0 && p[n] && p[n - 1] == '\r' ? n - 1 : n);
        buf_adds(out, crlf ? "\r\n" : "\n");
        p += n + (p[n] == '\n');
    }
    if (bare && out->len > before)
        buf_cut(out, out->len - 1);
}

bool anchors_apply(const char *text, size_t n, const struct anchor_edit *edits, size_t count,
                   struct buf *out, struct anchor_result *r, struct error *e)
{
    size_t bom = n >= 3 && memcmp(text, BOM, 3) == 0 ? 3 : 0;
    struct lines l = lines_of(text + bom, n - bom);
    struct span *spans = mem_alloc((count + 1) * sizeof *spans);
    bool ok = spans_find(&l, edits, count, spans, e);
    const char *p = text;
    *r = (struct anchor_result){0};
    for (size_t i = 0; ok && i < count; i++) {
        buf_add(out, p, (size_t)(l.at.ptr[spans[i].from] - p));
        span_write(&l, &spans[i], out, r);
        p = l.at.ptr[spans[i].to + 1];
    }
    if (ok)
        buf_add(out, p, (size_t)(text + n - p));
    free(spans);
    VEC_FREE(&l.at);
    return ok;
}
