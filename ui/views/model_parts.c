/* The lists that arrive as JSON: the task tree, questions, catalogs. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ui/views/model.h"

static void model_node_free(struct node *n)
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

void model_tree_clear(struct model *m)
{
    for (size_t i = 0; i < m->nodes.len; i++)
        model_node_free(&m->nodes.ptr[i]);
    VEC_FREE(&m->nodes);
}

static char *model_clean(const cJSON *j, const char *key)
{
    const char *s = json_str(j, key, NULL);
    return s ? sanitize_text(s, SANITIZE_ONE_LINE) : NULL;
}

static char *model_clean_or(const cJSON *j, const char *key, const char *fallback)
{
    return sanitize_text(json_str(j, key, fallback), SANITIZE_ONE_LINE);
}

static struct node model_node_parse(const cJSON *j)
{
    return (struct node){
        .id = json_int(j, "id", 0),
        .parent = json_int(j, "parent", 0),
        .depth = (int)MIN(MAX(json_int(j, "depth", 0), 0), 20),
        .kind = model_clean_or(j, "kind", "task"),
        .title = model_clean_or(j, "title", ""),
        .state = model_clean_or(j, "state", "pending"),
        .note = model_clean(j, "note"),
        .mode = model_clean(j, "mode"),
        .check = model_clean(j, "check"),
        .check_state = model_clean_or(j, "check_state", "none"),
        .reason = model_clean(j, "reason"),
        .rounds = json_int(j, "rounds", 0),
        .max_rounds = json_int(j, "max_rounds", 0),
        .tokens = json_int(j, "tokens", 0),
        .by_person = strcmp(json_str(j, "by", ""), "person") == 0,
    };
}

static void model_tree_count_children(struct model *m)
{
    for (size_t i = 0; i < m->nodes.len; i++)
        for (size_t k = i; k > 0; k--)
            if (m->nodes.ptr[k - 1].id == m->nodes.ptr[i].parent) {
                m->nodes.ptr[k - 1].children++;
                break;
            }
}

void model_tree_apply(struct model *m, const struct event *ev)
{
    const char *text = ev->tree.nodes ? ev->tree.nodes : "[]";
    AUTO_JSON *list = json_parse(text, strlen(text), NULL);
    model_tree_clear(m);
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        VEC_PUSH(&m->nodes, model_node_parse(j));
    }
    model_tree_count_children(m);
    m->focus = ev->tree.focus;
}

const struct node *model_node(const struct model *m, int64_t id)
{
    for (size_t i = 0; i < m->nodes.len; i++)
        if (m->nodes.ptr[i].id == id)
            return &m->nodes.ptr[i];
    return NULL;
}

const char *model_active_title(const struct model *m)
{
    const struct node *n = m->focus ? model_node(m, m->focus) : NULL;
    for (size_t i = m->nodes.len; !n && i > 0; i--)
        if (strcmp(m->nodes.ptr[i - 1].state, "active") == 0)
            n = &m->nodes.ptr[i - 1];
    return n && n->parent != 0 ? n->title : NULL;
}

static void model_choices_parse(struct approval *a, const char *text)
{
    AUTO_JSON *list = text ? json_parse(text, strlen(text), NULL) : NULL;
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        struct choice c = {
            .key = model_clean_or(j, "key", "?"),
            .label = model_clean_or(j, "label", ""),
            .takes_text = json_bool(j, "text", false),
        };
        VEC_PUSH(&a->choices, c);
    }
}

void model_approval_apply(struct model *m, const struct event *ev)
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
    model_choices_parse(&a, q->choices);
    VEC_PUSH(&m->approvals, a);
}

static void model_approval_free(struct approval *a)
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

void model_approval_done(struct model *m, const char *id)
{
    for (size_t i = 0; i < m->approvals.len; i++) {
        if (strcmp(m->approvals.ptr[i].id, id ? id : "") != 0)
            continue;
        model_approval_free(&m->approvals.ptr[i]);
        m->approvals.len--;
        memmove(&m->approvals.ptr[i], &m->approvals.ptr[i + 1],
                (m->approvals.len - i) * sizeof *m->approvals.ptr);
        if (i == 0 && m->approvals.len > 0)
            m->approvals.ptr[0].arrived_ms = clock_ms();
        return;
    }
}

static void model_catalog_clear(entries *list)
{
    for (size_t i = 0; i < list->len; i++) {
        free(list->ptr[i].name);
        free(list->ptr[i].help);
    }
    list->len = 0;
}

void model_catalogs_clear(struct model *m)
{
    for (size_t i = 0; i < CATALOG_COUNT; i++) {
        model_catalog_clear(&m->catalogs[i]);
        VEC_FREE(&m->catalogs[i]);
    }
}

void model_catalog_apply(struct model *m, const struct event *ev)
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
    model_catalog_clear(&m->catalogs[kind]);
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        struct entry en = {model_clean_or(j, "name", ""), model_clean_or(j, "help", "")};
        VEC_PUSH(&m->catalogs[kind], en);
    }
}

bool model_has_talk(const struct model *m)
{
    for (size_t i = 0; i < m->items.len; i++)
        if (m->items.ptr[i]->kind == ITEM_USER)
            return true;
    return false;
}
