/*
 * tree - goal, task, subtask: one durable structure with two editors, the model through
 * tools and the user through keys. Pure data: no events, no processes, no time.
 *
 * Nodes live in one array; siblings stand in it in their order. Ids are never reused within
 * a session. Thread: engine.
 */
#ifndef PLAN_TREE_H
#define PLAN_TREE_H

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"

enum node_state {
    NODE_PENDING,
    NODE_ACTIVE,
    NODE_DONE,
    NODE_CLAIMED,
    NODE_FAILED,
    NODE_BLOCKED,
    NODE_SKIPPED,
    NODE_STATE_COUNT
};
enum check_state { CHECK_NONE, CHECK_GREEN, CHECK_RED };

struct node {
    int64_t id, parent; /* parent 0: a goal */
    enum node_state state;
    enum check_state check_state;
    char *title, *note, *check, *reason; /* check: a command that must exit 0 */
    char *key;    /* of a behavior that keeps its state; NULL: the engine's own */
    char *mode;   /* behavior mode while it, or what is below it, is at work; or NULL */
    char *effort; /* how hard to think meanwhile; or NULL */
    int64_t rounds, tokens;
    int64_t attempts; /* failures so far */
    bool by_user;
    char *tried;   /* the check as it was worded when it ran last; NULL: it did not */
    char *guarded; /* the check whose tests were kept; not saved */
    int64_t red_round, green_round; /* of that check: when it turned so; 0: it did not */
};

/* An edit of the user, as the steps that undo it. */
struct tree_undo {
    struct tree_step *steps;
    size_t count;
};

struct tree {
    VEC(struct node) nodes;
    int64_t next_id;
    int64_t goal;      /* root of the goal at work, 0: none */
    int64_t active;    /* leaf at work, 0: none */
    bool at_work;      /* the goal runs: it cannot be deleted */
    uint64_t changes;  /* grows with every edit */
    uint64_t progress; /* grows with every node and every change of a state */
    size_t *places;    /* of nodes, by id; while places_known */
    bool places_known;
    VEC(struct tree_undo) undo; /* the user's edits of this goal, the newest last */
};

void tree_fini(struct tree *t);
void node_fini(struct node *n);
const char *node_state_name(enum node_state s);
bool node_state_ended(enum node_state s); /* done, failed, blocked, skipped */

struct node *tree_find(struct tree *t, int64_t id); /* NULL; valid until the next insertion */
size_t tree_child_count(const struct tree *t, int64_t id);
bool tree_is_leaf(const struct tree *t, int64_t id);
int tree_depth(struct tree *t, int64_t id); /* goal 0, task 1, subtask 2… */
bool tree_is_within(struct tree *t, int64_t id, int64_t ancestor);

/* A new goal at the root; it becomes tree->goal. Returns its id. */
int64_t tree_add_goal(struct tree *t, const char *title);
/* A child at the end, or after a sibling. Returns its id. */
int64_t tree_add_child(struct tree *t, int64_t parent, const char *title, bool by_user);
int64_t tree_add_after(struct tree *t, int64_t sibling, const char *title, bool by_user);

/* Make a leaf the one at work (0: none); a former active node becomes pending. */
void tree_activate(struct tree *t, int64_t id);

/* The node beneath root with this key, 0: none; and whether any child of root has one. */
int64_t tree_find_key(struct tree *t, int64_t root, const char *key);
bool tree_is_kept(const struct tree *t, int64_t root);

/* The mode, the effort of the node or of the nearest above it that has one; NULL. */
const char *tree_mode(struct tree *t, int64_t id);
const char *tree_effort(struct tree *t, int64_t id);

/* The state of this name, NODE_STATE_COUNT: there is none. */
enum node_state node_state_find(const char *name);

/* The next leaf to work on beneath `root`, depth first: pending, claimed or active, without a
 * key. 0: none. */
int64_t tree_next_leaf(struct tree *t, int64_t root);

/* Open nodes beneath the goal, the goal itself not counted. */
size_t tree_open_count(struct tree *t, int64_t root);

/* Open leaves beneath root, counted; names, when given, gets the first of them, "; " between. */
size_t tree_open_leaves(struct tree *t, int64_t root, struct buf *names);
/* Whatever beneath root is open is not to be done. */
void tree_skip_open(struct tree *t, int64_t root, const char *why);

/* Set a node's state with a reason (NULL keeps it). */
void tree_set_state(struct tree *t, int64_t id, enum node_state s, const char *reason);

/* How the children of a node ended: all must have. */
struct tree_tally {
    size_t done, failed, skipped, open;
};
struct tree_tally tree_tally(struct tree *t, int64_t id);

/* Whoever moved entries of `nodes` by hand says so. */
void tree_moved(struct tree *t);

/* The array of the TREE event: depth first, of one goal (root 0: of all). max_rounds fills the
 * member of leaves. */
char *tree_to_json(struct tree *t, int64_t root, int64_t max_rounds);

/* Everything, for the store; and back. */
char *tree_save(struct tree *t);
NODISCARD bool tree_load(struct tree *t, const char *text, struct error *e);

/* As the model reads it: a line a node of the goal at work. */
void tree_to_text(struct tree *t, struct buf *out);

#endif
