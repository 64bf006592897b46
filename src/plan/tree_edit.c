/* The person's operations on the tree: one row each. */
#include <string.h>

#include "engine/engine.h"
#include "plan/tree.h"

#define UNDO_MAX 50

const char *const tree_op_names[] = {"add",    "insert",    "edit",   "delete",  "undo",
                                     "up",     "down",      "indent", "outdent", "done",
                                     "failed", "skip",      "reopen", "note",    "check",
                                     "focus",  "run_check", "mode",   NULL};

static void edit_remember(struct tree *t)
{
    if (t->undo.len == UNDO_MAX) {
        free(t->undo.ptr[0]);
        memmove(t->undo.ptr, t->undo.ptr + 1, (t->undo.len - 1) * sizeof *t->undo.ptr);
        t->undo.len--;
    }
    VEC_PUSH(&t->undo, tree_save(t));
}

static bool edit_undo(struct tree *t, struct error *e)
{
    if (t->undo.len == 0)
        return error_set(e, ERR_DENIED, "nothing to undo in the tree");
    AUTO_FREE char *saved = t->undo.ptr[--t->undo.len];
    return tree_load(t, saved, e);
}

static size_t edit_index(struct tree *t, int64_t id)
{
    return (size_t)(tree_find(t, id) - t->nodes.ptr);
}

/* The neighbour among siblings: step -1 before, +1 after. SIZE_MAX: none. */
static size_t edit_sibling(struct tree *t, size_t at, int step)
{
    for (size_t i = at + (size_t)step; i < t->nodes.len; i += (size_t)step)
        if (t->nodes.ptr[i].parent == t->nodes.ptr[at].parent)
            return i;
    return SIZE_MAX;
}

static bool edit_move(struct tree *t, int64_t id, int step, struct error *e)
{
    size_t a = edit_index(t, id), b = edit_sibling(t, a, step);
    if (b == SIZE_MAX)
        return error_set(e, ERR_DENIED, "it is already the %s one", step < 0 ? "first" : "last");
    struct node n = t->nodes.ptr[a];
    t->nodes.ptr[a] = t->nodes.ptr[b];
    t->nodes.ptr[b] = n;
    return true;
}

static bool edit_indent(struct tree *t, int64_t id, struct error *e)
{
    size_t a = edit_index(t, id), b = edit_sibling(t, a, -1);
    if (b == SIZE_MAX)
        return error_set(e, ERR_DENIED, "there is no task above it to put it under");
    struct node *above = &t->nodes.ptr[b];
    if (above->state == NODE_ACTIVE)
        tree_set_state(t, above->id, NODE_PENDING, NULL);
    struct node n = t->nodes.ptr[a];
    n.parent = above->id;
    /* Last among its new siblings. */
    memmove(&t->nodes.ptr[a], &t->nodes.ptr[a + 1], (t->nodes.len - a - 1) * sizeof n);
    t->nodes.ptr[t->nodes.len - 1] = n;
    return true;
}

static bool edit_outdent(struct tree *t, int64_t id, struct error *e)
{
    size_t a = edit_index(t, id);
    struct node *parent = tree_find(t, t->nodes.ptr[a].parent);
    if (!parent || !parent->parent)
        return error_set(e, ERR_DENIED, "it already stands at the outermost level");
    struct node n = t->nodes.ptr[a];
    size_t p = edit_index(t, parent->id);
    n.parent = parent->parent;
    memmove(&t->nodes.ptr[a], &t->nodes.ptr[a + 1], (t->nodes.len - a - 1) * sizeof n);
    p -= p > a;
    memmove(&t->nodes.ptr[p + 2], &t->nodes.ptr[p + 1], (t->nodes.len - p - 2) * sizeof n);
    t->nodes.ptr[p + 1] = n;
    return true;
}

static void edit_delete(struct tree *t, int64_t id)
{
    for (size_t i = t->nodes.len; i-- > 0;) {
        struct node *n = &t->nodes.ptr[i];
        if (n->id == id || !tree_is_within(t, n->id, id))
            continue;
        int64_t child = n->id;
        if (n->parent == id) {
            edit_delete(t, child);
            i = t->nodes.len;
        }
    }
    size_t at = edit_index(t, id);
    if (t->active == id)
        t->active = 0;
    node_fini(&t->nodes.ptr[at]);
    memmove(&t->nodes.ptr[at], &t->nodes.ptr[at + 1],
            (t->nodes.len - at - 1) * sizeof *t->nodes.ptr);
    t->nodes.len--;
}

