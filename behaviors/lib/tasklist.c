#include "behaviors/lib/tasklist.h"

#include <string.h>

#include "base/clock.h"

void tasklist_fini(struct tasklist *l)
{
    cJSON_Delete(l->doc);
    VEC_FREE(&l->index);
    *l = (struct tasklist){0};
}

/* ---- reading ---- */

static int tasklist_order(const void *x, const void *y)
{
    const struct tasklist_ref *a = x, *b = y;
    int by_id = strcmp(task_id(a->task), task_id(b->task));
    return by_id ? by_id : a->at < b->at ? -1 : a->at > b->at;
}

static void tasklist_add(struct tasklist *l, cJSON *task)
{
    const cJSON *id = json_get(task, "id");
    AUTO_FREE char *text = cJSON_IsNumber(id) ? mem_printf("%g", id->valuedouble) : NULL;
    if (text)
        cJSON_ReplaceItemInObjectCaseSensitive(task, "id", cJSON_CreateString(text));
    VEC_PUSH(&l->index, ((struct tasklist_ref){task, l->index.len}));
}

bool tasklist_take(struct tasklist *l, cJSON *doc)
{
    cJSON *task;
    l->doc = doc;
    l->tasks = cJSON_IsArray(doc) ? doc : cJSON_GetObjectItemCaseSensitive(doc, "tasks");
    if (!cJSON_IsArray(l->tasks)) {
        l->tasks = NULL;
        return false;
    }
    cJSON_ArrayForEach(task, l->tasks) tasklist_add(l, task);
    if (l->index.len)
        qsort(l->index.ptr, l->index.len, sizeof *l->index.ptr, tasklist_order);
    return true;
}

bool tasklist_parse(struct tasklist *l, const char *text, size_t n, const char *name,
                    struct error *e)
{
    cJSON *doc = json_parse(text, n, e);
    if (!doc)
        return error_prefix(e, "%s is no task list", name);
    if (!tasklist_take(l, doc))
        return error_set(e, ERR_PARSE, "%s has no \"tasks\": write the task list again", name);
    if (l->index.len > TASKLIST_MAX)
        return error_set(e, ERR_LIMIT, "%s has more than %d tasks: split it", name, TASKLIST_MAX);
    return true;
}

char *tasklist_print(const struct tasklist *l)
{
    AUTO_FREE char *text = json_print_lines(l->doc);
    return mem_printf("%s\n", text);
}

size_t tasklist_place(const struct tasklist *l, const char *id)
{
    size_t from = 0, to = l->index.len;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        if (strcmp(task_id(l->index.ptr[at].task), id) < 0)
            from = at + 1;
        else
            to = at;
    }
    bool found = *id && from < l->index.len && strcmp(task_id(l->index.ptr[from].task), id) == 0;
    return found ? from : l->index.len;
}

cJSON *tasklist_find(const struct tasklist *l, const char *id)
{
    size_t at = tasklist_place(l, id);
    return at < l->index.len ? l->index.ptr[at].task : NULL;
}

int64_t tasklist_count(const struct tasklist *l, const char *status)
{
    const cJSON *task;
    int64_t n = 0;
    cJSON_ArrayForEach(task, l->tasks) n += task_is(task, status);
    return n;
}

/* ---- a task ---- */

const char *task_id(const cJSON *task)
{
    return json_str(task, "id", "");
}

const char *task_status(const cJSON *task)
{
    static const char *const known[] = {"in_progress", "completed", "failed"};
    const char *s = json_str(task, "status", "");
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strcmp(s, known[i]) == 0)
            return known[i];
    return "pending";
}

bool task_is(const cJSON *task, const char *status)
{
    return strcmp(task_status(task), status) == 0;
}

const char *task_last_note(const cJSON *task)
{
    const cJSON *notes = json_get(task, "notes");
    int n = cJSON_GetArraySize(notes);
    return n > 0 ? json_str(cJSON_GetArrayItem(notes, n - 1), "note", NULL) : NULL;
}

static void task_set(cJSON *task, const char *key, cJSON *value)
{
    if (json_get(task, key))
        cJSON_ReplaceItemInObjectCaseSensitive(task, key, value);
    else
        cJSON_AddItemToObject(task, key, value);
}

static void task_add_note(cJSON *task, const char *note, const char *when)
{
    cJSON *notes = cJSON_GetObjectItemCaseSensitive(task, "notes");
    if (!cJSON_IsArray(notes)) {
        task_set(task, "notes", cJSON_CreateArray());
        notes = cJSON_GetObjectItemCaseSensitive(task, "notes");
    }
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "timestamp", when);
    json_add_str(one, "note", note);
    cJSON_AddItemToArray(notes, one);
}

void task_change(cJSON *task, const char *status, const char *result, const char *note)
{
    char when[32];
    clock_iso(clock_wall_ms(), when);
    task_set(task, "status", cJSON_CreateString(status));
    if (strcmp(status, "in_progress") == 0) {
        if (!json_str(task, "started_at", NULL))
            task_set(task, "started_at", cJSON_CreateString(when));
        double attempts = (double)(json_int(task, "attempts", 0) + 1);
        task_set(task, "attempts", cJSON_CreateNumber(attempts));
    }
    bool over = strcmp(status, "completed") == 0 || strcmp(status, "failed") == 0;
    task_set(task, "completed_at", over ? cJSON_CreateString(when) : cJSON_CreateNull());
    if (result)
        task_set(task, "result", cJSON_CreateString(result));
    task_set(task, "status_updated_at", cJSON_CreateString(when));
    if (note && *note)
        task_add_note(task, note, when);
}

int task_update(cJSON *task, const cJSON *updates, struct buf *ignored)
{
    const cJSON *u;
    char when[32];
    int changed = 0;
    cJSON_ArrayForEach(u, updates)
    {
        if (strcmp(u->string, "id") == 0 || strcmp(u->string, "status") == 0) {
            buf_addf(ignored, "%s%s", ignored->len ? ", " : "", u->string);
            continue;
        }
        task_set(task, u->string, cJSON_Duplicate(u, true));
        changed++;
    }
    clock_iso(clock_wall_ms(), when);
    if (changed)
        task_set(task, "updated_at", cJSON_CreateString(when));
    return changed;
}
