#include "plan/tree.h"
#include "plan/tree_edit.h"

#include <string.h>

#define NAMED_MAX 8 /* open steps named in a text */

#define TREE_ID_MAX 10000000 /* no session makes so many nodes */

static const char *const state_names[] = {"pending", "active",  "done",   "claimed",
                                          "failed",  "blocked", "skipped"};
static const char *const check_names[] = {"none", "green", "red"};

const char *node_state_name(enum node_state s)
{
    return state_names[s];
}

enum node_state node_state_find(const char *name)
{
    int i = 0;
    while (i < NODE_STATE_COUNT && strcmp(state_names[i], name) != 0)
        i++;
    return (enum node_state)i;
}

bool node_state_ended(enum node_state s)
{
    return s == NODE_DONE || s == NODE_FAILED || s == NODE_BLOCKED || s == NODE_SKIPPED;
}

void node_fini(struct node *n)
{
    free(n->title);
    free(n->note);
    free(n->check);
    free(n->reason);
    free(n->key);
    free(n->mode);
    free(n->effort);
    free(n->tried);
    free(n->guarded);
}

static void tree_clear_nodes(struct tree *t)
{
    for (size_t i = 0; i < t->nodes.len; i++)
        node_fini(&t->nodes.ptr[i]);
    t->nodes.len = 0;
}

void tree_fini(struct tree *t)
{
    tree_clear_nodes(t);
    VEC_FREE(&t->nodes);
    free(t->places);
    tree_forget_undo(t);
    VEC_FREE(&t->undo);
    *t = (struct tree){0};
}

/* Ids are given out one by one: a table of places finds any node at once. */
static void tree_index_all(struct tree *t)
{
    t->places = mem_resize(t->places, (size_t)t->next_id + 1, sizeof *t->places);
    for (int64_t id = 0; id <= t->next_id; id++)
        t->places[id] = SIZE_MAX;
    for (size_t i = 0; i < t->nodes.len; i++)
        if (t->nodes.ptr[i].id > 0 && t->nodes.ptr[i].id <= t->next_id)
            t->places[t->nodes.ptr[i].id] = i;
    t->places_known = true;
}

static size_t tree_index(struct tree *t, int64_t id)
{
    if (id <= 0 || id > t->next_id)
        return SIZE_MAX;
    if (!t->places_known)
        tree_index_all(t);
    return t->places[id];
}

void tree_moved(struct tree *t)
{
    t->places_known = false;
}

struct node *tree_find(struct tree *t, int64_t id)
{
    size_t i = tree_index(t, id);
    return i == SIZE_MAX ? NULL : &t->nodes.ptr[i];
}

size_t tree_child_count(const struct tree *t, int64_t id)
{
    size_t n = 0;
    for (size_t i = 0; i < t->nodes.len; i++)
        n += t->nodes.ptr[i].parent == id;
    return n;
}

bool tree_is_leaf(const struct tree *t, int64_t id)
{
    return tree_child_count(t, id) == 0;
}

int tree_depth(struct tree *t, int64_t id)
{
    int depth = 0;
    for (struct node *n = tree_find(t, id); n && n->parent; n = tree_find(t, n->parent))
        depth++;
    return depth;
}

bool tree_is_within(struct tree *t, int64_t id, int64_t ancestor)
{
    for (struct node *n = tree_find(t, id); n; n = tree_find(t, n->parent))
        if (n->id == ancestor)
            return true;
    return false;
}

static int64_t tree_insert_at(struct tree *t, size_t at, int64_t parent, const char *title,
                              bool by_user)
{
    struct node n = {.id = ++t->next_id,
                     .parent = parent,
                     .title = mem_strdup(title && *title ? title : "(untitled)"),
                     .by_user = by_user};
    VEC_PUSH(&t->nodes, n);
    memmove(&t->nodes.ptr[at + 1], &t->nodes.ptr[at], (t->nodes.len - 1 - at) * sizeof n);
    t->nodes.ptr[at] = n;
    tree_moved(t);
    t->changes++;
    t->progress++;
    return n.id;
}

int64_t tree_add_goal(struct tree *t, const char *title)
{
    tree_forget_undo(t);
    t->goal = tree_insert_at(t, t->nodes.len, 0, title, true);
    t->active = 0;
    return t->goal;
}

int64_t tree_add_child(struct tree *t, int64_t parent, const char *title, bool by_user)
{
    int64_t id = tree_insert_at(t, t->nodes.len, parent, title, by_user);
    if (t->active == parent)
        t->active = 0; /* only leaves are at work */
    struct node *p = tree_find(t, parent);
    if (p && (p->state == NODE_ACTIVE || node_state_ended(p->state) || p->state == NODE_CLAIMED))
        p->state = NODE_PENDING;
    return id;
}

