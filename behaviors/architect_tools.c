/*
 * ArchitectToolsBehavior - design documents as files: architecture/<slug>.md, module
 * specifications beneath architecture/modules/, and the task list task-breakdown.json.
 *
 * A task list is written whole or not at all: every problem of it is told at once.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/taskdraft.h"

#define DIR "architecture"
#define MODULES DIR "/modules"
#define TASKS DIR "/task-breakdown.json"
#define SLUG_MAX 50
#define TITLE_WORDS 8
#define SAME_SLUG_MAX 99
#define READ_MAX 200000
#define TASKS_BYTES (4 << 20)

/* ---- titles and names of files ---- */

/* Letters of other alphabets are kept; symbols and punctuation are not. */
static bool architect_is_letter(uint32_t cp)
{
    return (cp >= 0xc0 && cp < 0x2000) || (cp >= 0x2c00 && cp < 0x3000) ||
           (cp >= 0x3040 && cp < 0xd800) || (cp >= 0x20000 && cp < 0x30000);
}

static char *architect_slug(const char *title)
{
    AUTO(buf) out = {0};
    size_t n = strlen(title), step;
    for (size_t i = 0; i < n; i += step) {
        uint32_t cp;
        step = utf8_decode(title + i, n - i, &cp);
        unsigned char ch = (unsigned char)title[i];
        if (cp < 0x80 && (isspace(ch) || ch == '-')) {
            if (out.len && out.ptr[out.len - 1] != '-')
                buf_addc(&out, '-');
        } else if (cp < 0x80 && (isalnum(ch) || ch == '_')) {
            buf_addc(&out, (char)tolower(ch));
        } else if (cp != UTF8_BAD && architect_is_letter(cp)) {
            buf_add(&out, title + i, step);
        }
    }
    buf_cut(&out, utf8_cut(buf_cstr(&out), out.len, SLUG_MAX));
    while (out.len && out.ptr[out.len - 1] == '-')
        buf_cut(&out, out.len - 1);
    return out.len ? buf_take(&out) : mem_strdup("document");
}

/* The first heading of Markdown, else its first words. */
static char *architect_title_of(const char *content)
{
    for (const char *p = content; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t marks = strspn(p, "#"), len = strcspn(p, "\n");
        if (marks >= 1 && marks <= 6 && p[marks] == ' ' && len > marks + 1)
            return text_line(p + marks, len - marks);
    }
    const char *from = content + strspn(content, " \t\r\n"), *to = from;
    for (int words = 0; words < TITLE_WORDS && *to; words++) {
        to += strspn(to, " \t\r\n");
        to += strcspn(to, " \t\r\n");
    }
    return text_line(from, (size_t)(to - from));
}

/* Does the text begin with the heading "# title"? *rest: what follows it. */
static bool architect_has_title(const char *text, const char *title, const char **rest)
{
    text += strspn(text, " \t\r\n");
    size_t len = strcspn(text, "\n");
    if (strncmp(text, "# ", 2) != 0)
        return false;
    AUTO_FREE char *line = text_line(text + 2, len - 2);
    *rest = text + len + (text[len] == '\n');
    return strcmp(line, title) == 0;
}

/* The file for a title: of that title, or new. Another title with the same slug has its own. */
static bool architect_path(struct call *c, const char *dir, const char *title, struct buf *path,
                           struct error *e)
{
    AUTO_FREE char *slug = architect_slug(title);
    for (int k = 1; k <= SAME_SLUG_MAX; k++) {
        AUTO(buf) head = {0};
        struct file_result r;
        struct error here = {0};
        const char *rest;
        buf_clear(path);
        buf_addf(path, "%s/%s", dir, slug);
        if (k > 1)
            buf_addf(path, "-%d", k);
        buf_adds(path, ".md");
        bool there = c->host->file_read(c->agent, buf_cstr(path), 4096, &head, &r, &here);
        if (there ? architect_has_title(buf_cstr(&head), title, &rest) : here.code == ERR_NOT_FOUND)
            return true;
    }
    return error_set(e, ERR_LIMIT, "%d documents are called %s already: choose another title",
                     SAME_SLUG_MAX, slug);
}

