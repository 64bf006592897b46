/*
 * TaskManagementBehavior - works off a task breakdown: what is next, what is done, what is
 * blocked by what. The file is the truth; the task tree shows it.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"

#define FILE_MAX (4 << 20)
#define TASKS_MAX 1000
#define BLOCKED_TOLD 100
#define SHOWN 5

struct params {
    char *path;
};

/* The task list as the file has it. */
struct book {
    cJSON *doc;  /* the file; NULL: there is none */
    cJSON *list; /* its tasks, in doc */
    char *path;
    VEC(cJSON *) index; /* by id, equal ids as they stand in the file */
};

struct state {
    struct book seen; /* for the prompt */
    int64_t round;    /* when it was read */
    uint64_t mark;    /* the host's progress mark then */
    bool fresh, used; /* used: a tool worked on it in this goal, so the tree shows it */
    char *trouble;    /* why it could not be read */
};

// clang-format off
static const struct opt tasks_params[] = {
    {"path", OPT_STR, offsetof(struct params, path), .def = "architecture/task-breakdown.json",
     .help = "The task breakdown, relative to a workspace"},
    {0},
};
// clang-format on

static void book_fini(struct book *b)
{
    cJSON_Delete(b->doc);
    free(b->path);
    VEC_FREE(&b->index);
    *b = (struct book){0};
}

static const char *task_id(const cJSON *t)
{
    return json_str(t, "id", "");
}

/* ---- the file ---- */

static int book_order(const void *x, const void *y)
{
    return strcmp(task_id(*(cJSON *const *)x), task_id(*(cJSON *const *)y));
}

/* Ids that are numbers become texts. Of tasks with the same id the first counts. */
static void book_index(struct book *b)
{
    cJSON *t;
    cJSON_ArrayForEach(t, b->list)
    {
        const cJSON *id = json_get(t, "id");
        AUTO_FREE char *text = cJSON_IsNumber(id) ? mem_printf("%g", id->valuedouble) : NULL;
        if (text)
            cJSON_ReplaceItemInObjectCaseSensitive(t, "id", cJSON_CreateString(text));
        VEC_PUSH(&b->index, t);
    }
    if (b->index.len)
        qsort(b->index.ptr, b->index.len, sizeof *b->index.ptr, book_order);
}

static bool book_parse(struct book *b, const struct buf *text, struct error *e)
{
    b->doc = json_parse(buf_cstr(text), text->len, e);
    if (!b->doc)
        return error_prefix(e, "%s is no task list", b->path);
    b->list = cJSON_IsArray(b->doc) ? b->doc : cJSON_GetObjectItemCaseSensitive(b->doc, "tasks");
    if (!cJSON_IsArray(b->list))
        return error_set(e, ERR_PARSE, "%s has no \"tasks\": write the task list again", b->path);
    if (cJSON_GetArraySize(b->list) > TASKS_MAX)
        return error_set(e, ERR_LIMIT, "%s has more than %d tasks: split it", b->path, TASKS_MAX);
    book_index(b);
    return true;
}

/* True: read, or not there (doc NULL then). */
static bool book_open(struct call *c, struct book *b, const char *dir, struct error *e)
{
    const struct params *p = c->params;
    AUTO(buf) text = {0};
    struct file_result r = {0};
    struct error here = {0};
    size_t n = dir ? strlen(dir) : 0;
    while (n > 1 && dir[n - 1] == '/')
        n--;
    book_fini(b);
    b->path = n ? mem_printf("%.*s/%s", (int)n, dir, p->path) : mem_strdup(p->path);
    if (!c->host->file_read(c->agent, b->path, FILE_MAX, &text, &r, &here))
        return here.code == ERR_NOT_FOUND || error_set(e, here.code, "%s", here.text);
    if (r.truncated)
        return error_set(e, ERR_LIMIT, "%s is too large for a task list", b->path);
    return book_parse(b, &text, e);
}

