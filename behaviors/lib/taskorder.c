#include "behaviors/lib/taskorder.h"

#include <stdio.h>
#include <string.h>

/* ---- the way down ---- */

/* Depth first along dependencies, each task once; what is met again on the way is a cycle. */
struct walk {
    const struct tasklist *list;
    void *arg;
    /* A dependency met the first time; task NULL: it is not in the list. True: look behind it. */
    bool (*enter)(void *arg, const char *id, const cJSON *task);
    void (*cycle)(void *arg, const char *text, size_t tasks); /* NULL: never mind */
    size_t *way, depth; /* places in the index, from the first task downward */
    bool *met;          /* by place */
};

static void walk_init(struct walk *w)
{
    w->way = mem_alloc((w->list->index.len + 1) * sizeof *w->way);
    w->met = mem_alloc(w->list->index.len + 1);
}

static void walk_fini(struct walk *w)
{
    free(w->way);
    free(w->met);
}

/* Tell of the cycle that `again` closes, if it is on the way. */
static void walk_tell_cycle(struct walk *w, size_t again)
{
    AUTO(buf) text = {0};
    size_t from = 0;
    while (from < w->depth && w->way[from] != again)
        from++;
    if (from == w->depth || !w->cycle)
        return;
    for (size_t i = from; i < w->depth; i++)
        buf_addf(&text, "%s → ", task_id(w->list->index.ptr[w->way[i]].task));
    buf_adds(&text, task_id(w->list->index.ptr[again].task));
    w->cycle(w->arg, buf_cstr(&text), w->depth - from);
}

/* A dependency's id, "" for what is none; number: room for one that is a number. */
static const char *walk_id(const cJSON *dependency, char number[static 64])
{
    if (cJSON_IsString(dependency))
        return dependency->valuestring;
    snprintf(number, 64, "%g", dependency->valuedouble);
    return cJSON_IsNumber(dependency) ? number : "";
}

static void walk_from(struct walk *w, size_t place);

static void walk_on(struct walk *w, const char *id)
{
    size_t place = tasklist_place(w->list, id);
    bool known = place < w->list->index.len;
    if (!*id)
        return;
    if (known && w->met[place]) {
        walk_tell_cycle(w, place);
        return;
    }
    if (w->enter(w->arg, id, known ? w->list->index.ptr[place].task : NULL) && known)
        walk_from(w, place);
    else if (known)
        w->met[place] = true;
}

static void walk_from(struct walk *w, size_t place)
{
    const cJSON *d;
    char number[64];
    w->met[place] = true;
    w->way[w->depth++] = place;
    cJSON_ArrayForEach(d, json_get(w->list->index.ptr[place].task, "dependencies"))
        walk_on(w, walk_id(d, number));
    w->depth--;
}

/* ---- what a task waits for ---- */

static bool wait_has_root(const struct task_wait *w, const char *root)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, w->roots) if (strcmp(r->valuestring, root) == 0) return true;
    return false;
}

static void wait_because(struct task_wait *w, bool for_ever, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
static void wait_because(struct task_wait *w, bool for_ever, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    w->for_ever |= for_ever;
    if (!wait_has_root(w, buf_cstr(&text)))
        cJSON_AddItemToArray(w->roots, cJSON_CreateString(buf_cstr(&text)));
}

static void wait_cycle(void *arg, const char *text, size_t tasks)
{
    wait_because(arg, true, "cycle %s", text);
}

static bool wait_enter(void *arg, const char *id, const cJSON *task)
{
    struct task_wait *w = arg;
    if (task && task_is(task, "completed"))
        return false;
    AUTO_FREE char *link = mem_printf("%s (%s)", id, task ? task_status(task) : "unknown");
    cJSON_AddItemToArray(w->chain, cJSON_CreateString(link));
    if (!task)
        wait_because(w, true, "blocked by %s, which is not in the list", id);
    else if (task_is(task, "failed"))
        wait_because(w, true, "blocked by failed %s", id);
    else if (task_is(task, "in_progress"))
        wait_because(w, false, "waiting on in-progress %s", id);
    else
        return true;
    return false;
}

static struct walk wait_walk(const struct tasklist *l, struct task_wait *w)
{
    w->chain = cJSON_CreateArray();
    w->roots = cJSON_CreateArray();
    return (struct walk){.list = l, .arg = w, .enter = wait_enter, .cycle = wait_cycle};
}

bool taskorder_wait(const struct tasklist *l, const cJSON *task, struct task_wait *w)
{
    size_t place = tasklist_place(l, task_id(task));
    if (place == l->index.len || !task_is(task, "pending"))
        return false;
    AUTO(walk) way = wait_walk(l, w);
    walk_init(&way);
    walk_from(&way, place);
    return true;
}

void task_wait_fini(struct task_wait *w)
{
    cJSON_Delete(w->chain);
    cJSON_Delete(w->roots);
    *w = (struct task_wait){0};
}

void task_wait_why(const struct task_wait *w, struct buf *out)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, w->roots)
        buf_addf(out, "%s%s", r == w->roots->child ? "" : "; ", r->valuestring);
}

/* ---- the order of work ---- */

bool taskorder_is_ready(const struct tasklist *l, const cJSON *task)
{
    const cJSON *d;
    char number[64];
    cJSON_ArrayForEach(d, json_get(task, "dependencies"))
    {
        const char *id = walk_id(d, number);
        const cJSON *on = tasklist_find(l, id);
        if (*id && (!on || !task_is(on, "completed")))
            return false;
    }
    return true;
}