int64_t tree_add_after(struct tree *t, int64_t sibling, const char *title, bool by_user)
{
    size_t i = tree_index(t, sibling);
    return tree_insert_at(t, i + 1, t->nodes.ptr[i].parent, title, by_user);
}

void tree_activate(struct tree *t, int64_t id)
{
    struct node *old = tree_find(t, t->active), *n = tree_find(t, id);
    if (old && old->state == NODE_ACTIVE && old->id != id)
        old->state = NODE_PENDING;
    if (n && n->state != NODE_CLAIMED)
        n->state = NODE_ACTIVE;
    if (t->active != id)
        t->changes++;
    t->active = n ? id : 0;
}

int64_t tree_find_key(struct tree *t, int64_t root, const char *key)
{
    for (size_t i = 0; i < t->nodes.len; i++)
        if (t->nodes.ptr[i].key && strcmp(t->nodes.ptr[i].key, key) == 0 &&
            tree_is_within(t, t->nodes.ptr[i].id, root))
            return t->nodes.ptr[i].id;
    return 0;
}

const char *tree_mode(struct tree *t, int64_t id)
{
    for (const struct node *n = tree_find(t, id); n; n = tree_find(t, n->parent))
        if (n->mode)
            return n->mode;
    return NULL;
}

const char *tree_effort(struct tree *t, int64_t id)
{
    for (const struct node *n = tree_find(t, id); n; n = tree_find(t, n->parent))
        if (n->effort)
            return n->effort;
    return NULL;
}

bool tree_is_kept(const struct tree *t, int64_t root)
{
    for (size_t i = 0; i < t->nodes.len; i++)
        if (t->nodes.ptr[i].parent == root && t->nodes.ptr[i].key)
            return true;
    return false;
}

int64_t tree_next_leaf(struct tree *t, int64_t root)
{
    for (size_t i = 0; i < t->nodes.len; i++) {
        struct node *n = &t->nodes.ptr[i];
        if (n->parent != root || n->key || node_state_ended(n->state))
            continue;
        if (tree_is_leaf(t, n->id))
            return n->id;
        int64_t deeper = tree_next_leaf(t, n->id);
        if (deeper)
            return deeper;
    }
    return 0;
}

size_t tree_open_count(struct tree *t, int64_t root)
{
    size_t open = 0;
    for (size_t i = 0; i < t->nodes.len; i++) {
        struct node *n = &t->nodes.ptr[i];
        open += n->id != root && !node_state_ended(n->state) && tree_is_within(t, n->id, root);
    }
    return open;
}

size_t tree_open_leaves(struct tree *t, int64_t root, struct buf *names)
{
    size_t open = 0;
    for (size_t i = 0; i < t->nodes.len; i++) {
        const struct node *n = &t->nodes.ptr[i];
        if (n->id == root || node_state_ended(n->state) || !tree_is_within(t, n->id, root) ||
            !tree_is_leaf(t, n->id))
            continue;
        if (names && open < NAMED_MAX)
            buf_addf(names, "%s%.80s", open ? "; " : "", n->title);
        open++;
    }
    if (names && open > NAMED_MAX)
        buf_addf(names, "; and %zu more", open - NAMED_MAX);
    return open;
}

void tree_skip_open(struct tree *t, int64_t root, const char *why)
{
    for (size_t i = 0; i < t->nodes.len; i++) {
        const struct node *n = &t->nodes.ptr[i];
        if (n->id != root && !node_state_ended(n->state) && tree_is_within(t, n->id, root))
            tree_set_state(t, n->id, NODE_SKIPPED, why);
    }
}

void tree_set_state(struct tree *t, int64_t id, enum node_state s, const char *reason)
{
    struct node *n = tree_find(t, id);
    if (!n)
        return;
    t->progress += n->state != s;
    n->state = s;
    if (reason)
        mem_replace(&n->reason, *reason ? reason : NULL);
    if (t->active == id && s != NODE_ACTIVE && s != NODE_CLAIMED)
        t->active = 0;
    t->changes++;
}

struct tree_tally tree_tally(struct tree *t, int64_t id)
{
    struct tree_tally a = {0};
    for (size_t i = 0; i < t->nodes.len; i++) {
        const struct node *n = &t->nodes.ptr[i];
        if (n->parent != id)
            continue;
        a.done += n->state == NODE_DONE;
        a.failed += n->state == NODE_FAILED || n->state == NODE_BLOCKED;
        a.skipped += n->state == NODE_SKIPPED;
        a.open += !node_state_ended(n->state);
    }
    return a;
}

