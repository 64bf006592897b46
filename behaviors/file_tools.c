/*
 * FileToolsBehavior - reading, writing, editing, listing and searching files of the workspace.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/anchors.h"
#include "behaviors/lib/filesearch.h"
#include "behaviors/lib/patch.h"
#include "behaviors/lib/textedit.h"

#define READ_LINES 2000
#define READ_LEAST 2000 /* bytes, however small the window */
#define EDIT_MAX (16 << 20)
#define LIST_MAX 1000
#define EDITS_MAX 500

struct params {
    int64_t max_size;
    bool write;
};

// clang-format off
static const struct opt file_params[] = {
    {"max_size", OPT_INT, offsetof(struct params, max_size), .def = "50000", .min = 1000, .max = EDIT_MAX,
     .unit = "bytes", .help = "Most of a file that one read_file shows, and never more than a tenth of the window"},
    {"write", OPT_BOOL, offsetof(struct params, write), .def = "true",
     .help = "Offer write_file and edit_file; false leaves reading and searching"},
    {0},
};
// clang-format on

static void file_instructions(struct call *c, struct buf *out)
{
    const struct params *p = c->params;
    buf_adds(out, c->host->text(c->agent, p->write ? "file_tools.write" : "file_tools.read"));
}

/* ---- reading ---- */

/* Bytes that one read shows: a tenth of the window, at four bytes a token. */
static int64_t read_room(struct call *c)
{
    const struct params *p = c->params;
    struct goal_stats s = {0};
    c->host->goal_stats(c->agent, &s);
    int64_t share = s.context_window > 0 ? MAX(s.context_window * 4 / 10, READ_LEAST) : INT64_MAX;
    return MIN(p->max_size, share);
}

/* Cut to whole lines, except where the first one alone is too long. Returns lines kept. */
static int64_t keep_whole_lines(struct buf *text, bool cut, bool *in_line)
{
    const char *last = cut && text->len ? memrchr(text->ptr, '\n', text->len) : NULL;
    *in_line = cut && !last;
    if (last)
        buf_cut(text, (size_t)(last - text->ptr) + 1);
    else if (cut)
        buf_cut(text, utf8_cut(buf_cstr(text), text->len, text->len));
    return textedit_lines(buf_cstr(text));
}

static cJSON *file_read(struct call *c, const cJSON *args)
{
    const char *path = json_str(args, "path", "");
    int64_t start = MAX(json_int(args, "start_line", 1), 1), end = json_int(args, "end_line", 0);
    int64_t limit = json_int(args, "limit", READ_LINES), room = read_room(c);
    int64_t cap = MIN(json_int(args, "max_size", room), room);
    AUTO(buf) text = {0};
    struct file_result r = {0};
    struct error e = {0};
    if (end > 0 && end < start)
        return json_error("end_line %lld is before start_line %lld", (long long)end,
                          (long long)start);
    limit = limit > 0 ? MIN(limit, READ_LINES) : READ_LINES;
    int64_t last = end > 0 ? MIN(end, start + limit - 1) : start + limit - 1;
    if (!c->host->file_lines(c->agent, path, start, last, (size_t)MAX(cap, 1), &text, &r, &e))
        return json_error("%s", e.text);
    if (start > r.lines && (r.lines > 0 || start > 1))
        return json_error("%s has %s%lld lines; start_line %lld is past its end", path,
                          r.lines_more ? "more than " : "", (long long)r.lines, (long long)start);
    bool in_line = false;
    int64_t shown = keep_whole_lines(&text, r.truncated, &in_line);
    int64_t next = start + shown;
    bool more = r.truncated || ((end == 0 || last < end) && (r.lines_more || next <= r.lines));
    cJSON *j = json_success();
    json_add_str(j, "path", path);
    json_add_strn(j, "content", buf_cstr(&text), text.len);
    json_add_int(j, "start_line", start);
    json_add_int(j, "end_line", start + shown - (shown > 0));
    json_add_int(j, "total_lines", r.lines);
    if (r.lines_more)
        json_add_bool(j, "more_lines", true);
    json_add_int(j, "bytes", r.bytes);
    json_add_bool(j, "truncated", more);
    if (in_line)
        json_add_int(j, "cut_in_line", (int64_t)text.len);
    if (more && (r.lines_more || next <= r.lines))
        json_add_int(j, "next_line", next);
    return j;
}