const cJSON *taskorder_next(const struct tasklist *l, bool even_when_not_ready)
{
    const cJSON *t, *best = NULL;
    cJSON_ArrayForEach(t, l->tasks)
    {
        if (!task_is(t, "pending") || !*task_id(t))
            continue;
        if (best && json_num(t, "priority", 100) >= json_num(best, "priority", 100))
            continue;
        if (even_when_not_ready || taskorder_is_ready(l, t))
            best = t;
    }
    return best;
}

static void taskorder_add_roots(const struct tasklist *l, struct buf *out)
{
    const cJSON *t;
    AUTO(task_wait) w = {0};
    AUTO(walk) way = wait_walk(l, &w);
    walk_init(&way);
    cJSON_ArrayForEach(t, l->tasks)
    {
        size_t place = tasklist_place(l, task_id(t));
        if (task_is(t, "in_progress"))
            wait_because(&w, false, "waiting on in-progress %s", task_id(t));
        else if (task_is(t, "pending") && place < l->index.len && !way.met[place])
            walk_from(&way, place);
    }
    task_wait_why(&w, out);
}

void taskorder_reason(const struct tasklist *l, struct buf *out)
{
    size_t before = out->len;
    int64_t failed = tasklist_count(l, "failed");
    taskorder_add_roots(l, out);
    if (out->len > before)
        return;
    if (failed)
        buf_addf(out, "no task is left: %lld completed, %lld failed",
                 (long long)tasklist_count(l, "completed"), (long long)failed);
    else
        buf_adds(out, l->index.len ? "all tasks are done" : "there are no tasks");
}

cJSON *taskorder_blocked(const struct tasklist *l, int most)
{
    cJSON *all = cJSON_CreateArray();
    const cJSON *t;
    int told = 0;
    cJSON_ArrayForEach(t, l->tasks)
    {
        AUTO(task_wait) w = {0};
        AUTO(buf) why = {0};
        if (told == most || !taskorder_wait(l, t, &w) || (!w.chain->child && !w.roots->child))
            continue;
        task_wait_why(&w, &why);
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "id", task_id(t));
        json_add(one, "blocked_by", w.chain);
        json_add_str(one, "why", buf_cstr(&why));
        cJSON_AddItemToArray(all, one);
        w.chain = NULL;
        told++;
    }
    return all;
}

cJSON *taskorder_dependents(const struct tasklist *l, const char *id)
{
    cJSON *all = cJSON_CreateArray();
    AUTO_FREE char *root = mem_printf("blocked by failed %s", id);
    const cJSON *t;
    cJSON_ArrayForEach(t, l->tasks)
    {
        AUTO(task_wait) w = {0};
        if (taskorder_wait(l, t, &w) && wait_has_root(&w, root))
            cJSON_AddItemToArray(all, cJSON_CreateString(task_id(t)));
    }
    return all;
}

/* ---- checks ---- */

struct search {
    const char *id;
    bool found;
};

static bool search_enter(void *arg, const char *id, const cJSON *task)
{
    struct search *s = arg;
    s->found |= strcmp(id, s->id) == 0;
    return !s->found;
}

static bool taskorder_check_ids(const struct tasklist *l, const cJSON *task, const cJSON *deps,
                                struct error *e)
{
    const cJSON *d;
    bool ids = cJSON_IsArray(deps);
    cJSON_ArrayForEach(d, deps) ids = ids && cJSON_IsString(d);
    if (!ids)
        return error_set(e, ERR_USAGE, "dependencies is an array of ids");
    cJSON_ArrayForEach(d, deps)
    {
        if (strcmp(d->valuestring, task_id(task)) == 0)
            return error_set(e, ERR_USAGE, "%s cannot depend on itself", task_id(task));
        if (!tasklist_find(l, d->valuestring))
            return error_set(e, ERR_USAGE, "%s is not in the list", d->valuestring);
    }
    return true;
}

bool taskorder_check(const struct tasklist *l, const cJSON *task, const cJSON *deps,
                     struct error *e)
{
    const cJSON *d;
    struct search s = {.id = task_id(task)};
    AUTO(walk) way = {.list = l, .arg = &s, .enter = search_enter};
    if (!taskorder_check_ids(l, task, deps, e))
        return false;
    walk_init(&way);
    cJSON_ArrayForEach(d, deps)
    {
        walk_from(&way, tasklist_place(l, d->valuestring));
        if (s.found)
            return error_set(e, ERR_USAGE, "cycle: %s depends on %s already", d->valuestring,
                             task_id(task));
    }
    return true;
}

struct telling {
    void (*tell)(void *arg, const char *text);
    void *arg;
};

static bool telling_enter(void *arg, const char *id, const cJSON *task)
{
    return true;
}

static void telling_cycle(void *arg, const char *text, size_t tasks)
{
    const struct telling *t = arg;
    if (tasks > 1)
        t->tell(t->arg, text);
}

void taskorder_cycles(const struct tasklist *l, void (*tell)(void *arg, const char *text),
                      void *arg)
{
    const cJSON *t;
    struct telling to = {tell, arg};
    AUTO(walk) way = {.list = l, .arg = &to, .enter = telling_enter, .cycle = telling_cycle};
    walk_init(&way);
    cJSON_ArrayForEach(t, l->tasks)
    {
        size_t place = tasklist_place(l, task_id(t));
        if (place < l->index.len && !way.met[place])
            walk_from(&way, place);
    }
}