static const char *tree_kind(int depth)
{
    return depth == 0 ? "goal" : depth == 1 ? "task" : "subtask";
}

static void node_to_json(struct tree *t, struct node *n, int depth, bool leaf, int64_t max_rounds,
                         cJSON *list)
{
    cJSON *j = cJSON_CreateObject();
    json_add_int(j, "id", n->id);
    json_add_int(j, "parent", n->parent);
    json_add_int(j, "depth", depth);
    json_add_str(j, "kind", tree_kind(depth));
    json_add_str(j, "title", n->title);
    bool open = n->state == NODE_PENDING;
    bool at_work = open && t->active && tree_is_within(t, t->active, n->id);
    bool split = open && depth > 0 && !leaf;
    json_add_str(j, "state", at_work ? "active" : split ? "decomposed" : state_names[n->state]);
    json_add_str(j, "note", n->note);
    json_add_str(j, "check", n->check);
    if (n->check)
        json_add_str(j, "check_state", check_names[n->check_state]);
    json_add_str(j, "reason", n->reason);
    json_add_int(j, "rounds", n->rounds);
    if (max_rounds && leaf)
        json_add_int(j, "max_rounds", max_rounds);
    json_add_str(j, "key", n->key);
    json_add_str(j, "mode", n->mode);
    json_add_str(j, "effort", n->effort);
    json_add_int(j, "tokens", n->tokens);
    json_add_str(j, "by", n->by_user ? "user" : "model");
    cJSON_AddItemToArray(list, j);
}

/* Children of each node in their order, as indexes; SIZE_MAX ends a list. [len] holds goals. */
struct kids {
    size_t *first, *last, *next;
};

static struct kids kids_of(struct tree *t)
{
    size_t n = t->nodes.len;
    struct kids k = {mem_alloc((n + 1) * sizeof(size_t)), mem_alloc((n + 1) * sizeof(size_t)),
                     mem_alloc((n + 1) * sizeof(size_t))};
    for (size_t i = 0; i <= n; i++)
        k.first[i] = k.last[i] = k.next[i] = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t up = t->nodes.ptr[i].parent ? tree_index(t, t->nodes.ptr[i].parent) : n;
        up = up == SIZE_MAX ? n : up;
        if (k.first[up] == SIZE_MAX)
            k.first[up] = i;
        else
            k.next[k.last[up]] = i;
        k.last[up] = i;
    }
    return k;
}

static void kids_fini(struct kids *k)
{
    free(k->first);
    free(k->last);
    free(k->next);
}

static void tree_walk_json(struct tree *t, const struct kids *k, size_t at, int depth,
                           int64_t max_rounds, cJSON *list)
{
    node_to_json(t, &t->nodes.ptr[at], depth, k->first[at] == SIZE_MAX, max_rounds, list);
    for (size_t i = k->first[at]; i != SIZE_MAX; i = k->next[i])
        tree_walk_json(t, k, i, depth + 1, max_rounds, list);
}

char *tree_to_json(struct tree *t, int64_t root, int64_t max_rounds)
{
    AUTO_JSON *list = cJSON_CreateArray();
    struct kids k = kids_of(t);
    for (size_t i = k.first[t->nodes.len]; i != SIZE_MAX; i = k.next[i])
        if (!root || t->nodes.ptr[i].id == root)
            tree_walk_json(t, &k, i, 0, max_rounds, list);
    kids_fini(&k);
    return json_print(list);
}

char *tree_save(struct tree *t)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_int(j, "next", t->next_id);
    json_add_int(j, "goal", t->goal);
    json_add_int(j, "active", t->active);
    cJSON *list = cJSON_AddArrayToObject(j, "nodes");
    for (size_t i = 0; i < t->nodes.len; i++) {
        struct node *n = &t->nodes.ptr[i];
        cJSON *o = cJSON_CreateObject();
        json_add_int(o, "id", n->id);
        json_add_int(o, "parent", n->parent);
        json_add_int(o, "state", n->state);
        json_add_int(o, "check_state", n->check_state);
        json_add_str(o, "title", n->title);
        json_add_str(o, "note", n->note);
        json_add_str(o, "check", n->check);
        json_add_str(o, "reason", n->reason);
        json_add_str(o, "key", n->key);
        json_add_str(o, "mode", n->mode);
        json_add_str(o, "effort", n->effort);
        json_add_int(o, "rounds", n->rounds);
        json_add_int(o, "tokens", n->tokens);
        json_add_int(o, "attempts", n->attempts);
        json_add_bool(o, "by_user", n->by_user);
        json_add_str(o, "tried", n->tried);
        json_add_int(o, "red_round", n->red_round);
        json_add_int(o, "green_round", n->green_round);
        cJSON_AddItemToArray(list, o);
    }
    return json_print(j);
}

