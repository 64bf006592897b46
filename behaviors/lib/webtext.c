#include "behaviors/lib/webtext.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"

#define TAG_MAX 16
#define LINK_MAX 300 /* bytes of an address that is shown */

struct page {
    struct buf *out;
    size_t start; /* of out, where the page's text begins */
    bool blank;   /* white space waits to be written */
    bool pre;     /* it counts */
    char *link;   /* of the <a> that is open; NULL: none worth showing */
};

static void page_break(struct page *p, int lines)
{
    struct buf *o = p->out;
    while (o->len > p->start && o->ptr[o->len - 1] == ' ')
        buf_cut(o, o->len - 1);
    int have = 0;
    while (have < 2 && o->len > p->start + (size_t)have &&
           o->ptr[o->len - 1 - (size_t)have] == '\n')
        have++;
    for (; o->len > p->start && have < lines; have++)
        buf_addc(o, '\n');
    p->blank = false;
}

static void page_char(struct page *p, uint32_t c)
{
    bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xa0;
    if (space && !p->pre) {
        p->blank = true;
        return;
    }
    bool begins = p->out->len == p->start || p->out->ptr[p->out->len - 1] == '\n';
    if (p->blank && !begins)
        buf_addc(p->out, ' ');
    p->blank = false;
    utf8_encode(p->out, c);
}

/* &name; and &#N; as one character; what is neither stands as it is. Returns the bytes taken. */
static size_t page_entity(struct page *p, const char *s, size_t n)
{
    static const struct {
        const char *name;
        uint32_t code;
    } known[] = {{"amp", '&'},      {"lt", '<'},        {"gt", '>'},       {"quot", '"'},
                 {"apos", '\''},    {"nbsp", 0xa0},     {"copy", 0xa9},    {"mdash", 0x2014},
                 {"ndash", 0x2013}, {"hellip", 0x2026}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
                 {"ldquo", 0x201c}, {"rdquo", 0x201d},  {"middot", 0xb7},  {"bull", 0x2022},
                 {"rarr", 0x2192},  {"larr", 0x2190},   {"times", 0xd7},   {"para", 0xb6}};
    const char *end = memchr(s, ';', MIN(n, 12));
    size_t len = end ? (size_t)(end - s) : 0;
    if (len > 2 && s[1] == '#') {
        bool hex = s[2] == 'x' || s[2] == 'X';
        unsigned long c = strtoul(s + (hex ? 3 : 2), NULL, hex ? 16 : 10);
        bool fits =
            c >= ' ' && c <= 0x10ffff && (c < 0x7f || c > 0x9f) && (c < 0xd800 || c > 0xdfff);
        page_char(p, fits ? (uint32_t)c : ' ');
        return len + 1;
    }
    for (size_t i = 0; len && i < COUNT_OF(known); i++)
        if (strlen(known[i].name) == len - 1 && strncmp(known[i].name, s + 1, len - 1) == 0) {
            page_char(p, known[i].code);
            return len + 1;
        }
    page_char(p, '&');
    return 1;
}

static bool is_one_of(const char *name, const char *list)
{
    AUTO_FREE char *word = mem_printf(" %s ", name);
    return strstr(list, word) != NULL;
}

/* The value of href in a tag's text; caller frees. NULL: none that leads to a page. */
static char *href_of(const char *s, size_t n)
{
    AUTO_FREE char *tag = mem_strndup(s, n);
    const char *at = strcasestr(tag, "href=");
    if (!at)
        return NULL;
    at += 5;
    char quote = *at == '"' || *at == '\'' ? *at++ : ' ';
    const char end[] = {quote, '>', '\0'};
    size_t len = strcspn(at, end);
    bool whole = strncasecmp(at, "http://", 7) == 0 || strncasecmp(at, "https://", 8) == 0;
    return whole && len < LINK_MAX ? mem_strndup(at, len) : NULL;
}