static char *file_read_text(const cJSON *args, const cJSON *result)
{
    const char *text = json_str(result, "content", NULL);
    int64_t line = json_int(result, "start_line", 1), end = json_int(result, "end_line", 0);
    int64_t total = json_int(result, "total_lines", 0), next = json_int(result, "next_line", 0);
    const char *more = json_bool(result, "more_lines", false) ? "more than " : "";
    bool numbers = json_bool(args, "numbers", false), anchors = json_bool(args, "anchors", false);
    AUTO(buf) out = {0};
    if (!text)
        return NULL;
    if (!*text)
        return mem_printf("%s is empty", json_str(result, "path", ""));
    buf_addf(&out, "%s lines %lld–%lld of %s%lld\n", json_str(result, "path", ""), (long long)line,
             (long long)end, more, (long long)total);
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3; /* kept in the file, of no use in an edit */
    for (; *text; line++) {
        size_t n = strcspn(text, "\n");
        if (anchors)
            anchor_add(&out, line, text, n);
        else if (numbers)
            buf_addf(&out, "%lld", (long long)line);
        if (anchors || numbers)
            buf_addc(&out, '\t');
        buf_add(&out, text, n);
        buf_addc(&out, '\n');
        text += n + (text[n] == '\n');
    }
    int64_t cut = json_int(result, "cut_in_line", 0);
    if (cut)
        buf_addf(&out,
                 "[line %lld is longer: its first %lld bytes; the rest by run_bash, cut -b]\n",
                 (long long)end, (long long)cut);
    if (next)
        buf_addf(&out, "[lines %lld–%lld of %s%lld; next: start_line=%lld]\n",
                 (long long)json_int(result, "start_line", 1), (long long)end, more,
                 (long long)total, (long long)next);
    return buf_take(&out);
}

/* ---- writing ---- */

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
    for (; *s; s++) {
        if (crlf && *s == '\n' && (out->len == 0 || out->ptr[out->len - 1] != '\r'))
            buf_addc(out, '\r');
        buf_addc(out, *s);
    }
}

static cJSON *file_write(struct call *c, const cJSON *args)
{
    const char *path = json_str(args, "path", ""), *encoding = json_str(args, "encoding", "utf-8");
    const char *line_end = json_str(args, "line_end", NULL);
    enum write_how how = json_bool(args, "append", false)      ? WRITE_APPEND
                         : !json_bool(args, "overwrite", true) ? WRITE_NEW_ONLY
                         : line_end                            ? WRITE_REPLACE
                                                               : WRITE_LIKE_BEFORE;
    if (strcasecmp(encoding, "utf-8") != 0 && strcasecmp(encoding, "utf8") != 0)
        return json_error("encoding %s is not written here; only utf-8 is", encoding);
    AUTO(buf) text = {0};
    struct file_result r;
    struct error e = {0};
    file_line_ends(&text, json_str(args, "content", ""), line_end);
    if (!c->host->file_write(c->agent, path, buf_cstr(&text), text.len, how, &r, &e))
        return json_error("%s", e.text);
    return file_wrote(path, &r, r.lines, how != WRITE_APPEND && r.old_lines > 0 ? r.old_lines : 0);
}

static char *file_write_text(const cJSON *args, const cJSON *result)
{
    int64_t removed = json_int(result, "lines_removed", 0);
    AUTO_FREE char *less = removed ? mem_printf(" −%lld", (long long)removed) : mem_strdup("");
    if (json_get(result, "error"))
        return NULL;
    return mem_printf("%s %s +%lld%s",
                      json_bool(result, "created", false) ? "created"
                      : json_bool(args, "append", false)  ? "appended to"
                      : json_get(result, "replaced")      ? "edited"
                                                          : "wrote",
                      json_str(result, "path", ""), (long long)json_int(result, "lines_added", 0),
                      less);
}

