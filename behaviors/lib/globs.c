#include "behaviors/lib/globs.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"

#define BRACES_MAX 8
#define STARS_MAX 6 /* "**" of one pattern: each tries every depth */

static bool match_one(const char *p, const char *path, int stars)
{
    const char *deep = strstr(p, "**");
    if (!deep || stars >= STARS_MAX || strlen(p) > 4000)
        return fnmatch(p, path, FNM_PATHNAME) == 0;
    AUTO_FREE char *head = mem_strndup(p, (size_t)(deep - p));
    const char *rest = deep + 2;
    rest += *rest == '/';
    size_t slashes = 0;
    for (const char *c = head; *c; c++)
        slashes += *c == '/';
    const char *at = path;
    for (; slashes && (at = strchr(at, '/')); slashes--)
        at++;
    if (!at)
        return false;
    AUTO_FREE char *front = mem_strndup(path, (size_t)(at - path));
    if (fnmatch(head, front, FNM_PATHNAME) != 0)
        return false;
    for (; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
        if (!*rest || match_one(rest, at, stars + 1))
            return true;
    return false;
}

static const char *brace_end(const char *open)
{
    int depth = 0;
    for (const char *p = open; *p; p++) {
        depth += *p == '{';
        depth -= *p == '}';
        if (depth == 0)
            return p;
    }
    return NULL;
}

static bool match_braces(const char *pattern, const char *path, int depth)
{
    const char *open = strchr(pattern, '{'), *end = open ? brace_end(open) : NULL;
    if (!open)
        return match_one(pattern, path, 0);
    if (!end || depth >= BRACES_MAX)
        return false;
    int level = 0;
    for (const char *from = open + 1, *p = from; p <= end; p++) {
        level += *p == '{';
        level -= *p == '}' && p < end;
        if (p < end && (*p != ',' || level))
            continue;
        AUTO_FREE char *one = mem_printf("%.*s%.*s%s", (int)(open - pattern), pattern,
                                         (int)(p - from), from, end + 1);
        if (match_braces(one, path, depth + 1))
            return true;
        from = p + 1;
    }
    return false;
}

bool glob_matches(const char *pattern, const char *path)
{
    const char *slash = strrchr(path, '/');
    while (strncmp(pattern, "./", 2) == 0)
        pattern += 2;
    if (!strchr(pattern, '/') && slash && strcmp(pattern, "**") != 0)
        path = slash + 1;
    return match_braces(pattern, path, 0);
}
