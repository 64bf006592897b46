/*
 * FileToolsBehavior - reading, writing, editing, listing and searching files of the workspace.
 */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"

#define READ_DEFAULT 100000
#define READ_MAX (16 << 20)
#define LIST_MAX 1000

struct params {
    int64_t max_size;
};

// clang-format off
static const struct opt file_params[] = {
    {"max_size", OPT_INT, offsetof(struct params, max_size), .def = "100000", .min = 1000, .max = READ_MAX,
     .unit = "bytes", .help = "Most of a file that one read_file shows"},
    {0},
};
// clang-format on

static void file_instructions(struct call *c, struct buf *out)
{
    buf_adds(out,
             "Files: paths are relative to the workspace. Use write_file and edit_file for files, "
             "never shell here-documents. Read a file before you edit it.");
}

/* Bytes [*from, *to) of lines start..end, 1-based and inclusive; end 0: to the last. */
static void file_line_range(const char *s, size_t n, int64_t start, int64_t end, size_t *from,
                            size_t *to)
{
    int64_t line = 1;
    size_t i = 0;
    for (; i < n && line < start; i++)
        line += s[i] == '\n';
    *from = i;
    for (; i < n && (end == 0 || line <= end); i++)
        line += s[i] == '\n';
    *to = i;
}

static cJSON *file_read(struct call *c, const cJSON *args)
{
    const struct params *p = c->params;
    const char *path = json_str(args, "path", "");
    int64_t start = json_int(args, "start_line", 0), end = json_int(args, "end_line", 0);
    int64_t cap = MIN(json_int(args, "max_size", p->max_size), p->max_size);
    bool ranged = start > 0 || end > 0;
    AUTO(buf) text = {0};
    struct file_result r;
    struct error e = {0};
    if (!c->host->file_read(c->agent, path, ranged ? READ_MAX : (size_t)cap, &text, &r, &e))
        return json_error("%s", e.text);
    start = MAX(start, 1);
    if (start > r.lines && r.lines > 0)
        return json_error("%s has %lld lines; start_line %lld is past its end", path,
                          (long long)r.lines, (long long)start);
    if (end > 0 && end < start)
        return json_error("end_line %lld is before start_line %lld", (long long)end,
                          (long long)start);
    size_t from, to;
    file_line_range(buf_cstr(&text), text.len, start, end, &from, &to);
    bool cut = r.truncated || to - from > (size_t)cap;
    to = from + utf8_cut(buf_cstr(&text) + from, to - from, (size_t)cap);
    int64_t shown = 0;
    for (size_t i = from; i < to; i++)
        shown += text.ptr[i] == '\n';
    shown += to > from && text.ptr[to - 1] != '\n';
    cJSON *j = json_success();
    json_add_str(j, "path", path);
    json_add_strn(j, "content", buf_cstr(&text) + from, to - from);
    json_add_int(j, "start_line", start);
    json_add_int(j, "end_line", start + shown - (shown > 0));
    json_add_int(j, "total_lines", r.lines);
    json_add_int(j, "bytes", r.bytes);
    json_add_bool(j, "truncated", cut);
    if (cut)
        json_add_int(j, "next_line", start + shown);
    return j;
}

static cJSON *file_wrote(const char *path, const struct file_result *r, int64_t added,
                         int64_t removed)
{
    cJSON *j = json_success();
    json_add_str(j, "path", path);
    json_add_int(j, "bytes", r->bytes);
    json_add_int(j, "lines_added", added);
    json_add_int(j, "lines_removed", removed);
    json_add_bool(j, "created", r->created);
    if (r->hard_linked)
        json_add_str(j, "note", "the file had other hard links; they keep the old content");
    return j;
}

/* "\r\n" for every line end, when the call asks for it. */
static void file_line_ends(struct buf *out, const char *s, const char *line_end)
{
    bool crlf = line_end && (strcmp(line_end, "\r\n") == 0 || strcmp(line_end, "\\r\\n") == 0 ||
                             strcmp(line_end, "crlf") == 0);
    if (!crlf) {
        buf_adds(out, s);
        return;
    }
    for (; *s; s++) {
        if (*s == '\n' && (out->len == 0 || out->ptr[out->len - 1] != '\r'))
            buf_addc(out, '\r');
        buf_addc(out, *s);
    }
}

