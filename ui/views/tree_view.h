/*
 * tree_view - the task tree as a list of rows: cursor, folds, details of the selected one.
 * Delegates stand under the task they work on, all other jobs in a section at the end.
 */
#ifndef UI_TREE_VIEW_H
#define UI_TREE_VIEW_H

#include "ui/views/state.h"

struct tree_view {
    int64_t cursor; /* node id; 0: the first */
    char *job;      /* name of the job the cursor stands on; NULL: on a node */
    int scroll;
    VEC(int64_t) folded;
};

void tree_view_fini(struct tree_view *v);
/* still: nothing moves by itself. */
void tree_view_draw(struct tree_view *v, const struct state *st, struct canvas *c, struct area a,
                    bool focused, bool still);

/* The selected node; NULL when the tree is empty or the cursor stands on a job. A cursor that
 * vanished moves to the first row. */
const struct tree_node *tree_view_node(struct tree_view *v, const struct state *st);
/* The selected job, or NULL. */
const struct job *tree_view_job(struct tree_view *v, const struct state *st);

void tree_view_select(struct tree_view *v, int64_t node);
/* The node or job in a row of the pane, as it was drawn last; false: there is none. */
bool tree_view_point(struct tree_view *v, const struct state *st, int row);
void tree_view_move(struct tree_view *v, const struct state *st, int rows);
/* The selected node: fold or unfold; fold, or go to its parent; unfold. On a job: nothing. */
void tree_view_toggle(struct tree_view *v, const struct state *st);
void tree_view_close(struct tree_view *v, const struct state *st);
void tree_view_open(struct tree_view *v, const struct state *st);

#endif
