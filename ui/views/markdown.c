#include "ui/views/markdown.h"

#include <ctype.h>
#include <string.h>

#include "ui/term/glyph.h"
#include "ui/term/links.h"
#include "ui/term/theme.h"

static size_t markdown_indent(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && s[i] == ' ')
        i++;
    return i;
}

/* Length of a run of one character at s, or 0. */
static size_t markdown_run(const char *s, size_t n, char c)
{
    size_t i = 0;
    while (i < n && s[i] == c)
        i++;
    return i;
}

static bool markdown_closes_fence(const struct markdown *m, const char *s, size_t n)
{
    size_t run = markdown_run(s, n, m->fence);
    if (run < m->fence_len)
        return false;
    return markdown_indent(s + run, n - run) == n - run;
}

static void markdown_code_line(struct markdown *m, const char *s, size_t n, struct line *out,
                               struct wrap *w)
{
    AUTO(line) code = {0}; /* tabs count from the code's own first column */
    syntax_line(m->syntax, &m->code, s, n, &code);
    line_adds(out, ROLE_CODE_EDGE, glyph(GLYPH_CODE_EDGE));
    line_adds(out, ROLE_CODE, " ");
    line_join(out, &code);
    w->hard = true;
    w->indent = 2;
    w->gutter = true;
}

static bool markdown_fence(struct markdown *m, const char *s, size_t n, struct line *out,
                           struct wrap *w)
{
    size_t lead = markdown_indent(s, n);
    const char *t = s + lead;
    size_t left = n - lead;
    if (m->fence) {
        if (!markdown_closes_fence(m, t, left)) {
            markdown_code_line(m, s, n, out, w);
            return true;
        }
        line_adds(out, ROLE_CODE_EDGE, glyph(GLYPH_CODE_END));
        m->fence = 0;
        return true;
    }
    char c = left > 0 ? *t : 0;
    size_t run = c == '`' || c == '~' ? markdown_run(t, left, c) : 0;
    if (run < 3 || memchr(t + run, '`', left - run))
        return false;
    size_t word = 0;
    const char *tag = t + run + markdown_indent(t + run, left - run);
    while (tag + word < t + left && !strchr(" \t{,:", tag[word]))
        word++;
    m->syntax = syntax_find(tag, word);
    m->code = (struct syntax_state){0};
    m->fence = c;
    m->fence_len = (uint8_t)MIN(run, 255u);
    line_adds(out, ROLE_CODE_EDGE, glyph(GLYPH_CODE_START));
    line_add(out, ROLE_MUTED, t + run, left - run);
    return true;
}

/* The closing run for `mark` (repeated n times), or NULL. */
static const char *markdown_close(const char *s, const char *end, char mark, size_t times)
{
    for (const char *p = s; p < end; p++) {
        if (*p != mark)
            continue;
        size_t run = markdown_run(p, (size_t)(end - p), mark);
        if (run == times && p > s)
            return p;
        p += run - 1;
    }
    return NULL;
}

static bool markdown_is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Whether a run of * or _ may open emphasis here: not before a space, _ not inside a word. */
static bool markdown_may_open(const char *start, const char *p, const char *after, const char *end)
{
    if (after >= end || *after == ' ')
        return false;
    return *p != '_' || p == start || !markdown_is_word(p[-1]);
}

/* After a closing _: a space or the end, perhaps after one punctuation. __init__.py is a name. */
static bool markdown_word_ends(const char *p, const char *end)
{
    if (p < end && ispunct((unsigned char)*p))
        p++;
    return p >= end || *p == ' ';
}

/* What emphasis adds to words that have a style already. */
static style markdown_stronger(style base, char mark, size_t run)
{
    uint8_t link = STYLE_LINK_OF(base);
    if (base == ROLE_TEXT && mark != '~')
        return run == 1   ? ROLE_EMPHASIS
               : run == 2 ? ROLE_STRONG
                          : STYLE_ATTR(ROLE_STRONG, ATTR_ITALIC);
    unsigned attrs =
        mark == '~' ? ATTR_DIM : (run != 1 ? ATTR_BOLD : 0) | (run != 2 ? ATTR_ITALIC : 0);
    return STYLE_LINK(STYLE_ATTR(STYLE_ROLE_OF(base), STYLE_ATTRS_OF(base) | attrs), link);
}

