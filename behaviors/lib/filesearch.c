#include "behaviors/lib/filesearch.h"

#include <regex.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/lib/globs.h"

#define GLOB_MAX 500
#define GREP_MAX 50
#define CONTEXT_MAX 20
#define LINE_SHOWN 300

static void add_clean(cJSON *list, const char *s, size_t n)
{
    AUTO(buf) clean = {0};
    utf8_repair(&clean, s, n);
    cJSON_AddItemToArray(list, cJSON_CreateString(buf_cstr(&clean)));
}

/* What the walk did not look at, in words, on the result. */
static void add_skipped(cJSON *j, const struct walk_result *r)
{
    AUTO(buf) text = {0};
    if (!r->large && !r->unreadable)
        return;
    if (r->large)
        buf_addf(&text, "%lld over %lld MiB", (long long)r->large,
                 (long long)(WALK_FILE_MAX >> 20));
    if (r->unreadable)
        buf_addf(&text, "%s%lld that cannot be opened", text.len ? ", " : "",
                 (long long)r->unreadable);
    json_add_int(j, "skipped", r->large + r->unreadable);
    AUTO_FREE char *note = mem_printf("not searched: %s (first: %s); run_bash reaches them",
                                      buf_cstr(&text), r->first);
    json_add_str(j, "skipped_why", note);
}

static void text_skipped(struct buf *out, const cJSON *result)
{
    const char *why = json_str(result, "skipped_why", NULL);
    if (why)
        buf_addf(out, "[%s]\n", why);
}

/* ---- glob ---- */

struct globbing {
    const char *pattern;
    cJSON *list;
    int64_t found;
};

static bool glob_file(void *arg, const char *rel, const char *data, size_t n)
{
    struct globbing *g = arg;
    if (glob_matches(g->pattern, rel) && g->found++ < GLOB_MAX)
        add_clean(g->list, rel, strlen(rel));
    return true;
}

cJSON *filesearch_glob(const struct file_walk *walk, const cJSON *args)
{
    const char *path = json_str(args, "path", ".");
    struct globbing g = {.pattern = json_str(args, "pattern", "")};
    AUTO_FREE char *whole = NULL;
    struct error e = {0};
    if (*path && strcmp(path, ".") != 0 && strchr(g.pattern, '/'))
        g.pattern = whole = mem_printf("%s/%s", path, g.pattern); /* names begin with the path */
    cJSON *j = json_success();
    g.list = cJSON_AddArrayToObject(j, "files");
    if (!walk->go(walk->arg, path, glob_file, &g, NULL, &e)) {
        cJSON_Delete(j);
        return json_error("%s", e.text);
    }
    json_add_int(j, "count", g.found);
    return j;
}

char *filesearch_glob_summary(const cJSON *args, const cJSON *result)
{
    return mem_printf("%lld files", (long long)json_int(result, "count", 0));
}

char *filesearch_glob_text(const cJSON *args, const cJSON *result)
{
    const cJSON *one;
    int64_t found = json_int(result, "count", 0);
    AUTO(buf) out = {0};
    if (json_get(result, "error"))
        return NULL;
    cJSON_ArrayForEach(one, json_get(result, "files")) buf_addf(&out, "%s\n", one->valuestring);
    if (found > GLOB_MAX)
        buf_addf(&out, "[%d of %lld files; narrow the pattern]\n", GLOB_MAX, (long long)found);
    if (found == 0)
        buf_addf(&out, "no file matches %s\n", json_str(args, "pattern", ""));
    return buf_take(&out);
}

/* ---- grep ---- */

struct grep {
    regex_t re;
    const cJSON *globs;
    cJSON *list, *hits; /* lines shown; names of the files they are in */
    int64_t max, found, files, context;
    int64_t shown_to; /* last line of this file that was shown */
};

static bool grep_wants(const struct grep *g, const char *rel)
{
    const cJSON *one;
    if (!cJSON_IsArray(g->globs) || !g->globs->child)
        return true;
    cJSON_ArrayForEach(one, g->globs) if (cJSON_IsString(one) &&
                                          glob_matches(one->valuestring, rel)) return true;
    return false;
}

static size_t line_length(const char *s, size_t n)
{
    const char *eol = memchr(s, '\n', n);
    return eol ? (size_t)(eol - s) : n;
}

static void grep_show(struct grep *g, const char *rel, int64_t line, char mark, const char *s,
                      size_t n)
{
    n -= n && s[n - 1] == '\r';
    size_t shown = n > LINE_SHOWN ? utf8_cut(s, n, LINE_SHOWN) : n;
    AUTO_FREE char *text = mem_printf("%s%c%lld%c%.*s%s", rel, mark, (long long)line, mark,
                                      (int)shown, s, shown < n ? "…" : "");
    add_clean(g->list, text, strlen(text));
    g->shown_to = line;
}