static void edit_reopen(struct tree *t, int64_t id)
{
    for (struct node *n = tree_find(t, id); n; n = tree_find(t, n->parent))
        if (node_state_ended(n->state) || n->state == NODE_CLAIMED) {
            n->state = NODE_PENDING;
            n->check_state = CHECK_NONE;
            mem_replace(&n->reason, NULL);
        }
    struct node *n = tree_find(t, id);
    n->attempts = n->rounds = 0;
}

static bool edit_focus(struct tree *t, int64_t id, struct error *e)
{
    struct node *n = tree_find(t, id);
    int64_t leaf = tree_is_leaf(t, id) && !node_state_ended(n->state) ? id : tree_next_leaf(t, id);
    if (!leaf)
        return error_set(e, ERR_DENIED, "\"%.80s\" has nothing open to work on; reopen it first",
                         n->title);
    tree_activate(t, leaf);
    return true;
}

static bool edit_set_text(char **slot, const char *text)
{
    mem_replace(slot, text && *text ? text : NULL);
    return true;
}

/* What ended has work again: it and all above it are open. */
static void edit_open_above(struct tree *t, int64_t id)
{
    const struct node *n = tree_find(t, id);
    for (struct node *up = tree_find(t, n->parent); up; up = tree_find(t, up->parent))
        if (node_state_ended(up->state) || up->state == NODE_CLAIMED)
            up->state = NODE_PENDING;
}

static bool edit_apply(struct tree *t, const char *op, int64_t id, const char *text, int64_t *made,
                       struct error *e)
{
    struct node *n = tree_find(t, id);
    bool needs_text =
        strcmp(op, "add") == 0 || strcmp(op, "insert") == 0 || strcmp(op, "edit") == 0;
    if (needs_text && (!text || !*text))
        return error_set(e, ERR_USAGE, "%s needs a title", op);
    if (strcmp(op, "add") == 0)
        *made = n->parent ? tree_add_after(t, id, text, true) : tree_add_child(t, id, text, true);
    if (strcmp(op, "insert") == 0)
        *made = tree_add_child(t, id, text, true);
    if (*made) {
        edit_open_above(t, *made);
        return true;
    }
    if (strcmp(op, "edit") == 0)
        return edit_set_text(&n->title, text);
    if (strcmp(op, "note") == 0)
        return edit_set_text(&n->note, text);
    if (strcmp(op, "mode") == 0)
        return edit_set_text(&n->mode, text);
    if (strcmp(op, "check") == 0) {
        n->check_state = CHECK_NONE;
        return edit_set_text(&n->check, text);
    }
    if (strcmp(op, "up") == 0 || strcmp(op, "down") == 0)
        return edit_move(t, id, *op == 'u' ? -1 : 1, e);
    if (strcmp(op, "indent") == 0)
        return edit_indent(t, id, e);
    if (strcmp(op, "outdent") == 0)
        return edit_outdent(t, id, e);
    if (strcmp(op, "reopen") == 0) {
        edit_reopen(t, id);
        return true;
    }
    if (strcmp(op, "delete") == 0) {
        if (id == t->goal && t->active)
            return error_set(e, ERR_DENIED, "the goal is being worked on; stop it first (Esc)");
        edit_delete(t, id);
        t->goal = tree_find(t, t->goal) ? t->goal : 0;
        return true;
    }
    enum node_state s = strcmp(op, "done") == 0     ? NODE_DONE
                        : strcmp(op, "failed") == 0 ? NODE_FAILED
                                                    : NODE_SKIPPED;
    tree_set_state(t, id, s, text ? text : "");
    return true;
}

static bool edit_known(const char *op)
{
    for (const char *const *n = tree_op_names; *n; n++)
        if (strcmp(*n, op) == 0)
            return true;
    return false;
}

bool tree_edit(struct tree *t, const char *op, int64_t node, const char *text, int64_t *made,
               struct error *e)
{
    *made = 0;
    if (!op || !edit_known(op))
        return error_set(e, ERR_USAGE, "the tree has no operation \"%s\"", op ? op : "");
    if (strcmp(op, "undo") == 0)
        return edit_undo(t, e);
    int64_t id = node ? node : t->active ? t->active : t->goal;
    if (!tree_find(t, id))
        return error_set(e, ERR_NOT_FOUND, "the tree has no node %lld", (long long)id);
    if (strcmp(op, "focus") == 0)
        return edit_focus(t, id, e);
    edit_remember(t);
    if (!edit_apply(t, op, id, text, made, e)) {
        free(t->undo.ptr[--t->undo.len]);
        return false;
    }
    t->changes++;
    return true;
}
