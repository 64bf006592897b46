#include "ui/views/state.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"

void state_init(struct state *st)
{
    *st = (struct state){0};
    st->phase = mem_strdup("idle");
}

static void state_item_free(struct item *it)
{
    char *strings[] = {it->id,   it->name, it->summary, it->outcome,
                       it->diff, it->path, it->verb,    it->language};
    for (size_t k = 0; k < COUNT_OF(strings); k++)
        free(strings[k]);
    buf_fini(&it->text);
    text_rows_fini(&it->rows.wrapped);
    free(it);
}

static void state_items_clear(struct state *st)
{
    for (size_t i = 0; i < st->held.len; i++)
        state_item_free(st->held.ptr[i]);
    VEC_FREE(&st->held);
    for (size_t i = 0; i < st->items.len; i++)
        state_item_free(st->items.ptr[i]);
    VEC_FREE(&st->items);
    st->round_first = 0;
    st->earlier = st->earlier_asked = false;
}

void state_node_fini(struct tree_node *n)
{
    char *strings[] = {n->kind,   n->title, n->state,       n->note,  n->mode,
                       n->effort, n->check, n->check_state, n->reason};
    for (size_t k = 0; k < COUNT_OF(strings); k++)
        free(strings[k]);
}

void state_tree_clear(struct state *st)
{
    for (size_t i = 0; i < st->nodes.len; i++)
        state_node_fini(&st->nodes.ptr[i]);
    VEC_FREE(&st->nodes);
}

void state_jobs_clear(struct state *st)
{
    for (size_t i = 0; i < st->jobs.len; i++) {
        const struct job *j = &st->jobs.ptr[i];
        char *strings[] = {j->name,  j->kind,   j->state,   j->title,     j->agent,
                           j->model, j->action, j->session, j->workspace, j->log};
        for (size_t k = 0; k < COUNT_OF(strings); k++)
            free(strings[k]);
    }
    VEC_FREE(&st->jobs);
}

/* The newest call that has not ended waits with the questions. */
void state_mark_asked(struct state *st)
{
    for (size_t i = st->items.len; i > 0; i--) {
        struct item *it = st->items.ptr[i - 1];
        if (it->kind != ITEM_TOOL || it->done)
            continue;
        it->version += it->asked != (st->approvals.len > 0);
        it->asked = st->approvals.len > 0;
        return;
    }
}

void state_approval_done(struct state *st, const char *id)
{
    for (size_t i = 0; i < st->approvals.len; i++) {
        if (strcmp(st->approvals.ptr[i].id, id ? id : "") != 0)
            continue;
        struct approval *a = &st->approvals.ptr[i];
        for (size_t k = 0; k < a->choices.len; k++) {
            free(a->choices.ptr[k].key);
            free(a->choices.ptr[k].label);
        }
        VEC_FREE(&a->choices);
        char *strings[] = {a->id, a->kind, a->title, a->question, a->detail, a->why, a->always};
        for (size_t k = 0; k < COUNT_OF(strings); k++)
            free(strings[k]);
        st->approvals.len--;
        memmove(&st->approvals.ptr[i], &st->approvals.ptr[i + 1],
                (st->approvals.len - i) * sizeof *st->approvals.ptr);
        state_mark_asked(st);
        if (i == 0 && st->approvals.len > 0)
            st->approvals.ptr[0].arrived_ms = clock_ms();
        return;
    }
}

void state_catalog_clear(entries *list)
{
    for (size_t i = 0; i < list->len; i++) {
        free(list->ptr[i].name);
        free(list->ptr[i].help);
        free(list->ptr[i].value);
    }
    list->len = 0;
}

void state_texts_clear(texts *list)
{
    for (size_t i = 0; i < list->len; i++)
        free(list->ptr[i]);
    VEC_FREE(list);
}

void state_clear_session(struct state *st)
{
    state_items_clear(st);
    state_texts_clear(&st->steer);
    state_texts_clear(&st->queue);
    state_tree_clear(st);
    state_jobs_clear(st);
    while (st->approvals.len > 0) {
        AUTO_FREE char *id = mem_strdup(st->approvals.ptr[0].id);
        state_approval_done(st, id);
    }
    VEC_FREE(&st->approvals);
    st->focus = 0;
}

void state_fini(struct state *st)
{
    state_clear_session(st);
    for (size_t i = 0; i < CATALOG_COUNT; i++) {
        state_catalog_clear(&st->catalogs[i]);
        VEC_FREE(&st->catalogs[i]);
    }
    char **strings[] = {&st->goal,      &st->model_name, &st->agent,        &st->mode,
                        &st->route,     &st->sandbox,    &st->policy,       &st->session,
                        &st->workspace, &st->phase,      &st->phase_detail, &st->loop_level,
                        &st->answer,    &st->summary,    &st->taken_back,   &st->branch,
                        &st->effort,    &st->name,       &st->model_why};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        mem_replace(strings[i], NULL);
}

