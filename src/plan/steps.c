#include "plan/steps.h"

#include <string.h>

#include "base/mem.h"
#include "base/opt.h"

/* Names of a status: what is advertised first, then what models say as well. */
static const struct {
    const char *name;
    enum node_state state;
} statuses[] = {
    {"pending", NODE_PENDING},   {"in_progress", NODE_ACTIVE}, {"completed", NODE_CLAIMED},
    {"failed", NODE_FAILED},     {"todo", NODE_PENDING},       {"doing", NODE_ACTIVE},
    {"active", NODE_ACTIVE},     {"done", NODE_CLAIMED},       {"complete", NODE_CLAIMED},
    {"cancelled", NODE_SKIPPED}, {"skipped", NODE_SKIPPED},
};
#define ADVERTISED "pending, in_progress, completed or failed"

/* One step of the list; strings are the list's. */
struct step {
    const char *title, *check; /* check NULL: nothing is said of one */
    enum node_state state;
    int64_t id; /* the node it is, 0: none yet */
};
struct list {
    struct step *steps;
    size_t count;
};

void steps_result_fini(struct steps_result *r)
{
    VEC_FREE(&r->claimed);
    VEC_FREE(&r->kept);
}

/* ---- reading it ---- */

static bool read_status(const char *name, enum node_state *state)
{
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        if (strcmp(statuses[i].name, name) != 0)
            continue;
        *state = statuses[i].state;
        return true;
    }
    return false;
}

static bool read_step(const cJSON *item, size_t number, struct step *s, struct error *e)
{
    static const char *const names[] = {"step", "title", "content", "description", "text"};
    *s = (struct step){.title = cJSON_IsString(item) ? item->valuestring : NULL};
    for (size_t i = 0; i < COUNT_OF(names) && !s->title; i++)
        s->title = json_str(item, names[i], NULL);
    if (!s->title || !*s->title)
        return error_set(e, ERR_USAGE, "step %zu has no text: give {\"step\": \"...\"}", number);
    s->check = json_str(item, "check", NULL);
    const char *status = json_str(item, "status", "pending");
    if (!read_status(status, &s->state))
        return error_set(e, ERR_USAGE, "step %zu (%.60s) has the status \"%s\": it is %s", number,
                         s->title, status, ADVERTISED);
    return true;
}

static bool read_list(const cJSON *plan, struct list *l, struct error *e)
{
    int n = cJSON_GetArraySize(plan);
    if (n == 0)
        return error_set(e, ERR_USAGE, "plan is empty: give its steps, the finished ones too");
    if (n > STEPS_MAX)
        return error_set(e, ERR_USAGE, "%d steps are too many to follow: give at most %d", n,
                         STEPS_MAX);
    l->steps = mem_alloc((size_t)n * sizeof *l->steps);
    const cJSON *item;
    cJSON_ArrayForEach(item, plan)
    {
        if (!read_step(item, l->count + 1, &l->steps[l->count], e))
            return false;
        for (size_t i = 0; i < l->count; i++)
            if (strcmp(l->steps[i].title, l->steps[l->count].title) == 0)
                return error_set(e, ERR_USAGE,
                                 "steps %zu and %zu are both \"%.60s\": word them so that they "
                                 "can be told apart",
                                 i + 1, l->count + 1, l->steps[i].title);
        l->count++;
    }
    return true;
}

/* ---- which node each of them is ---- */

/* A node that a list speaks of: the goal's child, no behavior's own, not left out before. */
static bool is_step(const struct tree *t, const struct node *n)
{
    return n->parent == t->goal && t->goal && !n->key && n->state != NODE_SKIPPED;
}

static bool taken(const struct list *l, int64_t id)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->steps[i].id == id)
            return true;
    return false;
}

static void match_titles(const struct tree *t, struct list *l)
{
    for (size_t k = 0; k < t->nodes.len; k++) {
        const struct node *n = &t->nodes.ptr[k];
        for (size_t i = 0; is_step(t, n) && i < l->count; i++)
            if (!l->steps[i].id && strcmp(l->steps[i].title, n->title) == 0)
                l->steps[i].id = n->id;
    }
}