static void page_text(struct page *p, const char *s)
{
    size_t left = strlen(s);
    for (size_t n; left; s += n, left -= n) {
        uint32_t c;
        if (*s == '&') {
            n = page_entity(p, s, left);
            continue;
        }
        n = utf8_decode(s, left, &c);
        page_char(p, c);
    }
}

static void page_link_ends(struct page *p)
{
    if (!p->link)
        return;
    page_text(p, " (");
    page_text(p, p->link);
    page_text(p, ")");
    free(p->link);
    p->link = NULL;
}

static void page_tag(struct page *p, const char *name, bool closes, const char *s, size_t n)
{
    static const char block[] = " p div section article header footer main table ul ol blockquote "
                                "form figure nav aside dl pre h1 h2 h3 h4 h5 h6 ";
    static const char line[] = " br tr li dt dd option title hr ";
    if (is_one_of(name, block))
        page_break(p, 2);
    else if (is_one_of(name, line))
        page_break(p, 1);
    if (strcmp(name, "pre") == 0)
        p->pre = !closes;
    if (!closes && strcmp(name, "li") == 0)
        page_text(p, "- ");
    if (!closes && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && !name[2])
        page_text(p, &"### "[3 - MIN(name[1] - '0', 3)]);
    if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0)
        page_char(p, ' ');
    if (strcmp(name, "a") == 0) {
        page_link_ends(p);
        p->link = closes ? NULL : href_of(s, n);
    }
}

/* Behind "</NAME" of what is left out whole. */
static size_t skip_element(const char *s, size_t n, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i + len + 2 <= n; i++)
        if (s[i] == '<' && s[i + 1] == '/' && strncasecmp(s + i + 2, name, len) == 0)
            return i;
    return n;
}

/* At '<'. Returns the bytes taken. */
static size_t page_markup(struct page *p, const char *s, size_t n)
{
    char name[TAG_MAX] = "";
    if (n >= 4 && strncmp(s, "<!--", 4) == 0) {
        const char *end = memmem(s + 4, n - 4, "-->", 3);
        return end ? (size_t)(end - s) + 3 : n;
    }
    bool closes = n > 1 && s[1] == '/';
    size_t at = closes ? 2 : 1, len = 0;
    if (at >= n || !(s[at] == '!' || s[at] == '?' || (s[at] | 32) >= 'a') || (s[at] | 32) > 'z') {
        if (at < n && (s[at] == '!' || s[at] == '?'))
            goto end;
        page_char(p, '<');
        return 1;
    }
    for (;
         at < n && len + 1 < sizeof name && ((s[at] | 32) >= 'a' || (s[at] >= '0' && s[at] <= '9'));
         at++)
        name[len++] = (char)(s[at] >= '0' && s[at] <= '9' ? s[at] : s[at] | 32);
end:;
    const char *close = memchr(s, '>', n);
    size_t taken = close ? (size_t)(close - s) + 1 : n;
    if (!closes && is_one_of(name, " script style noscript template svg "))
        return taken + skip_element(s + taken, n - taken, name);
    page_tag(p, name, closes, s, taken);
    return taken;
}

void webtext_add(struct buf *out, const char *html, size_t n)
{
    AUTO(buf) clean = {0};
    utf8_repair(&clean, html, n);
    struct page p = {.out = out, .start = out->len};
    const char *s = buf_cstr(&clean);
    for (size_t at = 0; at < clean.len;) {
        uint32_t c;
        if (s[at] == '<')
            at += page_markup(&p, s + at, clean.len - at);
        else if (s[at] == '&')
            at += page_entity(&p, s + at, clean.len - at);
        else {
            at += utf8_decode(s + at, clean.len - at, &c);
            page_char(&p, c);
        }
    }
    page_link_ends(&p);
    page_break(&p, 1);
    while (out->len > p.start + 1 && out->ptr[out->len - 2] == '\n')
        buf_cut(out, out->len - 1);
}
