#include "behaviors/lib/patch.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

void patch_fini(struct patch *p)
{
    for (size_t i = 0; i < p->files.len; i++) {
        struct patch_file *f = &p->files.ptr[i];
        for (size_t k = 0; k < f->hunks.len; k++) {
            free(f->hunks.ptr[k].context);
            buf_fini(&f->hunks.ptr[k].old);
            buf_fini(&f->hunks.ptr[k].new);
        }
        VEC_FREE(&f->hunks);
        buf_fini(&f->text);
        free(f->path);
        free(f->move);
    }
    VEC_FREE(&p->files);
}

static char *after(const char *line, size_t n, const char *head)
{
    size_t h = strlen(head);
    if (n < h || memcmp(line, head, h) != 0)
        return NULL;
    line += h;
    n -= h;
    while (n && (*line == ' ' || *line == '\t'))
        line++, n--;
    while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
        n--;
    return mem_strndup(line, n);
}

static bool begin_file(struct patch *p, const char *line, size_t n)
{
    static const char *const heads[] = {
        [PATCH_ADD] = "*** Add File:",
        [PATCH_DELETE] = "*** Delete File:",
        [PATCH_UPDATE] = "*** Update File:",
    };
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        AUTO_FREE char *path = after(line, n, heads[i]);
        if (!path || !*path)
            continue;
        VEC_PUSH(&p->files,
                 ((struct patch_file){.kind = (enum patch_kind)i, .path = mem_strdup(path)}));
        return true;
    }
    return false;
}

static struct patch_hunk *hunk_begin(struct patch_file *f, char *context)
{
    assert(f->hunks.ptr || f->hunks.len == f->hunks.cap); /* room is memory */
    VEC_PUSH(&f->hunks, ((struct patch_hunk){.context = context}));
    return &f->hunks.ptr[f->hunks.len - 1];
}

static void add_line(struct buf *b, const char *s, size_t n)
{
    buf_add(b, s, n);
    buf_addc(b, '\n');
}

static bool update_line(struct patch_file *f, const char *line, size_t n)
{
    char sign = n ? *line : ' ';
    struct patch_hunk *h = f->hunks.len ? &f->hunks.ptr[f->hunks.len - 1] : NULL;
    if (n >= 2 && memcmp(line, "@@", 2) == 0) {
        AUTO_FREE char *words = after(line, n, "@@");
        /* "@@ -1,3 +1,4 @@": of another format, the numbers say nothing here */
        hunk_begin(f, *words && *words != '-' ? mem_strdup(words) : NULL);
        return true;
    }
    if (sign != ' ' && sign != '+' && sign != '-')
        return false;
    if (!h)
        h = hunk_begin(f, NULL);
    if (sign != '+')
        add_line(&h->old, line + (n > 0), n - (n > 0));
    if (sign != '-')
        add_line(&h->new, line + (n > 0), n - (n > 0));
    f->added += sign == '+';
    f->removed += sign == '-';
    return true;
}

static bool file_line(struct patch_file *f, const char *line, size_t n)
{
    AUTO_FREE char *move =
        f->kind == PATCH_UPDATE && !f->move ? after(line, n, "*** Move to:") : NULL;
    if (move && *move) {
        f->move = mem_strdup(move);
        return true;
    }
    if (f->kind == PATCH_UPDATE && n >= 15 && memcmp(line, "*** End of File", 15) == 0) {
        if (f->hunks.len)
            f->hunks.ptr[f->hunks.len - 1].at_end = true;
        return true;
    }
    if (f->kind == PATCH_UPDATE)
        return update_line(f, line, n);
    if (f->kind == PATCH_DELETE)
        return n == 0;
    if (n && *line != '+')
        return false;
    if (n || f->text.len)
        add_line(&f->text, line + (n > 0), n - (n > 0));
    f->added++;
    return true;
}

bool patch_parse(const char *text, struct patch *p, struct error *e)
{
    bool begun = false, ended = false;
    int64_t number = 0;
    for (const char *s = text; *s && !ended;) {
        size_t n = strcspn(s, "\n"), len = n && s[n - 1] == '\r' ? n - 1 : n;
        AUTO_FREE char *begin = after(s, len, "*** Begin Patch"),
                       *end = after(s, len, "*** End Patch");
        number++;
        if (begin)
            begun = true;
        else if (end)
            ended = true;
        else if (begun && !begin_file(p, s, len) &&
                 (!p->files.len || !file_line(&p->files.ptr[p->files.len - 1], s, len)))
            return error_set(e, ERR_PARSE, "line %lld of the patch is none of its format: \"%.*s\"",
                             (long long)number, (int)utf8_cut(s, len, 80), s);
        s += n + (s[n] == '\n');
    }
    if (!begun || !p->files.len)
        return error_set(e, ERR_PARSE,
                         "a patch begins with \"*** Begin Patch\", then \"*** Update File: PATH\", "
                         "\"*** Add File: PATH\" or \"*** Delete File: PATH\"");
    return true;
}