/* The newest workspace that has one. */
static bool book_search(struct call *c, struct book *b, struct error *e)
{
    struct workspace_info *list = NULL;
    size_t n = 0;
    struct error here = {0};
    bool ok = true;
    if (!c->host->workspace_find(c->agent, NULL, &list, &n, &here))
        return true;
    for (size_t i = 0; i < n; i++) {
        if (ok && !b->doc)
            ok = book_open(c, b, list[i].path, e);
        workspace_info_fini(&list[i]);
    }
    free(list);
    return ok;
}

static bool book_find(struct call *c, struct book *b, const char *workspace, struct error *e)
{
    bool named = workspace && *workspace;
    if (!book_open(c, b, named ? workspace : NULL, e))
        return false;
    return b->doc || named || book_search(c, b, e);
}

static bool book_write(struct call *c, const struct book *b, struct error *e)
{
    struct file_result r = {0};
    AUTO_FREE char *text = cJSON_Print(b->doc);
    AUTO(buf) out = {0};
    buf_addf(&out, "%s\n", text);
    return c->host->file_write(c->agent, b->path, buf_cstr(&out), out.len, WRITE_REPLACE, &r, e);
}

/* ---- tasks ---- */

static const char *task_status(const cJSON *t)
{
    static const char *const known[] = {"in_progress", "completed", "failed"};
    const char *s = json_str(t, "status", "");
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(s, known[i]) == 0)
            return known[i];
    return "pending";
}

static bool task_is(const cJSON *t, const char *status)
{
    return strcmp(task_status(t), status) == 0;
}

/* Its place in the index; index.len: there is none. */
static size_t book_place(const struct book *b, const char *id)
{
    size_t from = 0, to = b->index.len;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        if (strcmp(task_id(b->index.ptr[at]), id) < 0)
            from = at + 1;
        else
            to = at;
    }
    bool found = *id && from < b->index.len && strcmp(task_id(b->index.ptr[from]), id) == 0;
    return found ? from : b->index.len;
}

static cJSON *book_task(const struct book *b, const char *id)
{
    size_t at = book_place(b, id);
    return at < b->index.len ? b->index.ptr[at] : NULL;
}

static int64_t book_count(const struct book *b, const char *status)
{
    const cJSON *t;
    int64_t n = 0;
    cJSON_ArrayForEach(t, b->list) n += task_is(t, status);
    return n;
}

/* ---- what a task waits for ---- */

/* Is `part` one of the parts of a text that "; " separates? */
static bool why_has(const char *text, const char *part, size_t n)
{
    for (const char *p = text; *p;) {
        const char *end = strstr(p, "; ");
        size_t len = end ? (size_t)(end - p) : strlen(p);
        if (len == n && strncmp(p, part, n) == 0)
            return true;
        p += len + (end ? 2 : 0);
    }
    return false;
}

/* Add the parts of `text` that are not there yet. */
static void why_add(struct buf *out, const char *text)
{
    for (const char *p = text; *p;) {
        const char *end = strstr(p, "; ");
        size_t len = end ? (size_t)(end - p) : strlen(p);
        if (!why_has(buf_cstr(out), p, len))
            buf_addf(out, "%s%.*s", out->len ? "; " : "", (int)len, p);
        p += len + (end ? 2 : 0);
    }
}

struct wait {
    const struct book *book;
    cJSON *chain;          /* "B (pending)", "C (failed)": everything it waits for */
    struct buf why;        /* the roots: failed, in progress, unknown, cycle */
    size_t way[TASKS_MAX]; /* places in the index, from the task downward */
    size_t depth;
    bool met[TASKS_MAX]; /* by place */
    bool failed;         /* never ready by itself: a failure, an unknown task or a cycle */
};

static void wait_free(struct wait *w)
{
    cJSON_Delete(w->chain);
    buf_fini(&w->why);
    free(w);
}