/* ---- documents ---- */

static cJSON *architect_write(struct call *c, const char *path, const struct buf *text)
{
    struct file_result r = {0};
    struct error e = {0};
    if (!c->host->file_write(c->agent, path, buf_cstr(text), text->len, WRITE_REPLACE, &r, &e))
        return json_error("%s", e.text);
    cJSON *j = json_success();
    json_add_str(j, "file_path", path);
    json_add_bool(j, "created", r.created);
    AUTO_FREE char *message = mem_printf("%s %s", r.created ? "wrote" : "replaced", path);
    json_add_str(j, "message", message);
    return j;
}

static void architect_head(struct buf *out, const char *title)
{
    char when[32];
    clock_iso(clock_wall_ms(), when);
    buf_addf(out, "# %s\n\nGenerated: %s\n\n---\n\n", title, when);
}

static void architect_body(struct buf *out, const char *title, const char *content)
{
    const char *rest;
    if (architect_has_title(content, title, &rest))
        content = rest;
    content += strspn(content, "\r\n");
    buf_adds(out, content);
    if (out->len && out->ptr[out->len - 1] != '\n')
        buf_addc(out, '\n');
}

static cJSON *architect_save(struct call *c, const char *dir, const char *title, struct buf *text)
{
    AUTO(buf) path = {0};
    struct error e = {0};
    if (!architect_path(c, dir, title, &path, &e))
        return json_error("%s", e.text);
    return architect_write(c, buf_cstr(&path), text);
}

static cJSON *architect_write_doc(struct call *c, const cJSON *args)
{
    const char *content = json_str(args, "content", ""), *given = json_str(args, "title", "");
    if (text_is_blank(content))
        return json_error("content is empty: give the document as Markdown");
    AUTO_FREE char *title =
        text_is_blank(given) ? architect_title_of(content) : text_line(given, strlen(given));
    AUTO(buf) text = {0};
    architect_head(&text, title);
    architect_body(&text, title, content);
    return architect_save(c, DIR, title, &text);
}

static void architect_none(struct buf *out)
{
    buf_adds(out, "*none*\n");
}

/* A list of texts, a text, or a map of texts. */
static void architect_list(struct buf *out, const cJSON *v)
{
    const cJSON *m;
    if (cJSON_IsString(v) && !text_is_blank(v->valuestring)) {
        buf_addf(out, "%s\n", v->valuestring);
        return;
    }
    if (!v || !v->child) {
        architect_none(out);
        return;
    }
    cJSON_ArrayForEach(m, v)
    {
        AUTO_FREE char *text = cJSON_IsString(m) ? mem_strdup(m->valuestring) : json_print(m);
        if (cJSON_IsObject(v))
            buf_addf(out, "- **%s**: %s\n", m->string, text);
        else
            buf_addf(out, "- %s\n", text);
    }
}

static void architect_section(struct buf *out, const char *heading, const cJSON *v)
{
    buf_addf(out, "\n%s\n\n", heading);
    architect_list(out, v);
}

static void architect_module(struct buf *out, const cJSON *args)
{
    const cJSON *faces = json_get(args, "interfaces");
    architect_section(out, "## Responsibility", json_get(args, "responsibility"));
    buf_adds(out, "\n## Interfaces\n");
    architect_section(out, "### Inputs", json_get(faces, "inputs"));
    architect_section(out, "### Outputs", json_get(faces, "outputs"));
    architect_section(out, "### APIs", json_get(faces, "apis"));
    architect_section(out, "## Dependencies", json_get(args, "dependencies"));
    architect_section(out, "## Technologies", json_get(args, "technologies"));
    architect_section(out, "## Implementation Notes", json_get(args, "implementation_notes"));
}