void state_set(char **slot, const char *text)
{
    assert(slot);
    char *clean = text ? sanitize_text(text, SANITIZE_ONE_LINE) : NULL;
    free(*slot);
    *slot = clean;
}

struct item *state_last(const struct state *st)
{
    return st->items.len > 0 ? st->items.ptr[st->items.len - 1] : NULL;
}

static void state_write(struct state *st, struct item *it, const char *text)
{
    if (!text)
        return;
    size_t before = it->text.len;
    unsigned flags = it->kind == ITEM_TOOL ? SANITIZE_OVERWRITE : 0;
    sanitize_add(&it->clean, text, strlen(text), flags, &it->text);
    for (size_t i = before; i < it->text.len; i++)
        st->lines += it->text.ptr[i] == '\n';
    if (it->text.len < before) /* a progress bar was overwritten */
        it->version++;
}

void state_append(struct state *st, struct item *it, const char *text)
{
    assert(it && it == state_last(st));
    state_write(st, it, text);
}

static void state_end(struct item *it)
{
    sanitize_end(&it->clean, 0, &it->text);
    it->done = true;
    it->ms = clock_ms() - it->started_ms;
    it->version++;
}

/* No more text comes for the last item. */
void state_close(struct state *st)
{
    struct item *it = state_last(st);
    if (!it || it->done || it->kind == ITEM_TOOL)
        return;
    state_end(it);
    for (size_t i = 0; i < st->held.len; i++)
        VEC_PUSH(&st->items, st->held.ptr[i]);
    st->held.len = 0;
}

static struct item *state_item_new(struct state *st, enum item_kind kind)
{
    struct item *it = mem_alloc(sizeof *it);
    it->kind = kind;
    it->started_ms = clock_ms();
    st->lines++;
    return it;
}

struct item *state_open(struct state *st, enum item_kind kind)
{
    state_close(st);
    struct item *it = state_item_new(st, kind);
    VEC_PUSH(&st->items, it);
    return it;
}

void state_remark(struct state *st, enum item_kind kind, const char *text, const char *owner)
{
    struct item *it = state_last(st);
    bool streams = it && it->kind == ITEM_TEXT && !it->done && !it->broken && it->text.len > 0;
    it = streams ? state_item_new(st, kind) : state_open(st, kind);
    state_write(st, it, text);
    state_end(it);
    state_set(&it->name, owner);
    if (streams)
        VEC_PUSH(&st->held, it);
}

struct item *state_add(struct state *st, enum item_kind kind, const char *text)
{
    struct item *it = state_open(st, kind);
    state_append(st, it, text);
    state_close(st);
    return it;
}

void state_take_back(struct state *st, int64_t turns)
{
    size_t from = st->items.len;
    state_close(st);
    for (size_t i = st->items.len; i > 0 && turns > 0; i--) {
        if (st->items.ptr[i - 1]->kind != ITEM_USER)
            continue;
        from = i - 1;
        turns--;
    }
    for (size_t i = from; i < st->items.len; i++)
        state_item_free(st->items.ptr[i]);
    st->items.len = from;
    st->round_first = MIN(st->round_first, from);
}

void state_prepend(struct state *st, struct state *old, const char *more)
{
    VEC(struct item *) all = {0};
    size_t from = st->earlier; /* the words that said so */
    assert(st->items.len >= from);
    if (from)
        state_item_free(st->items.ptr[0]);
    state_close(old);
    struct state words = {0};
    if (more)
        VEC_PUSH(&all, state_add(&words, ITEM_NOTICE, more));
    VEC_FREE(&words.items);
    for (size_t i = 0; i < old->items.len; i++)
        VEC_PUSH(&all, old->items.ptr[i]);
    size_t added = all.len;
    for (size_t i = from; i < st->items.len; i++)
        VEC_PUSH(&all, st->items.ptr[i]);
    VEC_FREE(&old->items);
    VEC_FREE(&st->items);
    for (size_t i = 0; i < all.len; i++)
        VEC_PUSH(&st->items, all.ptr[i]);
    VEC_FREE(&all);
    st->round_first = MAX(st->round_first, from) - from + added;
    st->earlier = more != NULL;
    st->earlier_asked = false;
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

bool state_has_talk(const struct state *st)
{
    if (st->earlier)
        return true;
    for (size_t i = 0; i < st->items.len; i++)
        if (st->items.ptr[i]->kind == ITEM_USER)
            return true;
    return false;
}

bool state_lacks_model(const struct state *st)
{
    return st->no_model && (!st->model_name || strncmp(st->model_name, "playbook/", 9) == 0);
}
