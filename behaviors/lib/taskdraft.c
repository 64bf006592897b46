#include "behaviors/lib/taskdraft.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "behaviors/lib/taskorder.h"

void taskdraft_fini(struct taskdraft *d)
{
    tasklist_fini(&d->list);
    buf_fini(&d->problems);
    d->problem_count = 0;
}

static void draft_problem(struct taskdraft *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void draft_problem(struct taskdraft *d, const char *fmt, ...)
{
    va_list ap;
    buf_adds(&d->problems, d->problem_count++ ? "; " : "");
    va_start(ap, fmt);
    buf_vaddf(&d->problems, fmt, ap);
    va_end(ap);
}

/* ---- the forms it comes in ---- */

/* Take "(depends: T2, T3)" from the end of a line: its inside, or NULL. */
static char *draft_cut_dependencies(char *line)
{
    char *deps = strstr(line, "(depends");
    if (!deps)
        return NULL;
    *deps = '\0';
    deps += strlen("(depends");
    deps += strncmp(deps, " on", 3) == 0 ? 3 : 0;
    deps += strspn(deps, ": ");
    deps[strcspn(deps, ")")] = '\0';
    return deps;
}

/* "T1: text (depends: T2, T3)": what is before a colon is the id when it is one word. */
static cJSON *draft_from_text(const char *text, size_t n, int number)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    cJSON *j = cJSON_CreateObject();
    AUTO_FREE char *line = text_line(text, n), *made = mem_printf("T%d", number);
    char *at = line;
    size_t len = strspn(line, word);
    bool named = len > 0 && line[len] == ':';
    if (named) {
        line[len] = '\0';
        at = line + len + 1;
    }
    json_add_str(j, "id", named ? line : made);
    json_add_str(j, "dependencies", draft_cut_dependencies(at));
    AUTO_FREE char *rest = text_line(at, strlen(at));
    json_add_str(j, "description", rest);
    return j;
}

/* A line of a checklist, "- [x] text", at any indentation: where its text begins. */
static const char *draft_check_line(const char *p, bool *done)
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

