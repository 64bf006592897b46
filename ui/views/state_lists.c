/* The lists that arrive as JSON: the task tree, questions, catalogs. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ui/views/state.h"

static void state_node_free(struct tree_node *n)
{
    free(n->kind);
    free(n->title);
    free(n->state);
    free(n->note);
    free(n->mode);
    free(n->check);
    free(n->check_state);
    free(n->reason);
}

void state_tree_clear(struct state *st)
{
    for (size_t i = 0; i < st->nodes.len; i++)
        state_node_free(&st->nodes.ptr[i]);
    VEC_FREE(&st->nodes);
}

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
        .check = state_clean(j, "check"),
        .check_state = state_clean_or(j, "check_state", "none"),
        .reason = state_clean(j, "reason"),
        .rounds = json_int(j, "rounds", 0),
        .max_rounds = json_int(j, "max_rounds", 0),
        .tokens = json_int(j, "tokens", 0),
    };
}

static void state_tree_count_children(struct state *st)
{
    for (size_t i = 0; i < st->nodes.len; i++)
        for (size_t k = i; k > 0; k--)
            if (st->nodes.ptr[k - 1].id == st->nodes.ptr[i].parent) {
                st->nodes.ptr[k - 1].children++;
                break;
            }
}

void state_tree_apply(struct state *st, const struct event *ev)
{
    const char *text = ev->tree.nodes ? ev->tree.nodes : "[]";
    AUTO_JSON *list = json_parse(text, strlen(text), NULL);
    state_tree_clear(st);
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        VEC_PUSH(&st->nodes, state_node_parse(j));
    }
    state_tree_count_children(st);
    st->focus = ev->tree.focus;
}

const struct tree_node *state_node(const struct state *st, int64_t id)
{
    for (size_t i = 0; i < st->nodes.len; i++)
        if (st->nodes.ptr[i].id == id)
            return &st->nodes.ptr[i];
    return NULL;
}

const char *state_active_title(const struct state *st)
{
    const struct tree_node *n = st->focus ? state_node(st, st->focus) : NULL;
    for (size_t i = st->nodes.len; !n && i > 0; i--)
        if (strcmp(st->nodes.ptr[i - 1].state, "active") == 0)
            n = &st->nodes.ptr[i - 1];
    return n && n->parent != 0 ? n->title : NULL;
}

static void state_choices_parse(struct approval *a, const char *text)
{
    AUTO_JSON *list = text ? json_parse(text, strlen(text), NULL) : NULL;
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        struct choice c = {
            .key = state_clean_or(j, "key", "?"),
            .label = state_clean_or(j, "label", ""),
            .takes_text = json_bool(j, "text", false),
        };
        VEC_PUSH(&a->choices, c);
    }
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
    state_choices_parse(&a, q->choices);
    VEC_PUSH(&st->approvals, a);
}

static void state_approval_free(struct approval *a)
{
    for (size_t i = 0; i < a->choices.len; i++) {
        free(a->choices.ptr[i].key);
        free(a->choices.ptr[i].label);
    }
    VEC_FREE(&a->choices);
    free(a->id);
    free(a->kind);
    free(a->title);
    free(a->question);
    free(a->detail);
    free(a->why);
    free(a->always);
}

void state_approval_done(struct state *st, const char *id)
{
    for (size_t i = 0; i < st->approvals.len; i++) {
        if (strcmp(st->approvals.ptr[i].id, id ? id : "") != 0)
            continue;
        state_approval_free(&st->approvals.ptr[i]);
        st->approvals.len--;
        memmove(&st->approvals.ptr[i], &st->approvals.ptr[i + 1],
                (st->approvals.len - i) * sizeof *st->approvals.ptr);
        if (i == 0 && st->approvals.len > 0)
            st->approvals.ptr[0].arrived_ms = clock_ms();
        return;
    }
}

static void state_catalog_clear(entries *list)
{
    for (size_t i = 0; i < list->len; i++) {
        free(list->ptr[i].name);
        free(list->ptr[i].help);
    }
    list->len = 0;
}

void state_catalogs_clear(struct state *st)
{
    for (size_t i = 0; i < CATALOG_COUNT; i++) {
        state_catalog_clear(&st->catalogs[i]);
        VEC_FREE(&st->catalogs[i]);
    }
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
        struct entry en = {state_clean_or(j, "name", ""), state_clean_or(j, "help", "")};
        VEC_PUSH(&st->catalogs[kind], en);
    }
}

bool state_has_talk(const struct state *st)
{
    for (size_t i = 0; i < st->items.len; i++)
        if (st->items.ptr[i]->kind == ITEM_USER)
            return true;
    return false;
}