/* A span that starts at p: writes it and returns what follows it, or NULL if none does. */
static const char *markdown_span(const char *start, const char *p, const char *end, style base,
                                 struct line *out)
{
    char c = *p;
    size_t run = markdown_run(p, (size_t)(end - p), c);
    const char *inner = p + run;
    if (c == '`') {
        const char *close = markdown_close(inner, end, c, run);
        if (!close)
            return NULL;
        line_add(out, ROLE_CODE, inner, (size_t)(close - inner));
        return close + run;
    }
    if (c == '~' ? run != 2 : run > 3)
        return NULL;
    if (!markdown_may_open(start, p, inner, end))
        return NULL;
    const char *close = markdown_close(inner, end, c, run);
    if (!close || close[-1] == ' ')
        return NULL;
    if (c == '_' && !markdown_word_ends(close + run, end))
        return NULL;
    markdown_inline(inner, (size_t)(close - inner), markdown_stronger(base, c, run), out);
    return close + run;
}

/* Bytes of the scheme of an address at p, or 0. */
static size_t markdown_scheme(const char *p, const char *end)
{
    size_t n = (size_t)(end - p);
    return n > 8 && memcmp(p, "https://", 8) == 0  ? 8
           : n > 7 && memcmp(p, "http://", 7) == 0 ? 7
                                                   : 0;
}

static style markdown_leads(style base, const char *url, size_t n)
{
    style look = STYLE_ATTR(ROLE_LINK, STYLE_ATTRS_OF(base) | ATTR_UNDERLINE);
    return STYLE_LINK(look, link_number(url, n));
}

/* An address that stands for itself at p: writes it and returns what follows it, or NULL. A
 * sentence's marks behind it are not its own, nor is a bracket that it did not open. */
static const char *markdown_address(const char *start, const char *p, const char *end, style base,
                                    struct line *out)
{
    if (STYLE_LINK_OF(base) || (p > start && markdown_is_word(p[-1])))
        return NULL;
    size_t scheme = markdown_scheme(p, end);
    const char *stop = p + scheme;
    int open = 0;
    while (stop < end && (unsigned char)*stop > ' ' && !memchr("<>\"`|", *stop, 5)) {
        open += (*stop == '(') - (*stop == ')');
        if (open < 0)
            break;
        stop++;
    }
    while (stop > p + scheme && memchr(".,;:!?*_'~", stop[-1], 10))
        stop--;
    if (stop == p + scheme)
        return NULL;
    line_add(out, markdown_leads(base, p, (size_t)(stop - p)), p, (size_t)(stop - p));
    return stop;
}

/* "[words](url)" at p: the words, and where they lead. NULL: it is none. */
static const char *markdown_link(const char *p, const char *end, style base, struct line *out)
{
    const char *words = p + 1, *close = words;
    for (int depth = 1; close < end; close++) {
        depth += (*close == '[') - (*close == ']');
        if (depth == 0)
            break;
    }
    if (close + 1 >= end || close == words || close[1] != '(')
        return NULL;
    const char *url = close + 2, *stop = url;
    for (int open = 1; stop < end; stop++) {
        open += (*stop == '(') - (*stop == ')');
        if (open == 0)
            break;
    }
    if (stop == end || stop == url || memchr(url, ' ', (size_t)(stop - url)))
        return NULL;
    size_t n = (size_t)(close - words), len = (size_t)(stop - url);
    bool says_it = n == len && memcmp(words, url, n) == 0;
    style look = markdown_leads(base, url, len);
    if (says_it)
        line_add(out, look, words, n);
    else
        markdown_inline(words, n, look, out);
    if (!says_it) {
        line_adds(out, ROLE_MUTED, " (");
        line_add(out, STYLE_LINK(ROLE_MUTED, STYLE_LINK_OF(look)), url, len);
        line_adds(out, ROLE_MUTED, ")");
    }
    return stop + 1;
}

void markdown_inline(const char *s, size_t n, style base, struct line *out)
{
    const char *end = s + n, *plain = s;
    for (const char *p = s; p < end;) {
        if (*p == '\\' && p + 1 < end && ispunct((unsigned char)p[1])) {
            line_add(out, base, plain, (size_t)(p - plain));
            plain = p + 1;
            p += 2;
            continue;
        }
        if (!memchr("`*_~[h", *p, 6) || (*p == 'h' && !markdown_scheme(p, end))) {
            p++;
            continue;
        }
        size_t before = out->text.len;
        line_add(out, base, plain, (size_t)(p - plain));
        const char *after = *p == '['   ? markdown_link(p, end, base, out)
                            : *p == 'h' ? markdown_address(s, p, end, base, out)
                                        : markdown_span(s, p, end, base, out);
        if (!after) {
            buf_cut(&out->text, before);
            out->styles.len = before;
            p += markdown_run(p, (size_t)(end - p), *p);
            continue;
        }
        plain = p = after;
    }
    line_add(out, base, plain, (size_t)(end - plain));
}