static cJSON *architect_write_module(struct call *c, const cJSON *args)
{
    static const char *const parts[] = {"responsibility", "interfaces", "dependencies",
                                        "technologies", "implementation_notes"};
    const char *given = json_str(args, "module_name", ""), *content = json_str(args, "content", "");
    bool structured = false;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        structured |= json_get(args, parts[i]) != NULL;
    if (text_is_blank(given))
        return json_error("module_name is empty");
    if (!structured && text_is_blank(content))
        return json_error("the specification is empty: give content as Markdown, or "
                          "responsibility, interfaces, dependencies, technologies");
    AUTO_FREE char *title = text_line(given, strlen(given));
    AUTO(buf) text = {0};
    architect_head(&text, title);
    if (structured) {
        buf_cut(&text, text.len - 1); /* each section brings its blank line */
        architect_module(&text, args);
        buf_adds(&text, text_is_blank(content) ? "" : "\n");
    }
    if (!text_is_blank(content))
        architect_body(&text, title, content);
    return architect_save(c, MODULES, title, &text);
}

/* ---- the task list ---- */

/* -1: what is there is no task list. */
static int64_t architect_keep_progress(struct call *c, struct taskdraft *d)
{
    AUTO(buf) old = {0};
    struct file_result r;
    struct error e = {0};
    if (!c->host->file_read(c->agent, TASKS, TASKS_BYTES, &old, &r, &e))
        return 0;
    return taskdraft_keep_progress(d, buf_cstr(&old), old.len);
}

static cJSON *architect_write_tasks(struct call *c, const cJSON *args)
{
    struct error e = {0};
    AUTO(taskdraft) d = {0};
    AUTO(buf) text = {0};
    if (!taskdraft_read(&d, args, &e))
        return json_error("%s", e.text);
    if (d.problem_count)
        return json_error("nothing was written, %zu problem%s: %s", d.problem_count,
                          d.problem_count > 1 ? "s" : "", buf_cstr(&d.problems));
    int64_t kept = architect_keep_progress(c, &d);
    AUTO_FREE char *printed = taskdraft_print(&d);
    buf_adds(&text, printed);
    cJSON *j = architect_write(c, TASKS, &text);
    if (!json_bool(j, "success", false))
        return j;
    json_add_int(j, "task_count", (int64_t)d.list.index.len);
    json_add_int(j, "progress_kept", MAX(kept, 0));
    if (kept < 0)
        json_add_str(j, "note", "the old file was no readable task list; it was replaced");
    return j;
}

/* ---- reading ---- */

static bool architect_is_markdown(const char *name)
{
    size_t n = strlen(name);
    return n > 3 && strcmp(name + n - 3, ".md") == 0;
}

/* The Markdown files of a directory, as paths; an absent directory has none. */
static cJSON *architect_docs(struct call *c, const char *dir, bool *tasks)
{
    struct file_entry *entries = NULL;
    size_t n = 0;
    struct error e = {0};
    cJSON *all = cJSON_CreateArray();
    if (!c->host->file_list(c->agent, dir, &entries, &n, &e))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", dir, entries[i].name);
        *tasks |= strcmp(path, TASKS) == 0;
        if (entries[i].type == 'f' && architect_is_markdown(path))
            cJSON_AddItemToArray(all, cJSON_CreateString(path));
    }
    free(entries);
    return all;
}

static cJSON *architect_list_docs(struct call *c, const cJSON *args)
{
    bool tasks = false;
    cJSON *j = json_success();
    json_add(j, "docs", architect_docs(c, DIR, &tasks));
    json_add(j, "modules", architect_docs(c, MODULES, &tasks));
    json_add(j, "task_breakdown", tasks ? cJSON_CreateString(TASKS) : cJSON_CreateNull());
    return j;
}

/* Only what lies beneath architecture/; a path without it is taken as beneath it. */
static bool architect_inside(struct call *c, const char *given, struct buf *path, struct error *e)
{
    size_t n = strlen(c->workspace ? c->workspace : "");
    if (*given == '/' && n && strncmp(given, c->workspace, n) == 0 && given[n] == '/')
        given += n + 1;
    while (strncmp(given, "./", 2) == 0)
        given += 2;
    bool up = strcmp(given, "..") == 0 || strncmp(given, "../", 3) == 0 || strstr(given, "/../");
    size_t len = strlen(given);
    up = up || (len > 3 && strcmp(given + len - 3, "/..") == 0);
    if (*given == '/' || up)
        return error_set(e, ERR_DENIED, "%s does not lie beneath " DIR "/", given);
    if (strncmp(given, DIR "/", strlen(DIR) + 1) != 0)
        buf_adds(path, DIR "/");
    buf_adds(path, given);
    return true;
}

