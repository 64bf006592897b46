/*
 * TaskManagementBehavior - works off a task breakdown: what is next, what is done, what is
 * blocked by what. The file is the truth; the task tree shows it.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"
#include "behaviors/lib/taskorder.h"

#define FILE_MAX (4 << 20)
#define BLOCKED_TOLD 100
#define SHOWN 5

struct params {
    char *path;
};

/* The task list, and where it lies. No file: the list is not there. */
struct book {
    struct tasklist list;
    char *path;
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
    tasklist_fini(&b->list);
    free(b->path);
    b->path = NULL;
}

/* ---- the file ---- */

/* True: read, or not there (list.doc NULL then). */
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
    return tasklist_parse(&b->list, buf_cstr(&text), text.len, b->path, e);
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
        if (ok && !b->list.doc)
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
    return b->list.doc || named || book_search(c, b, e);
}

static bool book_write(struct call *c, const struct book *b, struct error *e)
{
    struct file_result r = {0};
    AUTO_FREE char *text = tasklist_print(&b->list);
    return c->host->file_write(c->agent, b->path, text, strlen(text), WRITE_REPLACE, &r, e);
}

/* ---- the tree ---- */

static void task_to_tree(struct call *c, const struct tasklist *l, const cJSON *t)
{
    AUTO_FREE char *title = mem_printf("%s: %s", task_id(t), json_str(t, "description", ""));
    const char *result = json_str(t, "result", NULL);
    const char *note = result && *result ? result : task_last_note(t);
    const char *state = task_is(t, "in_progress") ? "active"
                        : task_is(t, "completed") ? "done"
                        : task_is(t, "failed")    ? "failed"
                                                  : "pending";
    AUTO(task_wait) w = {0};
    AUTO(buf) why = {0};
    if (!*task_id(t))
        return;
    if (taskorder_wait(l, t, &w) && w.for_ever) {
        task_wait_why(&w, &why);
        state = "blocked";
        note = buf_cstr(&why);
    }
    c->host->tree_put(c->agent, task_id(t), title, state, note);
}

static void book_to_tree(struct call *c, const struct book *b)
{
    struct state *s = c->state;
    const cJSON *t;
    s->used = true;
    cJSON_ArrayForEach(t, b->list.tasks) task_to_tree(c, &b->list, t);
}

/* ---- tools ---- */

static void book_add_counts(cJSON *j, const struct book *b)
{
    json_add_int(j, "total_tasks", cJSON_GetArraySize(b->list.tasks));
    json_add_int(j, "pending_count", tasklist_count(&b->list, "pending"));
    json_add_int(j, "in_progress_count", tasklist_count(&b->list, "in_progress"));
    json_add_int(j, "completed_count", tasklist_count(&b->list, "completed"));
    json_add_int(j, "failed_count", tasklist_count(&b->list, "failed"));
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
    if (b.list.doc) {
        book_to_tree(c, &b);
        json_add(j, "tasks", cJSON_Duplicate(b.list.tasks, true));
        json_add(j, "blocked", taskorder_blocked(&b.list, BLOCKED_TOLD));
    } else {
        json_add(j, "tasks", cJSON_CreateArray());
        json_add_str(j, "message", "there is no task breakdown yet");
    }
    return j;
}

static cJSON *tasks_next(struct call *c, const cJSON *args)
{
    AUTO(book) b = {0};
    AUTO(buf) why = {0};
    struct error e = {0};
    if (!book_find(c, &b, json_str(args, "workspace", NULL), &e))
        return json_error("%s", e.text);
    if (b.list.doc)
        book_to_tree(c, &b);
    const cJSON *t = taskorder_next(&b.list, json_bool(args, "skip_dependencies", false));
    cJSON *j = json_success();
    json_add(j, "task", t ? cJSON_Duplicate(t, true) : cJSON_CreateNull());
    json_add_str(j, "file", b.path);
    if (t)
        return j;
    taskorder_reason(&b.list, &why);
    json_add_str(j, "reason", buf_cstr(&why));
    json_add(j, "blocked", taskorder_blocked(&b.list, BLOCKED_TOLD));
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
    cJSON *found = tasklist_find(&b->list, id);
    if (found)
        return found;
    cJSON_ArrayForEach(t, b->list.tasks) if (ids.len < 200)
        buf_addf(&ids, "%s%s", ids.len ? ", " : "", task_id(t));
    *failed = b->list.doc ? json_error("no task has the id \"%s\" in %s; there are: %s", id,
                                       b->path, buf_cstr(&ids))
                          : json_error("there is no task breakdown at %s", b->path);
    return NULL;
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
    if (!text_is_one_of(status, TASK_STATUSES))
        return json_error("status is pending, in_progress, completed or failed, not \"%s\"",
                          status);
    cJSON *t = tasks_named(c, args, &b, &failed);
    if (!t)
        return failed;
    bool early = strcmp(status, "in_progress") == 0 && !taskorder_is_ready(&b.list, t);
    task_change(t, status, json_str(args, "result", NULL), json_str(args, "notes", NULL));
    cJSON *j = tasks_saved(c, &b, t);
    if (!json_bool(j, "success", false))
        return j;
    if (early)
        json_add_str(j, "note", "it was begun before what it depends on is completed");
    if (strcmp(status, "failed") == 0)
        json_add(j, "now_blocked", taskorder_dependents(&b.list, task_id(t)));
    return j;
}