/* ---- editing ---- */

/* The edits of a call, several or the one of the single form. Borrowed texts. */
static size_t file_edits(const cJSON *args, struct text_edit *edits)
{
    const cJSON *one, *list = json_get(args, "edits");
    size_t n = 0;
    if (!cJSON_IsArray(list) || !list->child) {
        edits[0] =
            (struct text_edit){json_str(args, "old_string", ""), json_str(args, "new_string", ""),
                               json_bool(args, "replace_all", false)};
        return json_get(args, "old_string") ? 1 : 0;
    }
    cJSON_ArrayForEach(one, list) if (n < EDITS_MAX) edits[n++] =
        (struct text_edit){json_str(one, "old_string", ""), json_str(one, "new_string", ""),
                           json_bool(one, "replace_all", false)};
    return n;
}

static cJSON *file_edit_failed(const char *path, const struct text_edit_result *r, size_t count,
                               const struct error *e)
{
    AUTO_FREE char *which =
        count > 1 ? mem_printf("edit %zu of %zu: ", r->failed + 1, count) : mem_strdup("");
    cJSON *j = json_error("%s%s (%s; nothing was changed)", which, e->text, path);
    if (r->near_line) {
        json_add_int(j, "nearest_line", r->near_line);
        json_add_str(j, "nearest_text", r->near);
    }
    if (r->missing)
        json_add_str(j, "hint",
                     r->near_line ? "check white space and quotes, or read the file again"
                                  : "nothing in the file is like it: read it again");
    return j;
}

static bool file_read_whole(struct call *c, const char *path, struct buf *text, struct error *e)
{
    struct file_result r;
    if (!c->host->file_read(c->agent, path, EDIT_MAX, text, &r, e))
        return false;
    return !r.truncated || error_set(e, ERR_LIMIT, "%s is too large to be edited (%lld bytes)",
                                     path, (long long)r.bytes);
}

static cJSON *file_edit(struct call *c, const cJSON *args)
{
    const char *path = json_str(args, "path", "");
    AUTO_FREE struct text_edit *edits = mem_alloc(EDITS_MAX * sizeof *edits);
    size_t count = file_edits(args, edits);
    AUTO(buf) text = {0}, out = {0};
    struct text_edit_result t;
    struct file_result r;
    struct error e = {0};
    if (count == 0)
        return json_error("edit_file needs edits: [{old_string, new_string}]");
    if (cJSON_GetArraySize(json_get(args, "edits")) > EDITS_MAX)
        return json_error("more than %d edits in one call; make several", EDITS_MAX);
    if (!file_read_whole(c, path, &text, &e))
        return json_error("%s", e.text);
    if (!textedit_apply(buf_cstr(&text), text.len, edits, count, &out, &t, &e))
        return file_edit_failed(path, &t, count, &e);
    if (!c->host->file_write(c->agent, path, buf_cstr(&out), out.len, WRITE_REPLACE, &r, &e))
        return json_error("%s", e.text);
    cJSON *j = file_wrote(path, &r, t.added, t.removed);
    json_add_int(j, "replaced", t.replaced);
    if (out.len == text.len && memcmp(buf_cstr(&out), buf_cstr(&text), out.len) == 0)
        json_add_str(j, "note", "old_string and new_string are the same: nothing changed");
    return j;
}