static void wait_because(struct wait *w, bool failed, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void wait_because(struct wait *w, bool failed, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    w->failed |= failed;
    why_add(&w->why, buf_cstr(&text));
}

static void wait_cycle(struct wait *w, size_t again)
{
    AUTO(buf) text = {0};
    size_t from = 0;
    while (w->way[from] != again)
        from++;
    for (; from < w->depth; from++)
        buf_addf(&text, "%s → ", task_id(w->book->index.ptr[w->way[from]]));
    wait_because(w, true, "cycle %s%s", buf_cstr(&text), task_id(w->book->index.ptr[again]));
}

/* Was it looked at? On the way down to here that is a cycle. */
static bool wait_met(struct wait *w, size_t place)
{
    bool met = w->met[place];
    for (size_t i = 0; met && i < w->depth; i++)
        if (w->way[i] == place)
            wait_cycle(w, place);
    w->met[place] = true;
    return met;
}

static void wait_look(struct wait *w, size_t place);

/* A dependency's id, "" for what is none; number: room for one that is a number. */
static const char *dependency_id(const cJSON *dep, char number[static 64])
{
    if (cJSON_IsString(dep))
        return dep->valuestring;
    snprintf(number, 64, "%g", dep->valuedouble);
    return cJSON_IsNumber(dep) ? number : "";
}

static void wait_on(struct wait *w, const char *id)
{
    size_t place = book_place(w->book, id);
    const cJSON *t = book_task(w->book, id);
    if (!*id || (t && task_is(t, "completed")) || (t && wait_met(w, place)))
        return;
    AUTO_FREE char *link = mem_printf("%s (%s)", id, t ? task_status(t) : "unknown");
    cJSON_AddItemToArray(w->chain, cJSON_CreateString(link));
    if (!t)
        wait_because(w, true, "blocked by %s, which is not in the list", id);
    else if (task_is(t, "failed"))
        wait_because(w, true, "blocked by failed %s", id);
    else if (task_is(t, "in_progress"))
        wait_because(w, false, "waiting on in-progress %s", id);
    else
        wait_look(w, place);
}

static void wait_look(struct wait *w, size_t place)
{
    const cJSON *dep;
    char id[64];
    w->met[place] = true;
    w->way[w->depth++] = place;
    cJSON_ArrayForEach(dep, json_get(w->book->index.ptr[place], "dependencies"))
        wait_on(w, dependency_id(dep, id));
    w->depth--;
}

static struct wait *wait_new(const struct book *b)
{
    struct wait *w = mem_alloc(sizeof *w);
    w->book = b;
    w->chain = cJSON_CreateArray();
    return w;
}

/* Everything `task` waits for; an empty chain: it is ready. NULL: it is not pending. */
static struct wait *wait_of(const struct book *b, const cJSON *task)
{
    size_t place = book_place(b, task_id(task));
    if (place == b->index.len || !task_is(task, "pending"))
        return NULL;
    struct wait *w = wait_new(b);
    wait_look(w, place);
    return w;
}

static bool wait_is_ready(const struct wait *w)
{
    return w->chain->child == NULL && w->why.len == 0;
}

static bool task_is_ready(const struct book *b, const cJSON *task)
{
    const cJSON *dep;
    char number[64];
    cJSON_ArrayForEach(dep, json_get(task, "dependencies"))
    {
        const char *id = dependency_id(dep, number);
        const cJSON *t = book_task(b, id);
        if (*id && (!t || !task_is(t, "completed")))
            return false;
    }
    return true;
}

/* ---- the tree ---- */

static const char *task_last_note(const cJSON *t)
{
    const cJSON *notes = json_get(t, "notes");
    int n = cJSON_GetArraySize(notes);
    return n > 0 ? json_str(cJSON_GetArrayItem(notes, n - 1), "note", NULL) : NULL;
}

static void task_to_tree(struct call *c, const struct book *b, const cJSON *t)
{
    AUTO_FREE char *title = mem_printf("%s: %s", task_id(t), json_str(t, "description", ""));
    const char *result = json_str(t, "result", NULL);
    const char *note = result && *result ? result : task_last_note(t);
    if (!*task_id(t))
        return;
    if (!task_is(t, "pending")) {
        const char *state = task_is(t, "in_progress") ? "active"
                            : task_is(t, "completed") ? "done"
                                                      : "failed";
        c->host->tree_put(c->agent, task_id(t), title, state, note);
        return;
    }
    struct wait *w = wait_of(b, t);
    c->host->tree_put(c->agent, task_id(t), title, w->failed ? "blocked" : "pending",
                      w->failed ? buf_cstr(&w->why) : note);
    wait_free(w);
}

static void book_to_tree(struct call *c, const struct book *b)
{
    struct state *s = c->state;
    const cJSON *t;
    s->used = true;
    cJSON_ArrayForEach(t, b->list) task_to_tree(c, b, t);
}

/* ---- tools ---- */

static cJSON *book_blocked(const struct book *b)
{
    cJSON *all = cJSON_CreateArray();
    const cJSON *t;
    cJSON_ArrayForEach(t, b->list)
    {
        bool more = cJSON_GetArraySize(all) < BLOCKED_TOLD;
        struct wait *w = more ? wait_of(b, t) : NULL;
        if (w && !wait_is_ready(w)) {
            cJSON *one = cJSON_CreateObject();
            json_add_str(one, "id", task_id(t));
            json_add(one, "blocked_by", w->chain);
            json_add_str(one, "why", buf_cstr(&w->why));
            cJSON_AddItemToArray(all, one);
            w->chain = NULL;
        }
        if (w)
            wait_free(w);
    }
    return all;
}

static void book_add_counts(cJSON *j, const struct book *b)
{
    json_add_int(j, "total_tasks", cJSON_GetArraySize(b->list));
    json_add_int(j, "pending_count", book_count(b, "pending"));
    json_add_int(j, "in_progress_count", book_count(b, "in_progress"));
    json_add_int(j, "completed_count", book_count(b, "completed"));
    json_add_int(j, "failed_count", book_count(b, "failed"));
}

static cJSON *tasks_read(struct call *c, const cJSON *args)
{
    AUTO(book) b = {0};
    struct error e = {0};
    if (!book_find(c, &b, json_str(args, "workspace", NULL), &e))
        return json_error("%s", e.text);
    cJSON *j = json_success();
    json_add_str(j, "file", b.path);
    book_add_counts(j, &b);
    if (b.doc) {
        book_to_tree(c, &b);
        json_add(j, "tasks", cJSON_Duplicate(b.list, true));
        json_add(j, "blocked", book_blocked(&b));
    } else {
        json_add(j, "tasks", cJSON_CreateArray());
        json_add_str(j, "message", "there is no task breakdown yet");
    }
    return j;
}

/* By priority, the lowest first, then as they stand in the file. */
static const cJSON *book_next(const struct book *b, bool skip_dependencies)
{
    const cJSON *t, *best = NULL;
    cJSON_ArrayForEach(t, b->list)
    {
        if (!task_is(t, "pending") || !*task_id(t))
            continue;
        if (best && json_num(t, "priority", 100) >= json_num(best, "priority", 100))
            continue;
        if (skip_dependencies || task_is_ready(b, t))
            best = t;
    }
    return best;
}

/* Why no task is next: the roots of all that waits, each once. */
static void book_reason(const struct book *b, struct buf *out)
{
    const cJSON *t;
    int64_t failed = book_count(b, "failed");
    struct wait *w = wait_new(b);
    cJSON_ArrayForEach(t, b->list)
    {
        size_t place = book_place(b, task_id(t));
        if (task_is(t, "in_progress"))
            wait_because(w, false, "waiting on in-progress %s", task_id(t));
        else if (task_is(t, "pending") && place < b->index.len && !w->met[place])
            wait_look(w, place);
    }
    buf_adds(out, buf_cstr(&w->why));
    wait_free(w);
    if (out->len)
        return;
    if (failed)
        buf_addf(out, "no task is left: %lld completed, %lld failed",
                 (long long)book_count(b, "completed"), (long long)failed);
    else
        buf_adds(out, b->list && b->list->child ? "all tasks are done" : "there are no tasks");
}

static cJSON *tasks_next(struct call *c, const cJSON *args)
{
    AUTO(book) b = {0};
    AUTO(buf) why = {0};
    struct error e = {0};
    if (!book_find(c, &b, json_str(args, "workspace", NULL), &e))
        return json_error("%s", e.text);
    if (b.doc)
        book_to_tree(c, &b);
    const cJSON *t = book_next(&b, json_bool(args, "skip_dependencies", false));
    cJSON *j = json_success();
    json_add(j, "task", t ? cJSON_Duplicate(t, true) : cJSON_CreateNull());
    json_add_str(j, "file", b.path);
    if (t)
        return j;
    book_reason(&b, &why);
    json_add_str(j, "reason", buf_cstr(&why));
    json_add(j, "blocked", book_blocked(&b));
    return j;
}

/* The task a call names, in the book it opens. Error: *failed is the answer. */
static cJSON *tasks_named(struct call *c, const cJSON *args, struct book *b, cJSON **failed)
{
    struct error e = {0};
    AUTO(buf) ids = {0};
    const char *id = json_str(args, "task_id", "");
    const cJSON *t;
    *failed = NULL;
    if (!book_find(c, b, json_str(args, "workspace", NULL), &e)) {
        *failed = json_error("%s", e.text);
        return NULL;
    }
    cJSON *found = book_task(b, id);
    if (found)
        return found;
    cJSON_ArrayForEach(t, b->list) if (ids.len < 200)
        buf_addf(&ids, "%s%s", ids.len ? ", " : "", task_id(t));
    *failed = b->doc ? json_error("no task has the id \"%s\" in %s; there are: %s", id, b->path,
                                  buf_cstr(&ids))
                     : json_error("there is no task breakdown at %s", b->path);
    return NULL;
}

static void task_set(cJSON *t, const char *key, cJSON *value)
{
    if (json_get(t, key))
        cJSON_ReplaceItemInObjectCaseSensitive(t, key, value);
    else
        cJSON_AddItemToObject(t, key, value);
}

static void task_note(cJSON *t, const char *note, const char *when)
{
    cJSON *notes = cJSON_GetObjectItemCaseSensitive(t, "notes");
    if (!note || !*note)
        return;
    if (!cJSON_IsArray(notes)) {
        task_set(t, "notes", cJSON_CreateArray());
        notes = cJSON_GetObjectItemCaseSensitive(t, "notes");
    }
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "timestamp", when);
    json_add_str(one, "note", note);
    cJSON_AddItemToArray(notes, one);
}