static bool markdown_heading(const char *s, size_t n, struct line *out)
{
    size_t level = markdown_run(s, n, '#');
    if (level == 0 || level > 6 || level >= n || s[level] != ' ')
        return false;
    size_t skip = level + markdown_indent(s + level, n - level);
    markdown_inline(s + skip, n - skip, ROLE_HEADING, out);
    return true;
}

/* Bytes of a list mark at s ("- ", "12. "), or 0. */
static size_t markdown_bullet(const char *s, size_t n)
{
    if (n >= 2 && strchr("-*+", s[0]) && s[1] == ' ')
        return 2;
    size_t i = 0;
    while (i < n && i < 9 && isdigit((unsigned char)s[i]))
        i++;
    return i > 0 && i + 1 < n && (s[i] == '.' || s[i] == ')') && s[i + 1] == ' ' ? i + 2 : 0;
}

static bool markdown_rule(const char *s, size_t n)
{
    return n >= 3 && strchr("-*_", *s) && markdown_run(s, n, *s) == n;
}

void markdown_line(struct markdown *m, const char *s, size_t n, struct line *out, struct wrap *w)
{
    if (markdown_fence(m, s, n, out, w))
        return;
    size_t lead = markdown_indent(s, n);
    const char *t = s + lead;
    size_t left = n - lead;
    if (lead < 4 && markdown_heading(t, left, out))
        return;
    if (lead < 4 && left > 0 && markdown_rule(t, left)) {
        for (int i = 0; i < w->width; i++)
            line_adds(out, ROLE_BORDER, glyph(GLYPH_RULE));
        return;
    }
    line_add(out, ROLE_TEXT, s, lead);
    size_t mark = markdown_bullet(t, left);
    if (mark == 2)
        line_adds(out, ROLE_BULLET, glyph(GLYPH_BULLET));
    else if (mark > 0)
        line_add(out, ROLE_BULLET, t, mark - 1);
    if (mark > 0)
        line_adds(out, ROLE_TEXT, " ");
    bool box = mark > 0 && left - mark >= 4 && t[mark] == '[' && strchr(" xX", t[mark + 1]) &&
               t[mark + 2] == ']' && t[mark + 3] == ' ';
    if (box) { /* the box stands in the bullet's place */
        bool ticked = t[mark + 1] != ' ';
        buf_cut(&out->text, lead);
        out->styles.len = lead;
        line_adds(out, ticked ? ROLE_GOOD : ROLE_BULLET, glyph(ticked ? GLYPH_TICKED : GLYPH_TODO));
        line_adds(out, ROLE_TEXT, " ");
        w->indent = line_cols(out);
        markdown_inline(t + mark + 4, left - mark - 4, ROLE_TEXT, out);
        return;
    }
    if (left > 1 && *t == '>' && t[1] == ' ') {
        line_adds(out, ROLE_QUOTE, glyph(GLYPH_CODE_EDGE));
        markdown_inline(t + 1, left - 1, ROLE_QUOTE, out);
        w->indent = (int)lead + 2;
        return;
    }
    w->indent = (int)(lead + mark);
    markdown_inline(t + mark, left - mark, ROLE_TEXT, out);
}

struct markdown markdown_after(struct markdown start, const char *s, size_t n)
{
    AUTO(line) line = {0};
    while (n > 0) {
        const char *nl = memchr(s, '\n', n);
        size_t len = nl ? (size_t)(nl - s) : n;
        markdown_fence(&start, s, len, &line, &(struct wrap){.width = 1});
        line_clear(&line);
        s += len + (nl != NULL);
        n -= len + (nl != NULL);
    }
    return start;
}

char *markdown_last_code(const char *text)
{
    struct markdown m = {0};
    struct buf code = {0};
    char *last = NULL;
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        AUTO(line) line = {0};
        n = strcspn(text, "\n");
        char before = m.fence;
        markdown_fence(&m, text, n, &line, &(struct wrap){.width = 1});
        if (!before && m.fence)
            buf_clear(&code);
        else if (before && m.fence)
            buf_addf(&code, "%.*s\n", (int)n, text);
        if (before && !m.fence)
            mem_replace(&last, buf_cstr(&code));
    }
    if (m.fence && code.len > 0) /* it was cut off */
        mem_replace(&last, buf_cstr(&code));
    buf_fini(&code);
    return last;
}