static cJSON *file_edit_lines(struct call *c, const cJSON *args)
{
    const char *path = json_str(args, "path", "");
    const cJSON *one, *list = json_get(args, "edits");
    AUTO_FREE struct anchor_edit *edits = mem_alloc(EDITS_MAX * sizeof *edits);
    size_t count = 0;
    AUTO(buf) text = {0}, out = {0};
    struct anchor_result t;
    struct file_result r;
    struct error e = {0};
    if (!list->child || cJSON_GetArraySize(list) > EDITS_MAX)
        return json_error("edit_lines needs edits: [{from, to, text}], at most %d", EDITS_MAX);
    cJSON_ArrayForEach(one, list) edits[count++] = (struct anchor_edit){
        json_str(one, "from", ""), json_str(one, "to", NULL), json_str(one, "text", "")};
    if (!file_read_whole(c, path, &text, &e) ||
        !anchors_apply(buf_cstr(&text), text.len, edits, count, &out, &t, &e) ||
        !c->host->file_write(c->agent, path, buf_cstr(&out), out.len, WRITE_REPLACE, &r, &e))
        return json_error("%s", e.text);
    cJSON *j = file_wrote(path, &r, t.added, t.removed);
    json_add_int(j, "replaced", (int64_t)count);
    return j;
}

/* One file of a patch, made but not yet written. */
struct patched {
    const struct patch_file *file;
    struct buf text;
};

static bool patch_make(struct call *c, struct patched *d, struct error *e)
{
    const struct patch_file *f = d->file;
    AUTO(buf) old = {0};
    if (f->kind == PATCH_ADD) {
        buf_add(&d->text, buf_cstr(&f->text), f->text.len);
        return true;
    }
    if (!file_read_whole(c, f->path, &old, e))
        return false;
    return f->kind == PATCH_DELETE || patch_apply(f, buf_cstr(&old), old.len, &d->text, e);
}

static bool patch_write(struct call *c, const struct patched *d, struct error *e)
{
    const struct patch_file *f = d->file;
    struct file_result r;
    if (f->kind == PATCH_DELETE)
        return c->host->file_remove(c->agent, f->path, e);
    if (!c->host->file_write(c->agent, f->move ? f->move : f->path, buf_cstr(&d->text), d->text.len,
                             f->kind == PATCH_ADD || f->move ? WRITE_NEW_ONLY : WRITE_REPLACE, &r,
                             e))
        return false;
    return !f->move || c->host->file_remove(c->agent, f->path, e);
}

static const char *patch_word(const struct patch_file *f)
{
    return f->kind == PATCH_ADD ? "created" : f->kind == PATCH_DELETE ? "removed" : "edited";
}

static cJSON *patch_written(struct call *c, const struct patched *done, size_t n)
{
    cJSON *files = cJSON_CreateArray();
    int64_t added = 0, removed = 0;
    struct error e = {0};
    for (size_t i = 0; i < n; i++) {
        const struct patch_file *f = done[i].file;
        if (!patch_write(c, &done[i], &e)) {
            AUTO_FREE char *before = json_print(files);
            cJSON_Delete(files);
            return json_error("%s: %s; written before it: %s", f->path, e.text, before);
        }
        AUTO_FREE char *line =
            mem_printf("%s %s%s%s +%lld −%lld", patch_word(f), f->path, f->move ? " → " : "",
                       f->move ? f->move : "", (long long)f->added, (long long)f->removed);
        cJSON_AddItemToArray(files, cJSON_CreateString(line));
        added += f->added;
        removed += f->removed;
    }
    cJSON *j = json_success();
    json_add(j, "files", files);
    json_add_int(j, "lines_added", added);
    json_add_int(j, "lines_removed", removed);
    return j;
}

/* All files are made before one is written. */
static cJSON *file_patch(struct call *c, const cJSON *args)
{
    AUTO(patch) patch = {0};
    struct error e = {0};
    if (!patch_parse(json_str(args, "input", ""), &patch, &e))
        return json_error("%s", e.text);
    size_t n = patch.files.len, made = 0;
    struct patched *all = mem_alloc(n * sizeof *all);
    cJSON *j = NULL;
    for (; made < n && !j; made++) {
        all[made].file = &patch.files.ptr[made];
        for (size_t k = 0; k < made && !j; k++)
            if (strcmp(all[k].file->path, all[made].file->path) == 0)
                j = json_error("%s stands twice in the patch; put its hunks under one head",
                               all[k].file->path);
        if (!j && !patch_make(c, &all[made], &e))
            j = json_error("%s (nothing was changed)", e.text);
    }
    if (!j)
        j = patch_written(c, all, n);
    for (size_t i = 0; i < made; i++)
        buf_fini(&all[i].text);
    free(all);
    return j;
}