/* A store edited by hand: ids that are too large or come twice, parents that are not there or go
 * round in a ring. What cannot stand is left out, the rest hangs from the goal's level. */
static void tree_make_whole(struct tree *t)
{
    struct node *nodes = t->nodes.ptr;
    size_t kept = 0, count = nodes ? t->nodes.len : 0;
    for (size_t i = 0; i < count; i++) {
        struct node *n = &nodes[i];
        if (n->id > 0 && n->id < TREE_ID_MAX)
            t->next_id = MAX(t->next_id, n->id);
    }
    tree_moved(t);
    for (size_t i = 0; i < count; i++) {
        struct node n = nodes[i];
        if (n.id > 0 && n.id < TREE_ID_MAX && tree_index(t, n.id) == i)
            nodes[kept++] = n;
        else
            node_fini(&n);
    }
    t->nodes.len = kept;
    tree_moved(t);
    for (size_t i = 0; i < kept; i++) {
        int64_t up = nodes[i].parent;
        bool there = !up || tree_find(t, up);
        size_t steps = 0;
        for (const struct node *n; steps <= kept && (n = tree_find(t, up)); steps++)
            up = n->parent;
        if (!there || steps > kept)
            nodes[i].parent = 0;
    }
}

bool tree_load(struct tree *t, const char *text, struct error *e)
{
    AUTO_JSON *j = json_parse(text, strlen(text), e);
    if (!j)
        return error_prefix(e, "the saved task tree");
    tree_clear_nodes(t);
    const cJSON *o;
    cJSON_ArrayForEach(o, json_get(j, "nodes"))
    {
        struct node n = {.id = json_int(o, "id", 0), .parent = json_int(o, "parent", 0)};
        n.state = (enum node_state)MIN((uint64_t)json_int(o, "state", 0), NODE_STATE_COUNT - 1);
        n.check_state = (enum check_state)MIN((uint64_t)json_int(o, "check_state", 0), 2);
        n.title = mem_strdup(json_str(o, "title", ""));
        n.note = mem_strdup(json_str(o, "note", NULL));
        n.check = mem_strdup(json_str(o, "check", NULL));
        n.reason = mem_strdup(json_str(o, "reason", NULL));
        n.key = mem_strdup(json_str(o, "key", NULL));
        n.mode = mem_strdup(json_str(o, "mode", NULL));
        n.effort = mem_strdup(json_str(o, "effort", NULL));
        n.tried = mem_strdup(json_str(o, "tried", NULL));
        n.red_round = json_int(o, "red_round", 0);
        n.green_round = json_int(o, "green_round", 0);
        n.rounds = json_int(o, "rounds", 0);
        n.tokens = json_int(o, "tokens", 0);
        n.attempts = json_int(o, "attempts", 0);
        n.by_user = json_bool(o, "by_user", json_bool(o, "by_person", false));
        VEC_PUSH(&t->nodes, n);
    }
    t->next_id = MAX(t->next_id, json_int(j, "next", 0));
    tree_make_whole(t);
    t->goal = json_int(j, "goal", 0);
    t->active = json_int(j, "active", 0);
    t->goal = tree_find(t, t->goal) ? t->goal : 0;
    t->active = tree_find(t, t->active) ? t->active : 0;
    t->changes++;
    return true;
}

static void tree_walk_text(struct tree *t, const struct kids *k, size_t at, int depth,
                           struct buf *out)
{
    static const char *const marks[] = {"[ ]",      "[>]",       "[x]",      "[?]",
                                        "[failed]", "[blocked]", "[skipped]"};
    for (size_t i = k->first[at]; i != SIZE_MAX; i = k->next[i]) {
        const struct node *n = &t->nodes.ptr[i];
        buf_addf(out, "%*s%s %lld. %.200s", depth * 2, "", marks[n->state], (long long)n->id,
                 n->title);
        if (n->mode)
            buf_addf(out, " (mode: %.60s)", n->mode);
        if (n->check)
            buf_addf(out, " (check: %.120s)", n->check);
        if (n->note)
            buf_addf(out, " (note: %.300s)", n->note);
        if (n->reason)
            buf_addf(out, " — %.200s", n->reason);
        buf_addc(out, '\n');
        tree_walk_text(t, k, i, depth + 1, out);
    }
}

void tree_to_text(struct tree *t, struct buf *out)
{
    size_t at = tree_index(t, t->goal);
    if (at == SIZE_MAX)
        return;
    struct kids k = kids_of(t);
    tree_walk_text(t, &k, at, 0, out);
    kids_fini(&k);
}