static cJSON *file_write(struct call *c, const cJSON *args)
{
    const char *path = json_str(args, "path", ""), *encoding = json_str(args, "encoding", "utf-8");
    enum write_how how = json_bool(args, "append", false)     ? WRITE_APPEND
                         : json_bool(args, "overwrite", true) ? WRITE_REPLACE
                                                              : WRITE_NEW_ONLY;
    if (strcmp(encoding, "utf-8") != 0 && strcmp(encoding, "utf8") != 0 &&
        strcmp(encoding, "UTF-8") != 0)
        return json_error("encoding %s is not written here; only utf-8 is", encoding);
    AUTO(buf) text = {0};
    struct file_result r;
    struct error e = {0};
    file_line_ends(&text, json_str(args, "content", ""), json_str(args, "line_end", NULL));
    if (!c->host->file_write(c->agent, path, buf_cstr(&text), text.len, how, &r, &e))
        return json_error("%s", e.text);
    return file_wrote(path, &r, r.lines, how == WRITE_REPLACE && r.old_lines > 0 ? r.old_lines : 0);
}

static size_t file_count(const char *s, const char *what, const char **first)
{
    size_t n = 0, len = strlen(what);
    for (const char *p = strstr(s, what); p; p = strstr(p + len, what))
        if (n++ == 0)
            *first = p;
    return n;
}

/* How alike two lines are: equal words' share, 0 to 1; white space does not count. */
static double file_likeness(const char *a, size_t an, const char *b, size_t bn)
{
    size_t same = 0, i = 0, k = 0;
    while (an && (*a == ' ' || *a == '\t'))
        a++, an--;
    while (bn && (*b == ' ' || *b == '\t'))
        b++, bn--;
    while (i < an && i < bn && a[i] == b[i])
        i++;
    while (k < an - i && k < bn - i && a[an - 1 - k] == b[bn - 1 - k])
        k++;
    same = i + k;
    return an + bn ? 2.0 * (double)same / (double)(an + bn) : 0;
}

/* Say where `old` nearly stands, so that the next try is right. */
static cJSON *file_not_found(const char *path, const char *text, const char *old)
{
    size_t first = strcspn(old, "\n");
    while (first == 0 && *old) {
        old++;
        first = strcspn(old, "\n");
    }
    double best = 0;
    int64_t line = 0, best_line = 0;
    const char *best_at = NULL;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, "\n");
        double d = file_likeness(p, n, old, first);
        line++;
        if (d > best) {
            best = d;
            best_line = line;
            best_at = p;
        }
        p += n + (p[n] == '\n');
    }
    cJSON *j = json_error("\"old\" does not occur in %s; nothing was changed", path);
    if (best < 0.5 || !best_at)
        return j;
    size_t n = strcspn(best_at, "\n");
    json_add_int(j, "nearest_line", best_line);
    json_add_strn(j, "nearest_text", best_at, utf8_cut(best_at, n, 400));
    json_add_str(j, "hint",
                 "Check white space and quotes against nearest_text, or read the file again.");
    return j;
}

static int64_t file_lines_of(const char *s)
{
    int64_t n = 0;
    for (const char *p = s; *p; p++)
        n += *p == '\n';
    return n + (*s && s[strlen(s) - 1] != '\n');
}

static cJSON *file_edit(struct call *c, const cJSON *args)
{
    const char *path = json_str(args, "path", ""), *old = json_str(args, "old", "");
    const char *new = json_str(args, "new", ""), *at = NULL;
    bool all = json_bool(args, "all", false);
    AUTO(buf) text = {0}, out = {0};
    struct file_result r;
    struct error e = {0};
    if (!*old)
        return json_error("\"old\" is empty; use write_file to make a file or append to it");
    if (!c->host->file_read(c->agent, path, READ_MAX, &text, &r, &e))
        return json_error("%s", e.text);
    if (r.truncated)
        return json_error("%s is too large to be edited (%lld bytes)", path, (long long)r.bytes);
    size_t n = file_count(buf_cstr(&text), old, &at);
    if (n == 0)
        return file_not_found(path, buf_cstr(&text), old);
    if (n > 1 && !all)
        return json_error(
            "\"old\" occurs %zu times in %s; give more of the lines around it, or all=true", n,
            path);
    const char *p = text.ptr;
    for (; at; at = all ? strstr(p, old) : NULL) {
        buf_add(&out, p, (size_t)(at - p));
        buf_adds(&out, new);
        p = at + strlen(old);
    }
    buf_add(&out, p, (size_t)(text.ptr + text.len - p));
    if (!c->host->file_write(c->agent, path, buf_cstr(&out), out.len, WRITE_REPLACE, &r, &e))
        return json_error("%s", e.text);
    int64_t times = all ? (int64_t)n : 1;
    cJSON *j = file_wrote(path, &r, file_lines_of(new) * times, file_lines_of(old) * times);
    json_add_int(j, "replaced", times);
    return j;
}

