#include "ui/views/state_lists.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

static char *state_clean(const cJSON *j, const char *key)
{
    const char *s = json_str(j, key, NULL);
    return s ? sanitize_text(s, SANITIZE_ONE_LINE) : NULL;
}

static char *state_clean_or(const cJSON *j, const char *key, const char *fallback)
{
    return sanitize_text(json_str(j, key, fallback), SANITIZE_ONE_LINE);
}

static struct tree_node state_node_parse(const cJSON *j)
{
    return (struct tree_node){
        .id = json_int(j, "id", 0),
        .parent = json_int(j, "parent", 0),
        .depth = (int)MIN(MAX(json_int(j, "depth", 0), 0), 20),
        .kind = state_clean_or(j, "kind", "task"),
        .title = state_clean_or(j, "title", ""),
        .state = state_clean_or(j, "state", "pending"),
        .note = state_clean(j, "note"),
        .mode = state_clean(j, "mode"),
        .effort = state_clean(j, "effort"),
        .check = state_clean(j, "check"),
        .check_state = state_clean_or(j, "check_state", "none"),
        .reason = state_clean(j, "reason"),
        .rounds = json_int(j, "rounds", 0),
        .max_rounds = json_int(j, "max_rounds", 0),
        .tokens = json_int(j, "tokens", 0),
    };
}

/*
 * Depth first, a node's parent is the node before it or one above that: so each step back is
 * taken once in all, and 10,000 nodes cost 10,000 steps.
 */
static void state_tree_count_children(struct state *st)
{
    struct tree_node *nodes = st->nodes.ptr;
    VEC(ptrdiff_t) up = {0}; /* index of each node's parent; -1: not in the list */
    for (size_t i = 0; i < st->nodes.len; i++) {
        ptrdiff_t at = (ptrdiff_t)i - 1;
        while (at >= 0 && nodes[at].id != nodes[i].parent)
            at = up.ptr[at];
        if (at >= 0)
            nodes[at].children++;
        VEC_PUSH(&up, at);
    }
    VEC_FREE(&up);
}

/* Where the nodes of a goal stand: they follow each other, the goal first. */
static void state_goal_range(const struct state *st, int64_t goal, size_t *from, size_t *to)
{
    *from = 0;
    while (*from < st->nodes.len && st->nodes.ptr[*from].id != goal)
        ++*from;
    *to = *from < st->nodes.len ? *from + 1 : *from;
    while (*to < st->nodes.len && st->nodes.ptr[*to].parent != 0)
        ++*to;
}

/* The nodes of one goal take the place of those it had; other goals stay as they are. */
static void state_goal_replace(struct state *st, int64_t goal, const cJSON *list)
{
    size_t from, to, n = (size_t)cJSON_GetArraySize(list), at;
    state_goal_range(st, goal, &from, &to);
    for (size_t i = from; i < to; i++)
        state_node_fini(&st->nodes.ptr[i]);
    size_t behind = st->nodes.len - to;
    for (size_t i = to - from; i < n; i++)
        VEC_PUSH(&st->nodes, (struct tree_node){0}); /* room */
    if (behind)
        memmove(&st->nodes.ptr[from + n], &st->nodes.ptr[to], behind * sizeof *st->nodes.ptr);
    st->nodes.len = from + n + behind;
    at = from;
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        st->nodes.ptr[at++] = state_node_parse(j);
    }
    for (size_t i = 0; i < st->nodes.len; i++)
        st->nodes.ptr[i].children = 0;
}

void state_tree_apply(struct state *st, const struct event *ev)
{
    const char *text = ev->tree.nodes ? ev->tree.nodes : "[]";
    AUTO_JSON *list = json_parse(text, strlen(text), NULL);
    st->focus = ev->tree.focus;
    if (ev->tree.goal) {
        state_goal_replace(st, ev->tree.goal, list);
        state_tree_count_children(st);
        return;
    }
    state_tree_clear(st);
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        VEC_PUSH(&st->nodes, state_node_parse(j));
    }
    state_tree_count_children(st);
}

void state_approval_apply(struct state *st, const struct event *ev)
{
    const struct event_approval *q = &ev->approval;
    struct approval a = {
        .id = mem_strdup(q->id ? q->id : ""),
        .kind = sanitize_text(q->kind, SANITIZE_ONE_LINE),
        .title = sanitize_text(q->title, SANITIZE_ONE_LINE | SANITIZE_VISIBLE),
        .question = sanitize_text(q->title, SANITIZE_VISIBLE),
        .detail = sanitize_text(q->detail, SANITIZE_VISIBLE),
        .why = sanitize_text(q->why, SANITIZE_VISIBLE),
        .always = sanitize_text(q->always, SANITIZE_VISIBLE),
        .arrived_ms = clock_ms(),
    };
    AUTO_JSON *list = q->choices ? json_parse(q->choices, strlen(q->choices), NULL) : NULL;
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        struct choice c = {
            .key = state_clean_or(j, "key", "?"),
            .label = state_clean_or(j, "label", ""),
            .takes_text = json_bool(j, "text", false),
            .escape = json_bool(j, "escape", false),
        };
        VEC_PUSH(&a.choices, c);
    }
    VEC_PUSH(&st->approvals, a);
    state_mark_asked(st);
}

void state_catalog_apply(struct state *st, const struct event *ev)
{
    static const char *const kinds[] = {
#define C(name) #name,
        CATALOG_LIST(C)
#undef C
    };
    size_t kind = 0;
    while (kind < CATALOG_COUNT && strcmp(kinds[kind], ev->catalog.kind ? ev->catalog.kind : ""))
        kind++;
    if (kind == CATALOG_COUNT)
        return;
    const char *text = ev->catalog.items ? ev->catalog.items : "[]";
    AUTO_JSON *list = json_parse(text, strlen(text), NULL);
    state_catalog_clear(&st->catalogs[kind]);
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        struct entry en = {state_clean_or(j, "name", ""), state_clean_or(j, "help", ""),
                           state_clean_or(j, "value", "")};
        VEC_PUSH(&st->catalogs[kind], en);
    }
}

/* Kept as they were sent: by its words one is asked back. */
void state_waiting_apply(struct state *st, const struct event *ev)
{
    bool steer = !ev->waiting.kind || strcmp(ev->waiting.kind, "steer") == 0;
    const char *text = ev->waiting.items ? ev->waiting.items : "[]";
    AUTO_JSON *items = json_parse(text, strlen(text), NULL);
    texts *list = steer ? &st->steer : &st->queue;
    state_texts_clear(list);
    const cJSON *one;
    cJSON_ArrayForEach(one, items)
    {
        if (cJSON_IsString(one))
            VEC_PUSH(list, mem_strdup(one->valuestring));
    }
    if (ev->waiting.back)
        mem_replace(&st->taken_back, ev->waiting.back);
}