static cJSON *tasks_update(struct call *c, const cJSON *args)
{
    const cJSON *updates = json_get(args, "updates"), *deps = json_get(updates, "dependencies");
    AUTO(book) b = {0};
    AUTO(buf) ignored = {0};
    struct error e = {0};
    cJSON *failed;
    cJSON *t = tasks_named(c, args, &b, &failed);
    if (!t)
        return failed;
    if (deps && !taskorder_check(&b.list, t, deps, &e))
        return json_error("%s", e.text);
    if (!task_update(t, updates, &ignored))
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
    buf_adds(out, c->host->text(c->agent, "task_management.instructions"));
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
        tasklist_fini(&s->seen.list);
    }
    if (s->used)
        book_to_tree(c, &s->seen);
}

static void tasks_add_text(struct buf *out, const char *text, size_t max)
{
    size_t n = strcspn(text, "\r\n"), len = utf8_cut(text, n, max);
    buf_addf(out, "%.*s%s", (int)len, text, len < strlen(text) ? "…" : "");
}

static void tasks_add_next(struct buf *out, const struct book *b)
{
    const cJSON *t = taskorder_next(&b->list, false), *d;
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
    int shown = 0, all = cJSON_GetArraySize(b->list.tasks);
    const cJSON *t;
    cJSON_ArrayForEach(t, b->list.tasks)
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
    if (!b->list.doc)
        return;
    buf_addf(&out,
             "TASK BREAKDOWN (%s): %d tasks, %lld pending, %lld in progress, %lld completed, "
             "%lld failed\n",
             b->path, cJSON_GetArraySize(b->list.tasks),
             (long long)tasklist_count(&b->list, "pending"),
             (long long)tasklist_count(&b->list, "in_progress"),
             (long long)tasklist_count(&b->list, "completed"),
             (long long)tasklist_count(&b->list, "failed"));
    tasks_add_next(&out, b);
    if (!taskorder_next(&b->list, false)) {
        AUTO(buf) why = {0};
        taskorder_reason(&b->list, &why);
        buf_addf(&out, "No task is next: %s\n", buf_cstr(&why));
    }
    tasks_add_list(&out, b);
    buf_cut(&out, out.len - 1);
    c->host->context_add(c->agent, PLACE_TAIL, "tasks", buf_cstr(&out));
}

/* A delegation that named its task: the task went with it. Others may still run beside it, so this
 * one alone is put into the tree. */
static void tasks_on_tool(struct call *c, const char *tool, const cJSON *args, const cJSON *result)
{
    const char *id = json_str(result, "task_id", NULL), *dir = json_str(result, "workspace", NULL);
    AUTO(book) b = {0};
    struct error e = {0};
    if (!id || !json_get(result, "verified") || !book_find(c, &b, dir, &e))
        return;
    if (!tasklist_find(&b.list, id) && !book_find(c, &b, NULL, &e))
        return;
    cJSON *t = tasklist_find(&b.list, id);
    if (!t)
        return;
    if (!task_is(t, "in_progress"))
        task_change(t, "in_progress", NULL, NULL);
    bool ok = json_bool(result, "success", false);
    task_change(t, ok ? "completed" : "failed", json_str(result, "summary", NULL),
                json_str(result, "error", NULL));
    if (book_write(c, &b, &e))
        task_to_tree(c, &b.list, t);
    else
        c->host->notice(c->agent, "warn", e.text);
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
     TOOL_WRITES | TOOL_SHOWS, tasks_mark},
    {"update_task", "Change fields of a task, but not its id or status.",
     "{\"type\":\"object\",\"properties\":{\"task_id\":{\"type\":\"string\"},\"updates\":{"
     "\"type\":\"object\",\"additionalProperties\":true}," WORKSPACE
     "},\"required\":[\"task_id\",\"updates\"]}",
     TOOL_WRITES | TOOL_SHOWS, tasks_update},
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
    .on_tool_call = tasks_on_tool,
};