static cJSON *file_list(struct call *c, const cJSON *args)
{
    const char *path = json_str(args, "path", ".");
    struct file_entry *entries = NULL;
    size_t n = 0;
    struct error e = {0};
    if (!c->host->file_list(c->agent, *path ? path : ".", &entries, &n, &e))
        return json_error("%s", e.text);
    cJSON *j = json_success();
    json_add_str(j, "path", path);
    cJSON *list = cJSON_AddArrayToObject(j, "entries");
    for (size_t i = 0; i < n && i < LIST_MAX; i++) {
        AUTO_FREE char *name =
            mem_printf("%s%s", entries[i].name, entries[i].type == 'd' ? "/" : "");
        AUTO_FREE char *line = entries[i].type == 'f'
                                   ? mem_printf("%s (%lld bytes)", name, (long long)entries[i].size)
                                   : mem_strdup(name);
        AUTO(buf) clean = {0};
        utf8_repair(&clean, line, strlen(line));
        cJSON_AddItemToArray(list, cJSON_CreateString(buf_cstr(&clean)));
    }
    json_add_int(j, "count", (int64_t)n);
    free(entries);
    return j;
}

struct grep {
    regex_t re;
    const char *glob;
    cJSON *list, *hits; /* matches; names of the files they are in */
    int64_t max, found, files;
};

static bool grep_wants(const struct grep *g, const char *rel)
{
    const char *base = strrchr(rel, '/');
    size_t n = g->glob ? strlen(g->glob) : 0, len = strlen(base ? base + 1 : rel);
    if (n == 0)
        return true;
    base = base ? base + 1 : rel;
    if (g->glob[0] == '*')
        return len >= n - 1 && strcmp(base + len - (n - 1), g->glob + 1) == 0;
    return strcmp(base, g->glob) == 0;
}

static bool grep_file(void *arg, const char *rel, const char *data, size_t n)
{
    struct grep *g = arg;
    int64_t line = 1, before = g->found;
    if (!grep_wants(g, rel))
        return true;
    g->files++;
    for (size_t i = 0; i < n && g->found < g->max; line++) {
        size_t len = 0;
        while (i + len < n && data[i + len] != '\n')
            len++;
        AUTO_FREE char *text = mem_strndup(data + i, MIN(len, 2000));
        if (regexec(&g->re, text, 0, NULL, 0) == 0) {
            AUTO_FREE char *hit = mem_printf("%s:%lld: %.*s", rel, (long long)line,
                                             (int)utf8_cut(text, strlen(text), 300), text);
            AUTO(buf) clean = {0};
            utf8_repair(&clean, hit, strlen(hit));
            cJSON_AddItemToArray(g->list, cJSON_CreateString(buf_cstr(&clean)));
            if (before == g->found)
                cJSON_AddItemToArray(g->hits, cJSON_CreateString(rel));
            g->found++;
        }
        i += len + 1;
    }
    return g->found < g->max;
}

static cJSON *file_grep(struct call *c, const cJSON *args)
{
    struct grep g = {.glob = json_str(args, "files", NULL),
                     .max = json_int(args, "max_matches", 50)};
    const char *pattern = json_str(args, "pattern", "");
    int flags = REG_EXTENDED | REG_NOSUB | (json_bool(args, "ignore_case", false) ? REG_ICASE : 0);
    int rc = regcomp(&g.re, pattern, flags);
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
    bool ok = c->host->file_walk(c->agent, json_str(args, "path", "."), grep_file, &g, &e);
    regfree(&g.re);
    if (!ok) {
        cJSON_Delete(j);
        return json_error("%s", e.text);
    }
    json_add_int(j, "match_count", g.found);
    json_add_int(j, "files_searched", g.files);
    if (g.found >= g.max)
        json_add_str(j, "note", "stopped at max_matches; narrow the pattern or the path");
    return j;
}