static void task_change(cJSON *t, const char *status, const cJSON *args)
{
    char when[32];
    const char *result = json_str(args, "result", NULL);
    clock_iso(clock_wall_ms(), when);
    task_set(t, "status", cJSON_CreateString(status));
    if (strcmp(status, "in_progress") == 0) {
        if (!json_str(t, "started_at", NULL))
            task_set(t, "started_at", cJSON_CreateString(when));
        task_set(t, "attempts", cJSON_CreateNumber((double)(json_int(t, "attempts", 0) + 1)));
    }
    bool over = strcmp(status, "completed") == 0 || strcmp(status, "failed") == 0;
    task_set(t, "completed_at", over ? cJSON_CreateString(when) : cJSON_CreateNull());
    if (result)
        task_set(t, "result", cJSON_CreateString(result));
    task_set(t, "status_updated_at", cJSON_CreateString(when));
    task_note(t, json_str(args, "notes", NULL), when);
}

/* Those that wait for this one, directly or not, and will not be reached. */
static cJSON *book_dependents(const struct book *b, const char *id)
{
    cJSON *all = cJSON_CreateArray();
    AUTO_FREE char *link = mem_printf("blocked by failed %s", id);
    const cJSON *t;
    cJSON_ArrayForEach(t, b->list)
    {
        struct wait *w = wait_of(b, t);
        if (w && why_has(buf_cstr(&w->why), link, strlen(link)))
            cJSON_AddItemToArray(all, cJSON_CreateString(task_id(t)));
        if (w)
            wait_free(w);
    }
    return all;
}

