/*
 * tree_edit - the user's operations on the tree, rows of tree_ops.def, and their undo. Pure data.
 * Thread: engine.
 */
#ifndef PLAN_TREE_EDIT_H
#define PLAN_TREE_EDIT_H

#include "plan/tree.h"

enum tree_op {
#define TREE_OP(NAME, word, needs, help) TREE_##NAME,
#include "plan/tree_ops.def"
    TREE_OP_COUNT
};
const char *tree_op_name(enum tree_op op);
enum tree_op tree_op_find(const char *word); /* TREE_OP_COUNT: there is none of this name */

/*
 * An edit of the user. node: what it applies to, 0: the active one or the goal. ERR_NOT_FOUND for
 * a node, ERR_USAGE for a title that is missing, ERR_DENIED where it makes no sense. `done` leaves
 * the check to the caller. *made: id of a new node, else 0.
 *
 * Undo takes back the last edit of the goal at work: each of its steps, where nobody changed the
 * same thing since. What the agent did meanwhile stays, and so do other goals.
 */
NODISCARD bool tree_edit(struct tree *t, enum tree_op op, int64_t node, const char *text,
                         int64_t *made, struct error *e);
void tree_forget_undo(struct tree *t);

#endif