static char *file_patch_text(const cJSON *args, const cJSON *result)
{
    const cJSON *one;
    AUTO(buf) out = {0};
    if (json_get(result, "error"))
        return NULL;
    cJSON_ArrayForEach(one, json_get(result, "files")) buf_addf(&out, "%s\n", one->valuestring);
    return buf_take(&out);
}

static char *file_patch_about(const cJSON *args)
{
    AUTO(patch) patch = {0};
    AUTO(buf) out = {0};
    struct error e = {0};
    if (!patch_parse(json_str(args, "input", ""), &patch, &e))
        return mem_strdup("a patch that cannot be read");
    for (size_t i = 0; i < patch.files.len; i++)
        buf_addf(&out, "%s%s", i ? ", " : "", patch.files.ptr[i].path);
    return buf_take(&out);
}

/* ---- listing ---- */

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

static char *file_list_text(const cJSON *args, const cJSON *result)
{
    const cJSON *list = json_get(result, "entries"), *one;
    int64_t n = json_int(result, "count", 0);
    AUTO(buf) out = {0};
    if (!list)
        return NULL;
    if (n == 0)
        return mem_printf("%s is empty", json_str(result, "path", "."));
    cJSON_ArrayForEach(one, list) buf_addf(&out, "%s\n", one->valuestring);
    if (n > LIST_MAX)
        buf_addf(&out, "[%d of %lld entries; glob finds the others]\n", LIST_MAX, (long long)n);
    return buf_take(&out);
}

static bool file_walk(void *arg, const char *path,
                      bool (*visit)(void *v, const char *rel, const char *data, size_t n), void *v,
                      struct walk_result *r, struct error *e)
{
    struct call *c = arg;
    return r ? c->host->file_walk(c->agent, path, visit, v, r, e)
             : c->host->file_names(c->agent, path, visit, v, e);
}

static cJSON *file_glob(struct call *c, const cJSON *args)
{
    return filesearch_glob(&(struct file_walk){file_walk, c}, args);
}

