/* The user's operations on the tree, and their inverses. */
#include <assert.h>
#include <string.h>

#include "plan/tree_edit.h"

#define UNDO_MAX 50

enum { NONE, TITLE };

static const struct {
    const char *word, *help;
    int needs;
} ops[] = {
#define TREE_OP(NAME, word, needs, help) [TREE_##NAME] = {#word, help, needs},
#include "plan/tree_ops.def"
};

const char *tree_op_name(enum tree_op op)
{
    assert(op < TREE_OP_COUNT);
    return ops[op].word;
}

enum tree_op tree_op_find(const char *word)
{
    int i = 0;
    while (i < TREE_OP_COUNT && (!word || strcmp(ops[i].word, word) != 0))
        i++;
    return (enum tree_op)i;
}

/* ---- what an edit did, step by step ---- */

enum field {
    STATE,
    CHECK_STATE,
    ATTEMPTS,
    ROUNDS,
    TITLE_TEXT,
    NOTE_TEXT,
    CHECK_TEXT,
    REASON,
    MODE,
    EFFORT
};

enum step_kind { SET, ADDED, REMOVED, PLACED };

/* Where a node stands: beneath parent, before a sibling (0: last). */
struct place {
    int64_t parent, before;
};

struct tree_step {
    enum step_kind kind;
    int64_t id;
    enum field field; /* SET: this changed from `was` to `is` */
    int64_t was, is;
    char *was_text, *is_text;
    struct place from, to;  /* PLACED; from: REMOVED */
    VEC(struct node) nodes; /* REMOVED: it and all beneath it, in the order of the array */
};

static void step_fini(struct tree_step *s)
{
    free(s->was_text);
    free(s->is_text);
    for (size_t i = 0; i < s->nodes.len; i++)
        node_fini(&s->nodes.ptr[i]);
    VEC_FREE(&s->nodes);
}

static void undo_fini(struct tree_undo *u)
{
    for (size_t i = 0; i < u->count; i++)
        step_fini(&u->steps[i]);
    free(u->steps);
    *u = (struct tree_undo){0};
}

void tree_forget_undo(struct tree *t)
{
    for (size_t i = 0; i < t->undo.len; i++)
        undo_fini(&t->undo.ptr[i]);
    t->undo.len = 0;
}

static struct tree_step *log_step(struct tree_undo *u, enum step_kind kind, int64_t id)
{
    u->steps = mem_resize(u->steps, u->count + 1, sizeof *u->steps);
    u->steps[u->count] = (struct tree_step){.kind = kind, .id = id};
    return &u->steps[u->count++];
}

/* ---- fields ---- */

static char **text_of(struct node *n, enum field f)
{
    return f == TITLE_TEXT   ? &n->title
           : f == NOTE_TEXT  ? &n->note
           : f == CHECK_TEXT ? &n->check
           : f == REASON     ? &n->reason
           : f == EFFORT     ? &n->effort
                             : &n->mode;
}

static int64_t number_of(const struct node *n, enum field f)
{
    return f == STATE         ? (int64_t)n->state
           : f == CHECK_STATE ? (int64_t)n->check_state
           : f == ATTEMPTS    ? n->attempts
                              : n->rounds;
}