static bool tasks_status_known(const char *s)
{
    return strcmp(s, "pending") == 0 || strcmp(s, "in_progress") == 0 ||
           strcmp(s, "completed") == 0 || strcmp(s, "failed") == 0;
}

static cJSON *tasks_saved(struct call *c, struct book *b, const cJSON *t)
{
    struct error e = {0};
    if (!book_write(c, b, &e))
        return json_error("%s", e.text);
    book_to_tree(c, b);
    cJSON *j = json_success();
    json_add(j, "task", cJSON_Duplicate(t, true));
    return j;
}

static cJSON *tasks_mark(struct call *c, const cJSON *args)
{
    const char *status = json_str(args, "status", "");
    AUTO(book) b = {0};
    cJSON *failed;
    if (!tasks_status_known(status))
        return json_error("status is pending, in_progress, completed or failed, not \"%s\"",
                          status);
    cJSON *t = tasks_named(c, args, &b, &failed);
    if (!t)
        return failed;
    bool early = strcmp(status, "in_progress") == 0 && !task_is_ready(&b, t);
    task_change(t, status, args);
    cJSON *j = tasks_saved(c, &b, t);
    if (!json_bool(j, "success", false))
        return j;
    if (early)
        json_add_str(j, "note", "it was begun before what it depends on is completed");
    if (strcmp(status, "failed") == 0)
        json_add(j, "now_blocked", book_dependents(&b, task_id(t)));
    return j;
}