/* ---- what people see of a call ---- */

static char *file_read_summary(const cJSON *args, const cJSON *result)
{
    return mem_printf("%lld lines", (long long)json_int(result, "total_lines", 0));
}

static char *file_list_summary(const cJSON *args, const cJSON *result)
{
    return mem_printf("%d entries", cJSON_GetArraySize(json_get(result, "entries")));
}

static char *file_grep_summary(const cJSON *args, const cJSON *result)
{
    return mem_printf("%lld matches", (long long)json_int(result, "match_count", 0));
}

static char *file_change_summary(const cJSON *args, const cJSON *result)
{
    return mem_printf("+%lld −%lld", (long long)json_int(result, "lines_added", 0),
                      (long long)json_int(result, "lines_removed", 0));
}

static void file_diff_lines(struct buf *out, char sign, const char *text)
{
    for (int lines = 0; *text && lines < 200; lines++) {
        size_t n = strcspn(text, "\n");
        buf_addf(out, "%c%.*s\n", sign, (int)MIN(n, 400), text);
        text += n + (text[n] == '\n');
    }
}

static char *file_diff(const cJSON *args, const cJSON *result)
{
    AUTO(buf) out = {0};
    file_diff_lines(&out, '-', json_str(args, "old", ""));
    file_diff_lines(&out, '+', json_str(args, "new", json_str(args, "content", "")));
    return out.len ? buf_take(&out) : NULL;
}

static const struct tool file_tools[] = {
    {"read_file", "Read a text file, whole or a range of lines (1-based, inclusive).",
     "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},"
     "\"start_line\":{\"type\":\"integer\"},\"end_line\":{\"type\":\"integer\"},"
     "\"max_size\":{\"type\":\"integer\"},\"encoding\":{\"type\":\"string\"}},\"required\":["
     "\"path\"]}",
     TOOL_READS | TOOL_PARALLEL, file_read, .summary = file_read_summary},
    {"write_file", "Write a whole file; directories are made.",
     "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"content\":{\"type\":"
     "\"string\"},"
     "\"append\":{\"type\":\"boolean\"},\"overwrite\":{\"type\":\"boolean\"},"
     "\"line_end\":{\"type\":\"string\"},\"encoding\":{\"type\":\"string\"}},"
     "\"required\":[\"path\",\"content\"]}",
     TOOL_WRITES, file_write, .summary = file_change_summary, .diff = file_diff},
    {"edit_file", "Replace a piece of a file. old must occur exactly once, or set all.",
     "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"},\"old\":{\"type\":"
     "\"string\"},"
     "\"new\":{\"type\":\"string\"},\"all\":{\"type\":\"boolean\"}},\"required\":[\"path\",\"old\","
     "\"new\"]}",
     TOOL_WRITES, file_edit, .summary = file_change_summary, .diff = file_diff},
    {"list_dir", "List a directory.",
     "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}",
     TOOL_READS | TOOL_PARALLEL, file_list, .summary = file_list_summary},
    {"grep_files", "Search files for an extended regular expression; files: a name or *.ext.",
     "{\"type\":\"object\",\"properties\":{\"pattern\":{\"type\":\"string\"},\"path\":{\"type\":"
     "\"string\"},"
     "\"files\":{\"type\":\"string\"},\"ignore_case\":{\"type\":\"boolean\"},"
     "\"max_matches\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":500}},\"required\":["
     "\"pattern\"]}",
     TOOL_READS | TOOL_PARALLEL, file_grep, .summary = file_grep_summary},
    {0},
};

const struct behavior behavior_file_tools = {
    .type = "FileToolsBehavior",
    .name = "file_tools",
    .help = "Read, write, edit, list and search files of the workspace",
    .params = file_params,
    .params_size = sizeof(struct params),
    .tools = file_tools,
    .instructions = file_instructions,
};
