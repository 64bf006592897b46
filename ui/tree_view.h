/*
 * tree_view - the task tree as a list of rows: cursor, folds, details of the selected node.
 */
#ifndef UI_TREE_VIEW_H
#define UI_TREE_VIEW_H

#include "ui/model.h"

struct tree_view {
    int64_t cursor; /* node id; 0: the first */
    int scroll;
    VEC(int64_t) folded;
};

void tree_view_fini(struct tree_view *v);
void tree_view_draw(struct tree_view *v, const struct model *m, struct canvas *c, struct area a,
                    bool focused);

/* The selected node; NULL when the tree is empty. A vanished cursor moves to the nearest. */
const struct node *tree_view_node(struct tree_view *v, const struct model *m);

void tree_view_move(struct tree_view *v, const struct model *m, int rows);
bool tree_view_is_folded(const struct tree_view *v, int64_t id);
void tree_view_fold(struct tree_view *v, int64_t id, bool folded);

#endif