static void put_number(struct node *n, enum field f, int64_t v)
{
    if (f == STATE)
        n->state = (enum node_state)v;
    else if (f == CHECK_STATE)
        n->check_state = (enum check_state)v;
    else if (f == ATTEMPTS)
        n->attempts = v;
    else
        n->rounds = v;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static void set_number(struct tree *t, struct tree_undo *u, int64_t id, enum field f, int64_t v)
{
    struct node *n = tree_find(t, id);
    if (number_of(n, f) == v)
        return;
    struct tree_step *s = log_step(u, SET, id);
    s->field = f;
    s->was = number_of(n, f);
    s->is = v;
    put_number(n, f, v);
}

static void set_text(struct tree *t, struct tree_undo *u, int64_t id, enum field f, const char *v)
{
    struct node *n = tree_find(t, id);
    v = v && *v ? v : NULL;
    if (same_text(*text_of(n, f), v))
        return;
    struct tree_step *s = log_step(u, SET, id);
    s->field = f;
    s->was_text = mem_strdup(*text_of(n, f));
    s->is_text = mem_strdup(v);
    mem_replace(text_of(n, f), v);
}

/* ---- places ---- */

static size_t index_of(struct tree *t, int64_t id)
{
    struct node *n = tree_find(t, id);
    return n ? (size_t)(n - t->nodes.ptr) : SIZE_MAX;
}

/* The neighbour among siblings: step -1 before, +1 after. SIZE_MAX: none. */
static size_t sibling_of(struct tree *t, size_t at, int step)
{
    for (size_t i = at + (size_t)step; i < t->nodes.len; i += (size_t)step)
        if (t->nodes.ptr[i].parent == t->nodes.ptr[at].parent)
            return i;
    return SIZE_MAX;
}

static struct place place_of(struct tree *t, int64_t id)
{
    size_t at = index_of(t, id), next = sibling_of(t, at, 1);
    return (struct place){t->nodes.ptr[at].parent, next == SIZE_MAX ? 0 : t->nodes.ptr[next].id};
}

static void insert_node(struct tree *t, struct node n, int64_t before)
{
    size_t at = before ? index_of(t, before) : SIZE_MAX;
    at = at == SIZE_MAX ? t->nodes.len : at;
    VEC_PUSH(&t->nodes, n);
    memmove(&t->nodes.ptr[at + 1], &t->nodes.ptr[at], (t->nodes.len - 1 - at) * sizeof n);
    t->nodes.ptr[at] = n;
    tree_moved(t);
}

static struct node take_node(struct tree *t, size_t at)
{
    struct node n = t->nodes.ptr[at];
    memmove(&t->nodes.ptr[at], &t->nodes.ptr[at + 1], (t->nodes.len - at - 1) * sizeof n);
    t->nodes.len--;
    tree_moved(t);
    return n;
}

static void put_at(struct tree *t, int64_t id, struct place p)
{
    struct node n = take_node(t, index_of(t, id));
    n.parent = p.parent;
    insert_node(t, n, p.before);
}

static void place_node(struct tree *t, struct tree_undo *u, int64_t id, struct place to)
{
    struct tree_step *s = log_step(u, PLACED, id);
    s->from = place_of(t, id);
    s->to = to;
    put_at(t, id, to);
}

/* ---- the operations ---- */

/* What ended has work again: all above it is open. */
static void open_above(struct tree *t, struct tree_undo *u, int64_t id)
{
    int64_t up = tree_find(t, id)->parent;
    for (const struct node *n; (n = tree_find(t, up)); up = n->parent)
        if (node_state_ended(n->state) || n->state == NODE_CLAIMED || n->state == NODE_ACTIVE)
            set_number(t, u, n->id, STATE, NODE_PENDING);
}

static int64_t add_node(struct tree *t, struct tree_undo *u, int64_t id, bool beneath,
                        const char *text)
{
    bool child = beneath || !tree_find(t, id)->parent;
    int64_t made = child ? tree_add_child(t, id, text, true) : tree_add_after(t, id, text, true);
    log_step(u, ADDED, made);
    open_above(t, u, made);
    return made;
}

static bool move_node(struct tree *t, struct tree_undo *u, int64_t id, int step, struct error *e)
{
    size_t at = index_of(t, id), other = sibling_of(t, at, step);
    if (other == SIZE_MAX)
        return error_set(e, ERR_DENIED, "it is already the %s one", step < 0 ? "first" : "last");
    struct place to = {t->nodes.ptr[at].parent, t->nodes.ptr[other].id};
    if (step > 0) {
        size_t after = sibling_of(t, other, 1);
        to.before = after == SIZE_MAX ? 0 : t->nodes.ptr[after].id;
    }
    place_node(t, u, id, to);
    return true;
}

static bool indent_node(struct tree *t, struct tree_undo *u, int64_t id, struct error *e)
{
    size_t above = sibling_of(t, index_of(t, id), -1);
    if (above == SIZE_MAX)
        return error_set(e, ERR_DENIED, "there is nothing above it to go beneath");
    int64_t parent = t->nodes.ptr[above].id;
    if (t->active == parent)
        t->active = 0; /* only leaves are at work */
    if (t->nodes.ptr[above].state == NODE_ACTIVE)
        set_number(t, u, parent, STATE, NODE_PENDING);
    place_node(t, u, id, (struct place){parent, 0});
    if (!node_state_ended(tree_find(t, id)->state))
        open_above(t, u, id);
    return true;
}

static bool outdent_node(struct tree *t, struct tree_undo *u, int64_t id, struct error *e)
{
    const struct node *parent = tree_find(t, tree_find(t, id)->parent);
    if (!parent || !parent->parent)
        return error_set(e, ERR_DENIED, "it is already at the outermost level");
    struct place behind = place_of(t, parent->id);
    place_node(t, u, id, behind);
    return true;
}

static bool delete_node(struct tree *t, struct tree_undo *u, int64_t id, struct error *e)
{
    if (t->at_work && (id == t->goal || tree_is_within(t, t->goal, id)))
        return error_set(e, ERR_DENIED, "the goal is being worked on; stop it first (Esc)");
    struct tree_step *s = log_step(u, REMOVED, id);
    s->from = place_of(t, id);
    /* Whole first: what is within is not known once its parents are gone. */
    VEC(int64_t) gone = {0};
    for (size_t i = 0; i < t->nodes.len; i++)
        if (tree_is_within(t, t->nodes.ptr[i].id, id))
            VEC_PUSH(&gone, t->nodes.ptr[i].id);
    for (size_t i = 0; i < gone.len; i++) {
        if (t->active == gone.ptr[i])
            t->active = 0;
        if (t->goal == gone.ptr[i])
            t->goal = 0;
        VEC_PUSH(&s->nodes, take_node(t, index_of(t, gone.ptr[i])));
    }
    VEC_FREE(&gone);
    return true;
}

static void mark_node(struct tree *t, struct tree_undo *u, int64_t id, enum node_state state,
                      const char *reason)
{
    set_number(t, u, id, STATE, state);
    set_text(t, u, id, REASON, reason);
    if (t->active == id)
        t->active = 0;
}

static void reopen_node(struct tree *t, struct tree_undo *u, int64_t id)
{
    for (const struct node *n; (n = tree_find(t, id)); id = n->parent) {
        bool self = u->count == 0;
        if (node_state_ended(n->state) || n->state == NODE_CLAIMED) {
            set_number(t, u, id, STATE, NODE_PENDING);
            set_number(t, u, id, CHECK_STATE, CHECK_NONE);
            set_text(t, u, id, REASON, NULL);
        }
        if (self) {
            set_number(t, u, id, ATTEMPTS, 0);
            set_number(t, u, id, ROUNDS, 0);
        }
    }
}

static bool focus_node(struct tree *t, int64_t id, struct error *e)
{
    struct node *n = tree_find(t, id);
    int64_t leaf = tree_is_leaf(t, id) && !node_state_ended(n->state) ? id : tree_next_leaf(t, id);
    if (!leaf)
        return error_set(e, ERR_DENIED, "\"%.80s\" has nothing open to work on; reopen it first",
                         n->title);
    tree_activate(t, leaf);
    return true;
}

static bool effort_known(const char *word)
{
    static const char *const words[] = {"none", "low", "medium", "high", "max"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static bool apply(struct tree *t, struct tree_undo *u, enum tree_op op, int64_t id,
                  const char *text, int64_t *made, struct error *e)
{
    switch (op) {
    case TREE_ADD:
    case TREE_INSERT:
        *made = add_node(t, u, id, op == TREE_INSERT, text);
        return true;
    case TREE_EDIT:
        set_text(t, u, id, TITLE_TEXT, text);
        return true;
    case TREE_NOTE:
        set_text(t, u, id, NOTE_TEXT, text);
        return true;
    case TREE_MODE:
        set_text(t, u, id, MODE, text);
        return true;
    case TREE_EFFORT:
        if (*text && !effort_known(text))
            return error_set(e, ERR_USAGE,
                             "effort is one of none, low, medium, high, max, not \"%.60s\"", text);
        set_text(t, u, id, EFFORT, text);
        return true;
    case TREE_CHECK:
        set_number(t, u, id, CHECK_STATE, CHECK_NONE);
        set_text(t, u, id, CHECK_TEXT, text);
        return true;
    case TREE_UP:
    case TREE_DOWN:
        return move_node(t, u, id, op == TREE_UP ? -1 : 1, e);
    case TREE_INDENT:
        return indent_node(t, u, id, e);
    case TREE_OUTDENT:
        return outdent_node(t, u, id, e);
    case TREE_REOPEN:
        reopen_node(t, u, id);
        return true;
    case TREE_DELETE:
        return delete_node(t, u, id, e);
    case TREE_DONE:
        mark_node(t, u, id, NODE_DONE, text);
        return true;
    case TREE_FAILED:
        mark_node(t, u, id, NODE_FAILED, text);
        return true;
    case TREE_SKIP:
        mark_node(t, u, id, NODE_SKIPPED, text);
        return true;
    default:
        return error_set(e, ERR_USAGE, "the tree cannot %s by itself", tree_op_name(op));
    }
}

/* ---- undo ---- */

/* Each inverse says whether it did anything: where somebody changed the same thing since, what
 * came later stays. */
static bool unset(struct tree *t, const struct tree_step *s)
{
    struct node *n = tree_find(t, s->id);
    if (!n)
        return false;
    if (s->field < TITLE_TEXT) {
        if (number_of(n, s->field) != s->is)
            return false;
        bool was_active = s->field == STATE && s->was == NODE_ACTIVE;
        put_number(n, s->field, was_active ? NODE_PENDING : s->was);
        return true;
    }
    if (!same_text(*text_of(n, s->field), s->is_text))
        return false;
    mem_replace(text_of(n, s->field), s->was_text);
    return true;
}

static bool unadd(struct tree *t, const struct tree_step *s)
{
    struct node *n = tree_find(t, s->id);
    bool untouched = n && tree_is_leaf(t, s->id) && n->rounds == 0 && n->attempts == 0 &&
                     (n->state == NODE_PENDING || n->state == NODE_ACTIVE);
    if (!untouched)
        return false; /* the agent has worked on it */
    if (t->active == s->id)
        t->active = 0;
    struct node gone = take_node(t, index_of(t, s->id));
    node_fini(&gone);
    return true;
}

static bool unremove(struct tree *t, struct tree_step *s)
{
    if (s->from.parent && !tree_find(t, s->from.parent))
        return false;
    for (size_t i = 0; i < s->nodes.len; i++) {
        struct node n = s->nodes.ptr[i];
        if (n.state == NODE_ACTIVE)
            n.state = NODE_PENDING;
        insert_node(t, n, i == 0 ? s->from.before : 0);
    }
    if (!t->goal && s->nodes.len && !s->nodes.ptr[0].parent)
        t->goal = s->nodes.ptr[0].id;
    s->nodes.len = 0; /* the tree's again */
    return true;
}

static bool unplace(struct tree *t, const struct tree_step *s)
{
    const struct node *n = tree_find(t, s->id);
    if (!n || n->parent != s->to.parent || (s->from.parent && !tree_find(t, s->from.parent)))
        return false;
    put_at(t, s->id, s->from);
    return true;
}

static bool undo(struct tree *t, struct error *e)
{
    if (t->undo.len == 0)
        return error_set(e, ERR_DENIED, "there is nothing to undo in this goal's tree");
    struct tree_undo u = t->undo.ptr[--t->undo.len];
    bool any = false;
    for (size_t i = u.count; i-- > 0;) {
        struct tree_step *s = &u.steps[i];
        any |= s->kind == SET      ? unset(t, s)
               : s->kind == ADDED  ? unadd(t, s)
               : s->kind == PLACED ? unplace(t, s)
                                   : unremove(t, s);
    }
    undo_fini(&u);
    if (any) {
        t->changes++;
        t->progress++;
    }
    return any || error_set(e, ERR_DENIED, "what was done since rests on that edit: it stays");
}

/* ---- the door ---- */

bool tree_edit(struct tree *t, enum tree_op op, int64_t node, const char *text, int64_t *made,
               struct error *e)
{
    *made = 0;
    if (op >= TREE_OP_COUNT)
        return error_set(e, ERR_USAGE, "the tree has no such operation");
    if (op == TREE_UNDO)
        return undo(t, e);
    int64_t id = node ? node : t->active ? t->active : t->goal;
    if (!tree_find(t, id))
        return error_set(e, ERR_NOT_FOUND, "the tree has no node %lld", (long long)id);
    if (op == TREE_FOCUS)
        return focus_node(t, id, e);
    if (ops[op].needs == TITLE && (!text || !*text))
        return error_set(e, ERR_USAGE, "%s needs a title", tree_op_name(op));
    struct tree_undo u = {0};
    if (!apply(t, &u, op, id, text, made, e)) {
        undo_fini(&u);
        return false;
    }
    if (t->undo.len == UNDO_MAX) {
        undo_fini(&t->undo.ptr[0]);
        memmove(t->undo.ptr, t->undo.ptr + 1, --t->undo.len * sizeof *t->undo.ptr);
    }
    VEC_PUSH(&t->undo, u);
    t->changes++;
    t->progress++;
    return true;
}