/* A step in the place of one that is gone is that one in other words: its note, its mode and the
 * rounds spent on it stay. What the user worded, or what ended, is nobody's to reword. */
static void match_places(const struct tree *t, struct list *l)
{
    size_t place = 0;
    for (size_t k = 0; k < t->nodes.len && place < l->count; k++) {
        const struct node *n = &t->nodes.ptr[k];
        if (!is_step(t, n))
            continue;
        struct step *s = &l->steps[place++];
        if (!s->id && !n->by_user && !node_state_ended(n->state) && !taken(l, n->id))
            s->id = n->id;
    }
}

/* ---- laying it down ---- */

static void lay_step(struct tree *t, const struct step *s, struct steps_result *r)
{
    struct node *n = tree_find(t, s->id);
    if (strcmp(n->title, s->title) != 0)
        mem_replace(&n->title, s->title);
    if (s->check && strcmp(s->check, n->check ? n->check : "") != 0) {
        mem_replace(&n->check, *s->check ? s->check : NULL);
        n->check_state = CHECK_NONE;
        t->progress++;
        if (n->state == NODE_DONE) /* done by another check than this */
            n->state = NODE_CLAIMED;
    }
    if (s->state == NODE_CLAIMED) {
        if (n->state != NODE_DONE)
            VEC_PUSH(&r->claimed, n->id);
    } else if (s->state != NODE_ACTIVE && n->state != s->state) {
        tree_set_state(t, s->id, s->state, NULL);
    } else if (s->state == NODE_ACTIVE && node_state_ended(n->state)) {
        tree_set_state(t, s->id, NODE_PENDING, NULL);
    }
}

/* The nodes of the list stand in the places they have together, in its order. */
static void put_in_order(struct tree *t, const struct list *l)
{
    struct node *all = mem_alloc(l->count * sizeof *all);
    for (size_t i = 0; i < l->count; i++)
        all[i] = *tree_find(t, l->steps[i].id);
    size_t next = 0;
    for (size_t k = 0; k < t->nodes.len; k++)
        if (taken(l, t->nodes.ptr[k].id))
            t->nodes.ptr[k] = all[next++];
    tree_moved(t);
    free(all);
}

static void leave_out(struct tree *t, const struct list *l, struct steps_result *r)
{
    for (size_t k = 0; k < t->nodes.len; k++) {
        const struct node *n = &t->nodes.ptr[k];
        if (!is_step(t, n) || taken(l, n->id) || node_state_ended(n->state))
            continue;
        if (n->by_user)
            VEC_PUSH(&r->kept, n->id);
        else
            tree_set_state(t, n->id, NODE_SKIPPED, "left out of the plan");
    }
}

static void put_to_work(struct tree *t, const struct list *l, struct steps_result *r)
{
    int64_t first = 0;
    for (size_t i = 0; i < l->count; i++) {
        if (l->steps[i].state != NODE_ACTIVE)
            continue;
        if (!first && tree_is_leaf(t, l->steps[i].id))
            first = l->steps[i].id;
        else
            r->also_active++;
    }
    tree_activate(t, first);
}

bool steps_lay(struct tree *t, const cJSON *plan, struct steps_result *r, struct error *e)
{
    struct list l = {0};
    *r = (struct steps_result){0};
    bool ok = read_list(plan, &l, e);
    if (ok && !tree_find(t, t->goal))
        ok = error_set(e, ERR_DENIED, "there is no goal to plan");
    if (ok) {
        match_titles(t, &l);
        match_places(t, &l);
        for (size_t i = 0; i < l.count; i++) {
            if (!l.steps[i].id)
                l.steps[i].id = tree_add_child(t, t->goal, l.steps[i].title, false);
            lay_step(t, &l.steps[i], r);
        }
        leave_out(t, &l, r);
        put_in_order(t, &l);
        put_to_work(t, &l, r);
        r->steps = l.count;
        t->changes++;
    }
    free(l.steps);
    return ok;
}