/* ---- finding a hunk ---- */

static size_t line_end(const char *s, size_t n)
{
    const char *eol = memchr(s, '\n', n);
    return eol ? (size_t)(eol - s) + 1 : n;
}

static size_t trimmed(const char *s, size_t n, bool loose)
{
    while (n && (s[n - 1] == '\n' || s[n - 1] == '\r' ||
                 (loose && (s[n - 1] == ' ' || s[n - 1] == '\t'))))
        n--;
    return n;
}

/* Bytes of the text that these lines cover from here; 0: other lines stand here. */
static size_t lines_at(const char *s, size_t n, const struct buf *lines, bool loose)
{
    size_t at = 0;
    for (size_t i = 0; i < lines->len;) {
        size_t a = line_end(lines->ptr + i, lines->len - i);
        if (at >= n)
            return 0;
        size_t b = line_end(s + at, n - at);
        size_t x = trimmed(lines->ptr + i, a, loose), y = trimmed(s + at, b, loose);
        if (x != y || memcmp(lines->ptr + i, s + at, x) != 0)
            return 0;
        i += a;
        at += b;
    }
    return at;
}

static bool find_lines(const char *s, size_t n, size_t from, const struct patch_hunk *h, size_t *at,
                       size_t *len)
{
    for (int loose = 0; loose <= 1; loose++)
        for (size_t i = from; i < n; i += line_end(s + i, n - i)) {
            *len = lines_at(s + i, n - i, &h->old, loose);
            *at = i;
            if (*len && (!h->at_end || i + *len == n))
                return true;
        }
    return false;
}

/* Behind the line that the hunk says it stands after. */
static size_t after_context(const char *s, size_t n, size_t from, const char *context)
{
    size_t want = strlen(context);
    for (size_t i = from; i < n;) {
        size_t len = line_end(s + i, n - i), skip = 0;
        while (skip < len && (s[i + skip] == ' ' || s[i + skip] == '\t'))
            skip++;
        if (trimmed(s + i + skip, len - skip, true) == want &&
            memcmp(s + i + skip, context, want) == 0)
            return i + len;
        i += len;
    }
    return from;
}

static void add_text(struct buf *out, const struct buf *new, bool crlf)
{
    for (size_t i = 0; i < new->len; i++) {
        if (crlf && new->ptr[i] == '\n')
            buf_addc(out, '\r');
        buf_addc(out, new->ptr[i]);
    }
}

bool patch_apply(const struct patch_file *f, const char *text, size_t n, struct buf *out,
                 struct error *e)
{
    size_t done = 0;
    const char *eol = memchr(text, '\n', n);
    bool crlf = eol && eol > text && eol[-1] == '\r';
    for (size_t i = 0; i < f->hunks.len; i++) {
        const struct patch_hunk *h = &f->hunks.ptr[i];
        size_t from = h->context ? after_context(text, n, done, h->context) : done;
        size_t at = h->context && !h->at_end ? from : n, len = 0;
        if (h->old.len && !find_lines(text, n, from, h, &at, &len) &&
            !find_lines(text, n, done, h, &at, &len))
            return error_set(e, ERR_NOT_FOUND,
                             "these lines of hunk %zu do not occur in %s%s:\n%.*s", i + 1, f->path,
                             done ? " after the hunk before" : "",
                             (int)utf8_cut(h->old.ptr, h->old.len, 300), h->old.ptr);
        buf_add(out, text + done, at - done);
        if (at == n && n && text[n - 1] != '\n' && !len)
            buf_adds(out, crlf ? "\r\n" : "\n");
        add_text(out, &h->new, crlf);
        if (len && text[at + len - 1] != '\n' && h->new.len) /* no newline at its end: none now */
            buf_cut(out, out->len - (crlf ? 2 : 1));
        done = at + len;
    }
    buf_add(out, text + done, n - done);
    return true;
}
