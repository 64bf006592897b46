#include "behaviors/lib/textedit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* A place where a piece stands. */
struct span {
    size_t from, to, edit;
};

struct spans {
    VEC(struct span) all;
};

static void spans_fini(struct spans *s)
{
    VEC_FREE(&s->all);
}

/* Bytes of the text that `old` covers at this place, 0: it does not stand here. */
static size_t match_at(const char *s, size_t n, const char *old)
{
    size_t i = 0;
    for (; *old; old++) {
        if (*old == '\r' && old[1] == '\n')
            continue; /* as \n: both ends of line are one */
        if (*old == '\n' && i + 1 < n && s[i] == '\r' && s[i + 1] == '\n')
            i++;
        if (i >= n || s[i] != *old)
            return 0;
        i++;
    }
    return i;
}

static size_t find_all(const char *text, size_t n, const struct text_edit *edit, size_t number,
                       struct spans *spans)
{
    size_t found = 0;
    bool any_first = *edit->old == '\n' || *edit->old == '\r';
    for (size_t i = 0; i < n;) {
        const char *at = any_first ? text + i : memchr(text + i, *edit->old, n - i);
        if (!at)
            break;
        i = (size_t)(at - text);
        size_t len = match_at(at, n - i, edit->old);
        if (len) {
            VEC_PUSH(&spans->all, ((struct span){i, i + len, number}));
            found++;
        }
        i += len ? len : 1;
    }
    return found;
}

/* How alike two lines are: the share of equal head and tail, 0 to 1; indentation does not count. */
static double likeness(const char *a, size_t an, const char *b, size_t bn)
{
    size_t i = 0, k = 0;
    while (an && (*a == ' ' || *a == '\t'))
        a++, an--;
    while (bn && (*b == ' ' || *b == '\t'))
        b++, bn--;
    while (i < an && i < bn && a[i] == b[i])
        i++;
    while (k < an - i && k < bn - i && a[an - 1 - k] == b[bn - 1 - k])
        k++;
    return an + bn ? 2.0 * (double)(i + k) / (double)(an + bn) : 0;
}

/* Where the first line of `old` nearly stands, so that the next try is right. */
static void find_near(const char *text, size_t n, const char *old, struct text_edit_result *r)
{
    old += strspn(old, "\r\n");
    size_t first = strcspn(old, "\r\n");
    double best = 0.5;
    int64_t line = 0;
    for (size_t i = 0; i < n;) {
        const char *eol = memchr(text + i, '\n', n - i);
        size_t len = eol ? (size_t)(eol - (text + i)) : n - i;
        size_t shown = len && text[i + len - 1] == '\r' ? len - 1 : len;
        double d = likeness(text + i, shown, old, first);
        line++;
        if (d > best) {
            best = d;
            r->near_line = line;
            snprintf(r->near, sizeof r->near, "%.*s",
                     (int)utf8_cut(text + i, shown, sizeof r->near - 1), text + i);
        }
        i += len + 1;
    }
}

static bool find_edit(const char *text, size_t n, const struct text_edit *edit, size_t number,
                      struct spans *spans, struct text_edit_result *r, struct error *e)
{
    r->failed = number;
    if (!*edit->old)
        return error_set(e, ERR_USAGE, "old_string is empty; use write_file to make a file");
    size_t found = find_all(text, n, edit, number, spans);
    if (found == 0) {
        r->missing = true;
        find_near(text, n, edit->old, r);
        return error_set(e, ERR_NOT_FOUND, "old_string does not occur");
    }
    if (found > 1 && !edit->all)
        return error_set(e, ERR_USAGE,
                         "old_string occurs %zu times; give more of the lines around it, or "
                         "replace_all=true",
                         found);
    r->replaced += (int64_t)found;
    return true;
}

static int span_order(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

/* The line end of a place: of what is replaced, else of the next line end, else of the last. */
static bool place_is_crlf(const char *text, size_t n, const struct span *s)
{
    const char *eol = memchr(text + s->from, '\n', n - s->from);
    if (!eol)
        eol = memrchr(text, '\n', s->from);
    return eol && eol > text && eol[-1] == '\r';
}

static void add_new(struct buf *out, const char *new, bool crlf)
{
    for (; *new; new ++) {
        if (*new == '\n' && crlf && (!out->len || out->ptr[out->len - 1] != '\r'))
            buf_addc(out, '\r');
        buf_addc(out, *new);
    }
}

int64_t textedit_lines(const char *s)
{
    int64_t n = 0;
    size_t len = strlen(s);
    for (size_t i = 0; i < len; i++)
        n += s[i] == '\n';
    return n + (len && s[len - 1] != '\n');
}

/* Lines that differ: equal ones at the head and at the end of both do not count. */
static void count_lines(const struct text_edit *edit, struct text_edit_result *r)
{
    const char *old = edit->old, *new = edit->new;
    int64_t removed = textedit_lines(old), added = textedit_lines(new);
    for (;;) {
        size_t n = strcspn(old, "\n"), m = strcspn(new, "\n");
        if (!*old || !*new || n != m || memcmp(old, new, n) != 0 || old[n] != new[n])
            break;
        old += n + (old[n] == '\n');
        new += n + (new[n] == '\n');
        removed--;
        added--;
    }
    size_t on = strlen(old), nn = strlen(new);
    while (removed > 0 && added > 0 && on && nn) {
        const char *op = memrchr(old, '\n', on - 1), *np = memrchr(new, '\n', nn - 1);
        size_t of = op ? (size_t)(op - old) + 1 : 0, nf = np ? (size_t)(np - new) + 1 : 0;
        if (on - of != nn - nf || memcmp(old + of, new + nf, on - of) != 0)
            break;
        on = of;
        nn = nf;
        removed--;
        added--;
    }
    r->added += added;
    r->removed += removed;
}

bool textedit_apply(const char *text, size_t n, const struct text_edit *edits, size_t count,
                    struct buf *out, struct text_edit_result *r, struct error *e)
{
    AUTO(spans) spans = {0};
    *r = (struct text_edit_result){0};
    for (size_t i = 0; i < count; i++)
        if (!find_edit(text, n, &edits[i], i, &spans, r, e))
            return false;
    if (spans.all.len)
        qsort(spans.all.ptr, spans.all.len, sizeof *spans.all.ptr, span_order);
    size_t done = 0;
    for (size_t i = 0; i < spans.all.len; i++) {
        const struct span *s = &spans.all.ptr[i];
        if (s->from < done) {
            const struct span *before = &spans.all.ptr[i - 1];
            r->failed = MAX(s->edit, before->edit);
            return error_set(e, ERR_USAGE,
                             "it overlaps edit %zu; make one edit of the two, or two calls",
                             MIN(s->edit, before->edit) + 1);
        }
        buf_add(out, text + done, s->from - done);
        add_new(out, edits[s->edit].new, place_is_crlf(text, n, s));
        count_lines(&edits[s->edit], r);
        done = s->to;
    }
    buf_add(out, text + done, n - done);
    return true;
}