/* The lines before a match, back to the last that was shown. */
static void grep_before(struct grep *g, const char *rel, const char *data, size_t at, int64_t line)
{
    int64_t first = line;
    size_t i = at;
    while (i > 0 && first > 1 && line - first < g->context && first - 1 > g->shown_to) {
        const char *nl = i > 1 ? memrchr(data, '\n', i - 1) : NULL;
        i = nl ? (size_t)(nl - data) + 1 : 0;
        first--;
    }
    if (g->context && g->shown_to && first > g->shown_to + 1)
        add_clean(g->list, "--", 2);
    for (; first < line; first++) {
        size_t n = line_length(data + i, at - i);
        grep_show(g, rel, first, '-', data + i, n);
        i += n + 1;
    }
}

static bool grep_line(const struct grep *g, const char *s, size_t n)
{
    n -= n && s[n - 1] == '\r';
    regmatch_t m = {.rm_so = 0, .rm_eo = (regoff_t)MIN(n, 100000)};
    return regexec(&g->re, s, 1, &m, REG_STARTEND) == 0;
}

static bool grep_file(void *arg, const char *rel, const char *data, size_t n)
{
    struct grep *g = arg;
    int64_t line = 1, after = 0;
    bool hit = false;
    if (!grep_wants(g, rel))
        return true;
    if (g->context && g->list->child)
        add_clean(g->list, "--", 2);
    g->files++;
    g->shown_to = 0;
    for (size_t i = 0; i < n; line++) {
        size_t len = line_length(data + i, n - i);
        if (g->found < g->max && grep_line(g, data + i, len)) {
            grep_before(g, rel, data, i, line);
            grep_show(g, rel, line, ':', data + i, len);
            if (!hit)
                cJSON_AddItemToArray(g->hits, cJSON_CreateString(rel));
            hit = true;
            g->found++;
            after = g->context;
        } else if (after > 0) {
            grep_show(g, rel, line, '-', data + i, len);
            after--;
        } else if (g->found >= g->max) {
            break;
        }
        i += len + 1;
    }
    if (g->context && !hit) { /* no separator where nothing follows */
        cJSON *last = g->list->child ? g->list->child->prev : NULL;
        if (last && strcmp(last->valuestring, "--") == 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(g->list, last));
    }
    return g->found < g->max;
}

cJSON *filesearch_grep(const struct file_walk *walk, const cJSON *args)
{
    struct grep g = {.globs = json_get(args, "files"),
                     .max = json_int(args, "max_matches", GREP_MAX),
                     .context = MIN(MAX(json_int(args, "context", 0), 0), CONTEXT_MAX)};
    const char *pattern = json_str(args, "pattern", "");
    int rc = regcomp(&g.re, pattern,
                     REG_EXTENDED | (json_bool(args, "ignore_case", false) ? REG_ICASE : 0));
    struct walk_result walked = {0};
    struct error e = {0};
    if (rc != 0) {
        char why[120];
        regerror(rc, &g.re, why, sizeof why);
        return json_error("the pattern \"%.80s\" is no extended regular expression: %s", pattern,
                          why);
    }
    cJSON *j = json_success();
    g.list = cJSON_AddArrayToObject(j, "matches");
    g.hits = cJSON_AddArrayToObject(j, "files");
    bool ok = walk->go(walk->arg, json_str(args, "path", "."), grep_file, &g, &walked, &e);
    regfree(&g.re);
    if (!ok) {
        cJSON_Delete(j);
        return json_error("%s", e.text);
    }
    json_add_int(j, "match_count", g.found);
    json_add_int(j, "files_searched", g.files);
    if (g.found >= g.max)
        json_add_bool(j, "stopped", true);
    add_skipped(j, &walked);
    return j;
}

char *filesearch_grep_summary(const cJSON *args, const cJSON *result)
{
    return mem_printf("%lld matches", (long long)json_int(result, "match_count", 0));
}

char *filesearch_grep_text(const cJSON *args, const cJSON *result)
{
    const cJSON *one;
    int64_t found = json_int(result, "match_count", 0),
            files = json_int(result, "files_searched", 0);
    AUTO(buf) out = {0};
    if (json_get(result, "error"))
        return NULL;
    cJSON_ArrayForEach(one, json_get(result, "matches")) buf_addf(&out, "%s\n", one->valuestring);
    if (found == 0)
        buf_addf(&out, "no match in %lld file%s\n", (long long)files, files == 1 ? "" : "s");
    if (json_bool(result, "stopped", false))
        buf_addf(&out, "[stopped at %lld matches; narrow the pattern or the path]\n",
                 (long long)found);
    text_skipped(&out, result);
    return buf_take(&out);
}