static cJSON *draft_from_markdown(const char *text)
{
    cJSON *list = cJSON_CreateArray();
    for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
        bool done;
        const char *at = draft_check_line(p, &done);
        if (!at)
            continue;
        cJSON *one = draft_from_text(at, strcspn(at, "\n"), cJSON_GetArraySize(list) + 1);
        if (done)
            json_add_str(one, "status", "completed");
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

/* What was given, as an array, empty when there is nothing. NULL: *e. Caller owns. */
static cJSON *draft_given(const cJSON *args, struct error *e)
{
    const cJSON *v = json_get(args, "tasks");
    AUTO_JSON *parsed = NULL;
    if (!v || (cJSON_IsArray(v) && !v->child))
        v = json_get(args, "content") ? json_get(args, "content") : v;
    if (v && cJSON_IsString(v)) {
        const char *text = v->valuestring + strspn(v->valuestring, " \t\r\n");
        if (*text != '[' && *text != '{')
            return draft_from_markdown(text);
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

/* ---- a task in full ---- */

/* Ids may come as numbers. Caller frees; NULL: none. */
static char *draft_id(const cJSON *v)
{
    if (cJSON_IsNumber(v))
        return mem_printf("%g", v->valuedouble);
    return cJSON_IsString(v) ? text_line(v->valuestring, strlen(v->valuestring)) : NULL;
}

static void draft_add_id(cJSON *ids, const char *id)
{
    if (id && *id)
        cJSON_AddItemToArray(ids, cJSON_CreateString(id));
}

/* An array of ids, or a text with commas between them. Caller owns. */
static cJSON *draft_ids(const cJSON *v)
{
    cJSON *ids = cJSON_CreateArray();
    const cJSON *m, *list = cJSON_IsArray(v) ? v : NULL;
    cJSON_ArrayForEach(m, list)
    {
        AUTO_FREE char *id = draft_id(m);
        draft_add_id(ids, id);
    }
    for (const char *p = cJSON_IsString(v) ? v->valuestring : ""; *p;) {
        size_t n = strcspn(p, ",");
        AUTO_FREE char *id = text_line(p, n);
        draft_add_id(ids, id);
        p += n + (p[n] == ',');
    }
    return ids;
}

/* The member when it is allowed, else the fallback. */
static const char *draft_choice(struct taskdraft *d, const char *id, const cJSON *in,
                                const char *key, const char *allowed, const char *fallback)
{
    const char *v = json_str(in, key, "");
    if (text_is_one_of(v, allowed))
        return v;
    if (*v)
        draft_problem(d, "%s: %s is one of %s, not \"%.40s\"", id, key, allowed, v);
    return fallback;
}

static void draft_add_progress(cJSON *out, const char *status)
{
    json_add_str(out, "status", status);
    json_add(out, "started_at", cJSON_CreateNull());
    json_add(out, "completed_at", cJSON_CreateNull());
    json_add(out, "result", cJSON_CreateNull());
    json_add_int(out, "attempts", 0);
    json_add(out, "notes", cJSON_CreateArray());
}

/* The members nobody knows stay as they are. */
static void draft_add_rest(cJSON *out, const cJSON *in)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, in) if (!json_get(out, m->string) && strcmp(m->string, "depends_on") != 0)
        json_add(out, m->string, cJSON_Duplicate(m, true));
}

static cJSON *draft_task(struct taskdraft *d, const cJSON *in, int number)
{
    AUTO_FREE char *made = mem_printf("task %d", number), *id = draft_id(json_get(in, "id"));
    const char *name = id && *id ? id : made;
    const char *text = json_str(in, "description", json_str(in, "title", ""));
    const cJSON *deps = json_get(in, "dependencies"), *priority = json_get(in, "priority");
    if (name == made)
        draft_problem(d, "%s has no id", made);
    if (text_is_blank(text))
        draft_problem(d, "%s has no description", name);
    if (priority && !cJSON_IsNumber(priority) && !cJSON_IsNull(priority))
        draft_problem(d, "%s: priority is a number, the lowest is first", name);
    cJSON *out = cJSON_CreateObject();
    json_add_str(out, "id", id ? id : "");
    json_add_str(out, "description", text);
    json_add_str(out, "module", json_str(in, "module", ""));
    json_add(out, "priority", cJSON_CreateNumber(json_num(in, "priority", 100)));
    json_add(out, "dependencies", draft_ids(deps ? deps : json_get(in, "depends_on")));
    json_add_str(out, "estimated_complexity",
                 draft_choice(d, name, in, "estimated_complexity", "low|medium|high", "medium"));
    draft_add_progress(out, draft_choice(d, name, in, "status", TASK_STATUSES, "pending"));
    draft_add_rest(out, in);
    return out;
}

/* ---- checks ---- */

static void draft_check_ids(struct taskdraft *d)
{
    const cJSON *one, *dep;
    cJSON_ArrayForEach(one, d->list.tasks)
    {
        const char *id = task_id(one);
        if (*id && tasklist_find(&d->list, id) != one)
            draft_problem(d, "the id %s stands twice", id);
        cJSON_ArrayForEach(dep, json_get(one, "dependencies"))
        {
            if (strcmp(dep->valuestring, id) == 0)
                draft_problem(d, "%s depends on itself", id);
            else if (!tasklist_find(&d->list, dep->valuestring))
                draft_problem(d, "%s depends on %s, which is not in the list", id,
                              dep->valuestring);
        }
    }
}

static void draft_cycle(void *arg, const char *text)
{
    draft_problem(arg, "cycle: %s", text);
}

bool taskdraft_read(struct taskdraft *d, const cJSON *args, struct error *e)
{
    AUTO_JSON *given = draft_given(args, e);
    const cJSON *one;
    int n = cJSON_GetArraySize(given), at = 0;
    if (!given)
        return false;
    if (n == 0)
        return error_set(e, ERR_USAGE,
                         "there are no tasks: give tasks, or content as JSON or as a checklist "
                         "(- [ ] T1: text (depends: T2))");
    if (n > TASKLIST_MAX)
        return error_set(e, ERR_LIMIT, "%d tasks are too many: at most %d", n, TASKLIST_MAX);
    cJSON *tasks = cJSON_CreateArray();
    cJSON_ArrayForEach(one, given)
    {
        const char *text = cJSON_IsString(one) ? one->valuestring : NULL;
        at++;
        AUTO_JSON *made = text ? draft_from_text(text, strlen(text), at) : NULL;
        cJSON_AddItemToArray(tasks, draft_task(d, made ? made : one, at));
    }
    tasklist_take(&d->list, tasks);
    draft_check_ids(d);
    taskorder_cycles(&d->list, draft_cycle, d);
    return true;
}

/* ---- into a file ---- */

/* Only of what was begun; what is ticked now keeps its new status. True: it had progress. */
static bool draft_keep(cJSON *task, const cJSON *old)
{
    static const char *const fields[] = {"status",   "started_at", "completed_at",     "result",
                                         "attempts", "notes",      "status_updated_at"};
    bool fresh = strcmp(json_str(old, "status", "pending"), "pending") == 0;
    bool tried = json_int(old, "attempts", 0) > 0;
    bool ticked = strcmp(json_str(task, "status", ""), "pending") != 0;
    if (fresh && !tried && !json_get(old, "notes"))
        return false;
    for (size_t i = fresh && ticked; i < COUNT_OF(fields); i++) {
        const cJSON *v = json_get(old, fields[i]);
        if (!v)
            continue;
        cJSON_DeleteItemFromObjectCaseSensitive(task, fields[i]);
        json_add(task, fields[i], cJSON_Duplicate(v, true));
    }
    return !fresh || tried;
}

int64_t taskdraft_keep_progress(struct taskdraft *d, const char *text, size_t n)
{
    AUTO(tasklist) old = {0};
    struct error e = {0};
    int64_t kept = 0;
    cJSON *task;
    cJSON *doc = json_parse(text, n, &e);
    if (!doc || !tasklist_take(&old, doc))
        return -1;
    cJSON_ArrayForEach(task, d->list.tasks)
    {
        const cJSON *same = tasklist_find(&old, task_id(task));
        kept += same && draft_keep(task, same);
    }
    return kept;
}

char *taskdraft_print(const struct taskdraft *d)
{
    char when[32];
    clock_iso(clock_wall_ms(), when);
    AUTO(tasklist) file = {.doc = cJSON_CreateObject()};
    json_add_str(file.doc, "generated_at", when);
    json_add_int(file.doc, "total_tasks", cJSON_GetArraySize(d->list.tasks));
    json_add(file.doc, "tasks", cJSON_Duplicate(d->list.tasks, true));
    return tasklist_print(&file);
}
