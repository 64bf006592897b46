/*
 * ArchitectToolsBehavior - design documents as files: architecture/<slug>.md, module
 * specifications beneath architecture/modules/, and the task list task-breakdown.json.
 *
 * A task list is written whole or not at all: every problem of it is told at once.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"

#define DIR "architecture"
#define MODULES DIR "/modules"
#define TASKS DIR "/task-breakdown.json"
#define SLUG_MAX 50
#define TITLE_WORDS 8
#define SAME_SLUG_MAX 99
#define TASKS_MAX 1000
#define READ_MAX 200000
#define TASKS_BYTES (4 << 20)

/* ---- titles and names of files ---- */

static bool architect_blank(const char *s)
{
    return !s || s[strspn(s, " \t\r\n")] == '\0';
}

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

/* A clean line without blanks at its ends. */
static char *architect_line(const char *text, size_t n)
{
    AUTO_FREE char *part = mem_strndup(text, n);
    char *line = sanitize_text(part, SANITIZE_ONE_LINE);
    size_t from = strspn(line, " "), len = strlen(line);
    while (len > from && line[len - 1] == ' ')
        len--;
    memmove(line, line + from, len - from);
    line[len - from] = '\0';
    return line;
}

/* The first heading of Markdown, else its first words. */
static char *architect_title_of(const char *content)
{
    for (const char *p = content; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        size_t marks = strspn(p, "#"), len = strcspn(p, "\n");
        if (marks >= 1 && marks <= 6 && p[marks] == ' ' && len > marks + 1)
            return architect_line(p + marks, len - marks);
    }
    const char *from = content + strspn(content, " \t\r\n"), *to = from;
    for (int words = 0; words < TITLE_WORDS && *to; words++) {
        to += strspn(to, " \t\r\n");
        to += strcspn(to, " \t\r\n");
    }
    return architect_line(from, (size_t)(to - from));
}