static bool tasks_check_dependencies(const struct book *b, const cJSON *t, const cJSON *deps,
                                     struct error *e)
{
    const cJSON *d;
    if (!cJSON_IsArray(deps))
        return error_set(e, ERR_USAGE, "dependencies is an array of ids");
    cJSON_ArrayForEach(d, deps)
    {
        if (!cJSON_IsString(d))
            return error_set(e, ERR_USAGE, "dependencies is an array of ids");
        if (strcmp(d->valuestring, task_id(t)) == 0)
            return error_set(e, ERR_USAGE, "%s cannot depend on itself", task_id(t));
        if (!book_task(b, d->valuestring))
            return error_set(e, ERR_USAGE, "%s is not in the list", d->valuestring);
    }
    return true;
}

/* Is there a way from `from` to `to` over dependencies, whatever their status? met: by place. */
static bool book_reaches(const struct book *b, bool *met, size_t from, size_t to)
{
    const cJSON *d;
    char number[64];
    if (from == to)
        return true;
    if (met[from])
        return false;
    met[from] = true;
    cJSON_ArrayForEach(d, json_get(b->index.ptr[from], "dependencies"))
    {
        size_t next = book_place(b, dependency_id(d, number));
        if (next < b->index.len && book_reaches(b, met, next, to))
            return true;
    }
    return false;
}

static bool tasks_check_cycle(const struct book *b, const cJSON *t, const cJSON *deps,
                              struct error *e)
{
    const cJSON *d;
    bool met[TASKS_MAX] = {0};
    size_t to = book_place(b, task_id(t));
    cJSON_ArrayForEach(d, deps)
    {
        size_t from = book_place(b, d->valuestring);
        if (from < b->index.len && book_reaches(b, met, from, to))
            return error_set(e, ERR_USAGE, "cycle: %s depends on %s already", d->valuestring,
                             task_id(t));
    }
    return true;
}

static bool task_is_protected(const char *key)
{
    return strcmp(key, "id") == 0 || strcmp(key, "status") == 0;
}