static cJSON *architect_read_doc(struct call *c, const cJSON *args)
{
    const char *given = json_str(args, "file_path", "");
    AUTO(buf) path = {0}, text = {0};
    struct file_result r = {0};
    struct error e = {0};
    if (text_is_blank(given))
        return json_error("file_path is empty; list_architecture_docs shows what there is");
    if (!architect_inside(c, given, &path, &e))
        return json_error("%s", e.text);
    if (!c->host->file_read(c->agent, buf_cstr(&path), READ_MAX, &text, &r, &e))
        return json_error("%s%s", e.text,
                          e.code == ERR_NOT_FOUND ? "; list_architecture_docs shows what there is"
                                                  : "");
    cJSON *j = json_success();
    json_add_str(j, "file_path", buf_cstr(&path));
    json_add_strn(j, "content", buf_cstr(&text), utf8_cut(buf_cstr(&text), text.len, text.len));
    if (r.truncated)
        json_add_bool(j, "truncated", true);
    return j;
}

static void architect_instructions(struct call *c, struct buf *out)
{
    buf_adds(out, c->host->text(c->agent, "architect_tools.instructions"));
}

#define TEXT "{\"type\":\"string\"}"
#define LIST "{\"type\":\"array\",\"items\":{}}"

static const struct tool architect_tools[] = {
    {"write_architecture_doc",
     "Write a design document to architecture/. Without title its first heading names it.",
     "{\"type\":\"object\",\"properties\":{\"title\":" TEXT ",\"content\":" TEXT
     "},\"required\":[\"content\"]}",
     TOOL_WRITES | TOOL_SHOWS, architect_write_doc},
    {"write_module_spec",
     "Write a module's specification to architecture/modules/: content as Markdown, or the parts.",
     "{\"type\":\"object\",\"properties\":{\"module_name\":" TEXT ",\"content\":" TEXT
     ",\"responsibility\":" TEXT ",\"interfaces\":{\"type\":\"object\",\"properties\":{"
     "\"inputs\":" LIST ",\"outputs\":" LIST ",\"apis\":" LIST "}},\"dependencies\":" LIST
     ",\"technologies\":{\"type\":\"object\",\"additionalProperties\":true},"
     "\"implementation_notes\":" TEXT "},\"required\":[\"module_name\"]}",
     TOOL_WRITES | TOOL_SHOWS, architect_write_module},
    {"write_task_list",
     "Write the task list. tasks: objects with id, description, module, priority (lowest first), "
     "dependencies (ids), estimated_complexity (low, medium, high). Or content: JSON, or lines "
     "\"- [ ] T1: text (depends: T2)\". Progress of tasks with the same id is kept.",
     "{\"type\":\"object\",\"properties\":{\"tasks\":{\"type\":\"array\",\"items\":{}},"
     "\"content\":{\"type\":[\"string\",\"array\",\"object\"]}}}",
     TOOL_WRITES | TOOL_SHOWS, architect_write_tasks},
    {"list_architecture_docs", "The design documents there are.",
     "{\"type\":\"object\",\"properties\":{}}", TOOL_READS, architect_list_docs},
    {"read_architecture_doc", "Read a file beneath architecture/.",
     "{\"type\":\"object\",\"properties\":{\"file_path\":" TEXT "},\"required\":[\"file_path\"]}",
     TOOL_READS, architect_read_doc},
    {0},
};

const struct behavior behavior_architect_tools = {
    .type = "ArchitectToolsBehavior",
    .name = "architect_tools",
    .help = "Write design documents, module specifications and the task list",
    .tools = architect_tools,
    .instructions = architect_instructions,
};
