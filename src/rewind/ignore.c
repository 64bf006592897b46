#include "rewind/ignore.h"

#include <fnmatch.h>
#include <string.h>

#include "base/mem.h"

#define STARS_MAX 6 /* "**" of one rule: each tries every depth */

struct rule {
    char *pattern;
    bool in, directories, whole; /* whole: held against the path, else against the last name */
    bool plain;                  /* no wildcard: compared as it is */
};

struct ignore {
    VEC(struct rule) rules;
};

static size_t without_end(const char *s, size_t n)
{
    if (n && s[n - 1] == '\r')
        n--;
    while (n && s[n - 1] == ' ' && !(n > 1 && s[n - 2] == '\\'))
        n--;
    return n;
}

static void add_rule(struct ignore *g, const char *s, size_t n)
{
    struct rule r = {0};
    n = without_end(s, n);
    if (!n || *s == '#')
        return;
    if (*s == '!') {
        r.in = true;
        s++;
        n--;
    }
    if (n && s[n - 1] == '/') {
        r.directories = true;
        n--;
    }
    r.whole = memchr(s, '/', n) != NULL;
    if (n && *s == '/') {
        s++;
        n--;
    }
    if (!n)
        return;
    r.pattern = mem_strndup(s, n);
    r.plain = !strpbrk(r.pattern, "*?[\\");
    VEC_PUSH(&g->rules, r);
}

struct ignore *ignore_parse(const char *text, size_t n)
{
    struct ignore *g = mem_alloc(sizeof *g);
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t len = end ? (size_t)(end - text) - at : n - at;
        if (!memchr(text + at, '\0', len))
            add_rule(g, text + at, len);
        at += len + 1;
    }
    if (g->rules.len)
        return g;
    ignore_free(g);
    return NULL;
}

void ignore_free(struct ignore *g)
{
    if (!g)
        return;
    for (size_t i = 0; i < g->rules.len; i++)
        free(g->rules.ptr[i].pattern);
    VEC_FREE(&g->rules);
    free(g);
}

/* "**" between slashes stands for any number of directories, at the end for whatever is within. */
static bool match_path(const char *p, const char *path, int stars)
{
    if (strncmp(p, "**/", 3) == 0 && stars < STARS_MAX) {
        for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
            if (match_path(p + 3, at, stars + 1))
                return true;
        return false;
    }
    const char *deep = strstr(p, "/**");
    while (deep && deep[3] != '/' && deep[3] != '\0')
        deep = strstr(deep + 3, "/**");
    if (!deep || stars >= STARS_MAX)
        return fnmatch(p, path, FNM_PATHNAME) == 0;
    AUTO_FREE char *head = mem_strndup(p, (size_t)(deep - p));
    size_t slashes = 0;
    for (const char *c = head; *c; c++)
        slashes += *c == '/';
    const char *at = strchr(path, '/');
    for (; at && slashes; slashes--)
        at = strchr(at + 1, '/');
    if (!at)
        return false;
    AUTO_FREE char *front = mem_strndup(path, (size_t)(at - path));
    return fnmatch(head, front, FNM_PATHNAME) == 0 &&
           (!deep[3] || match_path(deep + 1, at + 1, stars + 1));
}

static bool rule_fits(const struct rule *r, const char *path, const char *name)
{
    const char *s = r->whole ? path : name;
    if (r->plain)
        return strcmp(r->pattern, s) == 0;
    return r->whole ? match_path(r->pattern, path, 0) : fnmatch(r->pattern, name, 0) == 0;
}

enum ignore_word ignore_judge(const struct ignore *g, const char *path, const char *name,
                              bool directory)
{
    for (size_t i = g ? g->rules.len : 0; i > 0; i--) {
        const struct rule *r = &g->rules.ptr[i - 1];
        if ((directory || !r->directories) && rule_fits(r, path, name))
            return r->in ? IGNORE_IN : IGNORE_OUT;
    }
    return IGNORE_NOTHING;
}