static cJSON *file_grep(struct call *c, const cJSON *args)
{
    return filesearch_grep(&(struct file_walk){file_walk, c}, args);
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

static char *file_change_summary(const cJSON *args, const cJSON *result)
{
    return mem_printf("+%lld −%lld", (long long)json_int(result, "lines_added", 0),
                      (long long)json_int(result, "lines_removed", 0));
}

#define STRING(name, about) "\"" name "\":{\"type\":\"string\",\"description\":\"" about "\"}"
#define NUMBER(name, about) "\"" name "\":{\"type\":\"integer\",\"description\":\"" about "\"}"
#define TRUTH(name, about) "\"" name "\":{\"type\":\"boolean\",\"description\":\"" about "\"}"
#define QUIET(name, type) "\"" name "\":{\"type\":\"" type "\"}"
#define OBJECT(required, properties) \
    "{\"type\":\"object\",\"properties\":{" properties "},\"required\":[" required "]}"

#define READ_SHOWN                                                                                \
    QUIET("path", "string")                                                                       \
    "," NUMBER("start_line", "first line, from 1") "," NUMBER("end_line", "last line") "," TRUTH( \
        "numbers", "with line numbers")
#define WRITE_SHOWN QUIET("path", "string") "," QUIET("content", "string")
#define EDIT_PARTS                                       \
    STRING("old_string", "exact text, once in the file") \
    "," QUIET("new_string", "string") "," TRUTH("replace_all", "every occurrence")
#define EDIT_SHOWN                                                                      \
    QUIET("path", "string")                                                             \
    ",\"edits\":{\"type\":\"array\",\"items\":" OBJECT("\"old_string\",\"new_string\"", \
                                                       EDIT_PARTS) "}"
#define LINES_SHOWN                                               \
    QUIET("path", "string")                                       \
    ",\"edits\":{\"type\":\"array\",\"items\":" OBJECT(           \
        "\"from\",\"text\"",                                      \
        STRING("from", "anchor of the first line") "," STRING(    \
            "to", "of the last, default from") "," STRING("text", \
                                                          "the new lines, empty: none")) "}"
#define GREP_SHOWN                                                                           \
    STRING("pattern", "extended regular expression")                                         \
    "," STRING("path",                                                                       \
               "where, default .") ",\"files\":{\"type\":\"array\",\"items\":{\"type\":"     \
                                   "\"string\"},\"description\":\"globs: "                   \
                                   "*.{c,h}\"}," QUIET("ignore_case", "boolean") "," NUMBER( \
                                       "context", "lines around a match")

static const struct tool file_tools[] = {
    {"read_file", "Read a text file, whole or a range of lines.", OBJECT("\"path\"", READ_SHOWN),
     TOOL_READS | TOOL_PARALLEL, file_read, .verb = "Read", .summary = file_read_summary,
     .text = file_read_text,
     .accepts = OBJECT("\"path\"", READ_SHOWN
                       "," QUIET("limit", "integer") "," QUIET("anchors", "boolean") "," QUIET(
                           "max_size", "integer") "," QUIET("encoding", "string"))},
    {"write_file", "Write a whole file; directories are made.",
     OBJECT("\"path\",\"content\"", WRITE_SHOWN), TOOL_WRITES | TOOL_SHOWS, file_write,
     .verb = "Wrote", .when = "write=true", .summary = file_change_summary, .text = file_write_text,
     .accepts = OBJECT("\"path\",\"content\"", WRITE_SHOWN
                       "," QUIET("append", "boolean") "," QUIET("overwrite", "boolean") "," QUIET(
                           "line_end", "string") "," QUIET("encoding", "string"))},
    {"edit_file", "Replace pieces of a file: all of the edits or none.",
     OBJECT("\"path\",\"edits\"", EDIT_SHOWN), TOOL_WRITES | TOOL_SHOWS | TOOL_EDITS, file_edit,
     .verb = "Edited", .when = "write=true", .summary = file_change_summary,
     .text = file_write_text, .accepts = OBJECT("\"path\"", EDIT_SHOWN "," EDIT_PARTS)},
    {"edit_lines",
     "Replace lines by their anchors (12:a3f), which read_file shows with anchors=true: all of the "
     "edits or none.",
     OBJECT("\"path\",\"edits\"", LINES_SHOWN), TOOL_WRITES | TOOL_SHOWS | TOOL_EDITS,
     file_edit_lines, .verb = "Edited", .when = "write=true", .summary = file_change_summary,
     .text = file_write_text},
    {"apply_patch", "Change files by a patch: *** Begin Patch … *** End Patch.",
     OBJECT("\"input\"", QUIET("input", "string")), TOOL_WRITES | TOOL_SHOWS | TOOL_EDITS,
     file_patch, .verb = "Patched", .about = file_patch_about, .when = "write=true",
     .summary = file_change_summary, .text = file_patch_text},
    {"list_dir", "List a directory.", OBJECT("", STRING("path", "default .")),
     TOOL_READS | TOOL_PARALLEL, file_list, .verb = "Listed", .summary = file_list_summary,
     .text = file_list_text},
    {"glob", "Find files by name.",
     OBJECT("\"pattern\"",
            STRING("pattern", "src/**/*.{c,h}") "," STRING("path", "where, default .")),
     TOOL_READS | TOOL_PARALLEL, file_glob, .verb = "Looked for",
     .summary = filesearch_glob_summary, .text = filesearch_glob_text},
    {"grep_files", "Search files.", OBJECT("\"pattern\"", GREP_SHOWN), TOOL_READS | TOOL_PARALLEL,
     file_grep, .verb = "Searched for", .summary = filesearch_grep_summary,
     .text = filesearch_grep_text,
     .accepts = OBJECT("\"pattern\"", GREP_SHOWN
                       ",\"max_matches\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":500}")},
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