/* Does the text begin with the heading "# title"? *rest: what follows it. */
static bool architect_has_title(const char *text, const char *title, const char **rest)
{
    text += strspn(text, " \t\r\n");
    size_t len = strcspn(text, "\n");
    if (strncmp(text, "# ", 2) != 0)
        return false;
    AUTO_FREE char *line = architect_line(text + 2, len - 2);
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
    if (architect_blank(content))
        return json_error("content is empty: give the document as Markdown");
    AUTO_FREE char *title =
        architect_blank(given) ? architect_title_of(content) : architect_line(given, strlen(given));
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
    if (cJSON_IsString(v) && !architect_blank(v->valuestring)) {
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
    if (architect_blank(given))
        return json_error("module_name is empty");
    if (!structured && architect_blank(content))
        return json_error("the specification is empty: give content as Markdown, or "
                          "responsibility, interfaces, dependencies, technologies");
    AUTO_FREE char *title = architect_line(given, strlen(given));
    AUTO(buf) text = {0};
    architect_head(&text, title);
    if (structured) {
        buf_cut(&text, text.len - 1); /* each section brings its blank line */
        architect_module(&text, args);
        buf_adds(&text, architect_blank(content) ? "" : "\n");
    }
    if (!architect_blank(content))
        architect_body(&text, title, content);
    return architect_save(c, MODULES, title, &text);
}

/* ---- the task list ---- */

struct tasks {
    cJSON *list; /* array of objects as they will be written */
    struct buf problems;
    size_t problem_count;
};

static void tasks_fini(struct tasks *t)
{
    cJSON_Delete(t->list);
    buf_fini(&t->problems);
}

static void tasks_problem(struct tasks *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void tasks_problem(struct tasks *t, const char *fmt, ...)
{
    va_list ap;
    buf_adds(&t->problems, t->problem_count++ ? "; " : "");
    va_start(ap, fmt);
    buf_vaddf(&t->problems, fmt, ap);
    va_end(ap);
}

/* Ids may come as numbers. Caller frees; NULL: none. */
static char *tasks_word(const cJSON *v)
{
    if (cJSON_IsNumber(v))
        return mem_printf("%g", v->valuedouble);
    return cJSON_IsString(v) ? architect_line(v->valuestring, strlen(v->valuestring)) : NULL;
}

/* An array of ids, or a text with commas between them. Caller owns. */
static cJSON *tasks_ids(const cJSON *v)
{
    cJSON *ids = cJSON_CreateArray();
    const cJSON *m, *list = cJSON_IsArray(v) ? v : NULL;
    cJSON_ArrayForEach(m, list)
    {
        AUTO_FREE char *id = tasks_word(m);
        if (id && *id)
            cJSON_AddItemToArray(ids, cJSON_CreateString(id));
    }
    for (const char *p = cJSON_IsString(v) ? v->valuestring : ""; *p;) {
        size_t n = strcspn(p, ",");
        AUTO_FREE char *id = architect_line(p, n);
        if (*id)
            cJSON_AddItemToArray(ids, cJSON_CreateString(id));
        p += n + (p[n] == ',');
    }
    return ids;
}

static const char *tasks_checked(struct tasks *t, const char *id, const cJSON *in, const char *key,
                                 const char *allowed, const char *fallback)
{
    const char *v = json_str(in, key, NULL);
    size_t n = v ? strlen(v) : 0;
    for (const char *p = allowed; v && *p; p += strcspn(p, "|"), p += *p == '|')
        if (n && strcspn(p, "|") == n && strncmp(p, v, n) == 0)
            return v;
    if (v && *v)
        tasks_problem(t, "%s: %s is one of %s, not \"%.40s\"", id, key, allowed, v);
    return fallback;
}

static void tasks_add_progress(cJSON *out, const char *status)
{
    json_add_str(out, "status", status);
    json_add(out, "started_at", cJSON_CreateNull());
    json_add(out, "completed_at", cJSON_CreateNull());
    json_add(out, "result", cJSON_CreateNull());
    json_add_int(out, "attempts", 0);
    json_add(out, "notes", cJSON_CreateArray());
}

static void tasks_add_object(struct tasks *t, const cJSON *in)
{
    int number = cJSON_GetArraySize(t->list) + 1;
    AUTO_FREE char *made = mem_printf("task %d", number);
    AUTO_FREE char *id = tasks_word(json_get(in, "id"));
    const char *name = id && *id ? id : made;
    const char *text = json_str(in, "description", json_str(in, "title", ""));
    const cJSON *deps = json_get(in, "dependencies"), *priority = json_get(in, "priority"), *m;
    if (!id || !*id)
        tasks_problem(t, "%s has no id", made);
    if (architect_blank(text))
        tasks_problem(t, "%s has no description", name);
    if (priority && !cJSON_IsNumber(priority) && !cJSON_IsNull(priority))
        tasks_problem(t, "%s: priority is a number, the lowest is first", name);
    cJSON *out = cJSON_CreateObject();
    json_add_str(out, "id", id ? id : "");
    json_add_str(out, "description", text);
    json_add_str(out, "module", json_str(in, "module", ""));
    json_add(out, "priority", cJSON_CreateNumber(json_num(in, "priority", 100)));
    json_add(out, "dependencies", tasks_ids(deps ? deps : json_get(in, "depends_on")));
    json_add_str(out, "estimated_complexity",
                 tasks_checked(t, name, in, "estimated_complexity", "low|medium|high", "medium"));
    tasks_add_progress(out, tasks_checked(t, name, in, "status",
                                          "pending|in_progress|completed|failed", "pending"));
    cJSON_ArrayForEach(m, in)
    {
        cJSON *have = cJSON_GetObjectItemCaseSensitive(out, m->string);
        if (!have && strcmp(m->string, "depends_on") != 0)
            json_add(out, m->string, cJSON_Duplicate(m, true));
    }
    cJSON_AddItemToArray(t->list, out);
}

/* "T1: text (depends: T2, T3)": what is before a colon is the id when it is one word. */
static cJSON *tasks_from_text(const char *text, size_t n, int number)
{
    cJSON *j = cJSON_CreateObject();
    AUTO_FREE char *line = architect_line(text, n);
    char *at = line, *deps = strstr(line, "(depends");
    size_t word = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    if (word > 0 && line[word] == ':') {
        line[word] = '\0';
        json_add_str(j, "id", line);
        at = line + word + 1;
    } else {
        AUTO_FREE char *id = mem_printf("T%d", number);
        json_add_str(j, "id", id);
    }
    if (deps >= at && deps) {
        *deps = '\0';
        deps += strlen("(depends");
        deps += strncmp(deps, " on", 3) == 0 ? 3 : 0;
        deps += strspn(deps, ": ");
        deps[strcspn(deps, ")")] = '\0';
        json_add_str(j, "dependencies", deps);
    }
    AUTO_FREE char *rest = architect_line(at, strlen(at));
    json_add_str(j, "description", rest);
    return j;
}

/* A line of a checklist, "- [x] text", at any indentation: where its text begins. */
static const char *tasks_check_line(const char *p, bool *done)
{
    p += strspn(p, " \t");
    size_t digits = strspn(p, "0123456789");
    if (digits && (p[digits] == '.' || p[digits] == ')'))
        p += digits + 1;
    else if (*p && strchr("-*+", *p))
        p++;
    else
        return NULL;
    p += strspn(p, " \t");
    if (p[0] != '[' || !p[1] || !strchr(" xX", p[1]) || p[2] != ']')
        return NULL;
    *done = p[1] != ' ';
    return p + 3;
}

static cJSON *tasks_from_markdown(const char *text)
{
    cJSON *list = cJSON_CreateArray();
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        bool done;
        const char *at = tasks_check_line(p, &done);
        if (!at)
            continue;
        cJSON *one = tasks_from_text(at, strcspn(at, "\n"), cJSON_GetArraySize(list) + 1);
        if (done)
            json_add_str(one, "status", "completed");
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

/* What the model gave, as an array: `tasks`, or `content` as JSON or Markdown. Caller owns. */
static cJSON *tasks_given(const cJSON *args, struct error *e)
{
    const cJSON *v = json_get(args, "tasks");
    AUTO_JSON *parsed = NULL;
    if (!v || (cJSON_IsArray(v) && !v->child))
        v = json_get(args, "content") ? json_get(args, "content") : v;
    if (v && cJSON_IsString(v)) {
        const char *text = v->valuestring + strspn(v->valuestring, " \t\r\n");
        if (*text != '[' && *text != '{')
            return tasks_from_markdown(text);
        v = parsed = json_parse(text, strlen(text), e);
        if (!parsed) {
            error_prefix(e, "the task list");
            return NULL;
        }
    }
    if (cJSON_IsObject(v))
        v = json_get(v, "tasks");
    return cJSON_IsArray(v) ? cJSON_Duplicate(v, true) : cJSON_CreateArray();
}

static const cJSON *tasks_find(const cJSON *list, const char *id)
{
    const cJSON *t;
    cJSON_ArrayForEach(t, list) if (strcmp(json_str(t, "id", ""), id) == 0) return t;
    return NULL;
}

static void tasks_check_ids(struct tasks *t)
{
    const cJSON *one, *dep;
    cJSON_ArrayForEach(one, t->list)
    {
        const char *id = json_str(one, "id", "");
        if (*id && tasks_find(t->list, id) != one)
            tasks_problem(t, "the id %s stands twice", id);
        cJSON_ArrayForEach(dep, json_get(one, "dependencies"))
        {
            if (strcmp(dep->valuestring, id) == 0)
                tasks_problem(t, "%s depends on itself", id);
            else if (!tasks_find(t->list, dep->valuestring))
                tasks_problem(t, "%s depends on %s, which is not in the list", id,
                              dep->valuestring);
        }
    }
}

/* Depth first; what is met again on the way down is a cycle. */
struct walk {
    struct tasks *t;
    const cJSON *way[TASKS_MAX];
    size_t depth;
    VEC(const cJSON *) done;
};

static void tasks_tell_cycle(struct walk *w, const cJSON *again)
{
    AUTO(buf) text = {0};
    size_t from = 0;
    while (w->way[from] != again)
        from++;
    for (; from < w->depth; from++)
        buf_addf(&text, "%s → ", json_str(w->way[from], "id", ""));
    tasks_problem(w->t, "cycle: %s%s", buf_cstr(&text), json_str(again, "id", ""));
}

static void tasks_visit(struct walk *w, const cJSON *task)
{
    const cJSON *dep;
    for (size_t i = 0; i < w->done.len; i++)
        if (w->done.ptr[i] == task)
            return;
    for (size_t i = 0; i < w->depth; i++)
        if (w->way[i] == task) {
            tasks_tell_cycle(w, task);
            return;
        }
    w->way[w->depth++] = task;
    cJSON_ArrayForEach(dep, json_get(task, "dependencies"))
    {
        const cJSON *next = tasks_find(w->t->list, dep->valuestring);
        if (next && next != task)
            tasks_visit(w, next);
    }
    w->depth--;
    VEC_PUSH(&w->done, task);
}

static void tasks_check(struct tasks *t)
{
    const cJSON *one;
    tasks_check_ids(t);
    struct walk *w = mem_alloc(sizeof *w);
    w->t = t;
    cJSON_ArrayForEach(one, t->list) tasks_visit(w, one);
    VEC_FREE(&w->done);
    free(w);
}

/* What was done on a task stays with its id when the list is written again. */
static bool tasks_keep(cJSON *task, const cJSON *old)
{
    static const char *const fields[] = {"status",   "started_at", "completed_at",     "result",
                                         "attempts", "notes",      "status_updated_at"};
    bool fresh = strcmp(json_str(old, "status", "pending"), "pending") == 0;
    bool begun = !fresh || json_int(old, "attempts", 0) > 0 || json_get(old, "notes");
    bool ticked = strcmp(json_str(task, "status", ""), "pending") != 0;
    if (!begun)
        return false;
    for (size_t i = fresh && ticked; i < COUNT_OF(fields); i++) {
        const cJSON *v = json_get(old, fields[i]);
        if (!v)
            continue;
        cJSON_DeleteItemFromObjectCaseSensitive(task, fields[i]);
        json_add(task, fields[i], cJSON_Duplicate(v, true));
    }
    return !fresh || json_int(old, "attempts", 0) > 0;
}

/* How many tasks had progress that was kept; -1: the old file is not readable as a list. */
static int64_t tasks_merge(struct call *c, cJSON *list)
{
    AUTO(buf) text = {0};
    struct file_result r;
    struct error e = {0};
    int64_t kept = 0;
    cJSON *task;
    if (!c->host->file_read(c->agent, TASKS, TASKS_BYTES, &text, &r, &e))
        return 0;
    AUTO_JSON *old = json_parse(buf_cstr(&text), text.len, &e);
    const cJSON *before = cJSON_IsArray(old) ? old : json_get(old, "tasks");
    if (!cJSON_IsArray(before))
        return -1;
    cJSON_ArrayForEach(task, list)
    {
        const cJSON *same = tasks_find(before, json_str(task, "id", ""));
        kept += same && tasks_keep(task, same);
    }
    return kept;
}

static cJSON *tasks_write(struct call *c, struct tasks *t)
{
    int64_t kept = tasks_merge(c, t->list), count = cJSON_GetArraySize(t->list);
    char when[32];
    clock_iso(clock_wall_ms(), when);
    AUTO_JSON *doc = cJSON_CreateObject();
    json_add_str(doc, "generated_at", when);
    json_add_int(doc, "total_tasks", count);
    json_add(doc, "tasks", t->list);
    t->list = NULL;
    AUTO_FREE char *text = cJSON_Print(doc);
    AUTO(buf) out = {0};
    buf_addf(&out, "%s\n", text);
    cJSON *j = architect_write(c, TASKS, &out);
    if (!json_bool(j, "success", false))
        return j;
    json_add_int(j, "task_count", count);
    json_add_int(j, "progress_kept", MAX(kept, 0));
    if (kept < 0)
        json_add_str(j, "note", "the old file was no readable task list; it was replaced");
    return j;
}

static cJSON *architect_write_tasks(struct call *c, const cJSON *args)
{
    struct error e = {0};
    AUTO(tasks) t = {.list = cJSON_CreateArray()};
    AUTO_JSON *given = tasks_given(args, &e);
    const cJSON *one;
    if (!given)
        return json_error("%s", e.text);
    int n = cJSON_GetArraySize(given), at = 0;
    if (n == 0)
        return json_error("there are no tasks: give tasks, or content as JSON or as a checklist "
                          "(- [ ] T1: text (depends: T2))");
    if (n > TASKS_MAX)
        return json_error("%d tasks are too many: at most %d", n, TASKS_MAX);
    cJSON_ArrayForEach(one, given)
    {
        at++;
        AUTO_JSON *made = cJSON_IsString(one)
                              ? tasks_from_text(one->valuestring, strlen(one->valuestring), at)
                              : cJSON_Duplicate(one, true);
        tasks_add_object(&t, made);
    }
    tasks_check(&t);
    if (t.problem_count)
        return json_error("nothing was written, %zu problem%s: %s", t.problem_count,
                          t.problem_count > 1 ? "s" : "", buf_cstr(&t.problems));
    return tasks_write(c, &t);
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
    if (architect_blank(given))
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
    buf_adds(out, "Documents: write_architecture_doc for the whole, write_module_spec for a part, "
                  "write_task_list for tasks that one agent can do each, with the ids they depend "
                  "on. The same title replaces a document. Read what there is before you add.");
}

#define TEXT "{\"type\":\"string\"}"
#define LIST "{\"type\":\"array\",\"items\":{}}"

static const struct tool architect_tools[] = {
    {"write_architecture_doc",
     "Write a design document to architecture/. Without title its first heading names it.",
     "{\"type\":\"object\",\"properties\":{\"title\":" TEXT ",\"content\":" TEXT
     "},\"required\":[\"content\"]}",
     TOOL_WRITES, architect_write_doc},
    {"write_module_spec",
     "Write a module's specification to architecture/modules/: content as Markdown, or the parts.",
     "{\"type\":\"object\",\"properties\":{\"module_name\":" TEXT ",\"content\":" TEXT
     ",\"responsibility\":" TEXT ",\"interfaces\":{\"type\":\"object\",\"properties\":{"
     "\"inputs\":" LIST ",\"outputs\":" LIST ",\"apis\":" LIST "}},\"dependencies\":" LIST
     ",\"technologies\":{\"type\":\"object\",\"additionalProperties\":true},"
     "\"implementation_notes\":" TEXT "},\"required\":[\"module_name\"]}",
     TOOL_WRITES, architect_write_module},
    {"write_task_list",
     "Write the task list. tasks: objects with id, description, module, priority (lowest first), "
     "dependencies (ids), estimated_complexity (low, medium, high). Or content: JSON, or lines "
     "\"- [ ] T1: text (depends: T2)\". Progress of tasks with the same id is kept.",
     "{\"type\":\"object\",\"properties\":{\"tasks\":{\"type\":\"array\",\"items\":{}},"
     "\"content\":{\"type\":[\"string\",\"array\",\"object\"]}}}",
     TOOL_WRITES, architect_write_tasks},
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