static void task_merge(cJSON *t, const cJSON *updates, struct buf *ignored, int *changed)
{
    const cJSON *u;
    char when[32];
    cJSON_ArrayForEach(u, updates)
    {
        if (task_is_protected(u->string)) {
            buf_addf(ignored, "%s%s", ignored->len ? ", " : "", u->string);
            continue;
        }
        task_set(t, u->string, cJSON_Duplicate(u, true));
        ++*changed;
    }
    clock_iso(clock_wall_ms(), when);
    if (*changed)
        task_set(t, "updated_at", cJSON_CreateString(when));
}

static cJSON *tasks_update(struct call *c, const cJSON *args)
{
    const cJSON *updates = json_get(args, "updates"), *deps = json_get(updates, "dependencies");
    AUTO(book) b = {0};
    AUTO(buf) ignored = {0};
    struct error e = {0};
    cJSON *failed;
    int changed = 0;
    cJSON *t = tasks_named(c, args, &b, &failed);
    if (!t)
        return failed;
    if (deps && (!tasks_check_dependencies(&b, t, deps, &e) || !tasks_check_cycle(&b, t, deps, &e)))
        return json_error("%s", e.text);
    task_merge(t, updates, &ignored, &changed);
    if (!changed)
        return json_error("nothing to change%s; id is fixed, and mark_task_status changes status",
                          ignored.len ? ": these are protected" : "");
    cJSON *j = tasks_saved(c, &b, t);
    if (ignored.len && json_bool(j, "success", false)) {
        AUTO_FREE char *note = mem_printf("not changed: %s", buf_cstr(&ignored));
        json_add_str(j, "note", note);
    }
    return j;
}

/* ---- prompt ---- */

static void tasks_instructions(struct call *c, struct buf *out)
{
    buf_adds(out,
             "Task breakdown: read_task_breakdown, then again and again: get_next_task, "
             "mark_task_status in_progress, do or delegate the task, look at what came of it, "
             "mark_task_status completed or failed with a note. Never mark what you did not see.");
}

/* Read again when something changed, and once a round for what others changed. */
static void tasks_refresh(struct call *c)
{
    struct state *s = c->state;
    struct error e = {0};
    uint64_t mark = c->host->progress_mark(c->agent);
    if (s->fresh && s->round == c->round && s->mark == mark)
        return;
    s->fresh = true;
    s->round = c->round;
    s->mark = mark;
    mem_replace(&s->trouble, NULL);
    if (!book_find(c, &s->seen, NULL, &e)) {
        mem_replace(&s->trouble, e.text);
        s->seen.list = NULL;
    }
    if (s->used && s->seen.list)
        book_to_tree(c, &s->seen);
}

static void tasks_add_text(struct buf *out, const char *text, size_t max)
{
    size_t n = strcspn(text, "\r\n"), len = utf8_cut(text, n, max);
    buf_addf(out, "%.*s%s", (int)len, text, len < strlen(text) ? "…" : "");
}

static void tasks_add_next(struct buf *out, const struct book *b)
{
    const cJSON *t = book_next(b, false), *d;
    if (!t)
        return;
    buf_addf(out, "NEXT PENDING TASK: %s: ", task_id(t));
    tasks_add_text(out, json_str(t, "description", ""), 300);
    if (*json_str(t, "module", ""))
        buf_addf(out, "\n  module: %s", json_str(t, "module", ""));
    if (*json_str(t, "estimated_complexity", ""))
        buf_addf(out, "\n  complexity: %s", json_str(t, "estimated_complexity", ""));
    bool first = true;
    cJSON_ArrayForEach(d, json_get(t, "dependencies"))
    {
        if (cJSON_IsString(d))
            buf_addf(out, "%s%s ✓", first ? "\n  depends on: " : ", ", d->valuestring);
        first = false;
    }
    buf_addc(out, '\n');
}

static void tasks_add_list(struct buf *out, const struct book *b)
{
    int shown = 0, all = cJSON_GetArraySize(b->list);
    const cJSON *t;
    cJSON_ArrayForEach(t, b->list)
    {
        if (shown++ == SHOWN)
            break;
        const char *icon = task_is(t, "completed")     ? "✓"
                           : task_is(t, "failed")      ? "✗"
                           : task_is(t, "in_progress") ? "⟳"
                                                       : "○";
        buf_addf(out, "  %s %s: ", icon, task_id(t));
        tasks_add_text(out, json_str(t, "description", ""), 100);
        buf_addc(out, '\n');
    }
    if (all > SHOWN)
        buf_addf(out, "  ... and %d more\n", all - SHOWN);
}

static void tasks_enhance(struct call *c)
{
    struct state *s = c->state;
    const struct book *b = &s->seen;
    AUTO(buf) out = {0};
    tasks_refresh(c);
    if (s->trouble) {
        buf_addf(&out, "TASK BREAKDOWN: not readable: %s", s->trouble);
        c->host->context_add(c->agent, PLACE_TAIL, "tasks", buf_cstr(&out));
        return;
    }
    if (!b->doc)
        return;
    buf_addf(&out,
             "TASK BREAKDOWN (%s): %d tasks, %lld pending, %lld in progress, %lld completed, "
             "%lld failed\n",
             b->path, cJSON_GetArraySize(b->list), (long long)book_count(b, "pending"),
             (long long)book_count(b, "in_progress"), (long long)book_count(b, "completed"),
             (long long)book_count(b, "failed"));
    tasks_add_next(&out, b);
    if (!book_next(b, false)) {
        AUTO(buf) why = {0};
        book_reason(b, &why);
        buf_addf(&out, "No task is next: %s\n", buf_cstr(&why));
    }
    tasks_add_list(&out, b);
    buf_cut(&out, out.len - 1);
    c->host->context_add(c->agent, PLACE_TAIL, "tasks", buf_cstr(&out));
}

static void tasks_goal_start(struct call *c)
{
    struct state *s = c->state;
    s->used = s->fresh = false;
}

static void tasks_fini(struct call *c)
{
    struct state *s = c->state;
    book_fini(&s->seen);
    free(s->trouble);
    s->trouble = NULL;
}

#define WORKSPACE "\"workspace\":{\"type\":\"string\"}"

static const struct tool tasks_tools[] = {
    {"read_task_breakdown", "All tasks with counts, and what blocks what.",
     "{\"type\":\"object\",\"properties\":{" WORKSPACE "}}", TOOL_READS, tasks_read},
    {"get_next_task",
     "The next pending task whose dependencies are completed, or why there is none.",
     "{\"type\":\"object\",\"properties\":{\"skip_dependencies\":{\"type\":\"boolean\"}," WORKSPACE
     "}}",
     TOOL_READS, tasks_next},
    {"mark_task_status", "Set a task's status; notes and result are kept with it.",
     "{\"type\":\"object\",\"properties\":{\"task_id\":{\"type\":\"string\"},\"status\":{"
     "\"type\":\"string\",\"enum\":[\"pending\",\"in_progress\",\"completed\",\"failed\"]},"
     "\"notes\":{\"type\":\"string\"},\"result\":{\"type\":\"string\"}," WORKSPACE
     "},\"required\":[\"task_id\",\"status\"]}",
     TOOL_WRITES, tasks_mark},
    {"update_task", "Change fields of a task, but not its id or status.",
     "{\"type\":\"object\",\"properties\":{\"task_id\":{\"type\":\"string\"},\"updates\":{"
     "\"type\":\"object\",\"additionalProperties\":true}," WORKSPACE
     "},\"required\":[\"task_id\",\"updates\"]}",
     TOOL_WRITES, tasks_update},
    {0},
};

const struct behavior behavior_task_management = {
    .type = "TaskManagementBehavior",
    .name = "task_management",
    .help = "Work off a task breakdown in dependency order, and show it in the tree",
    .params = tasks_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .tools = tasks_tools,
    .fini = tasks_fini,
    .instructions = tasks_instructions,
    .enhance_context = tasks_enhance,
    .on_goal_start = tasks_goal_start,
};
