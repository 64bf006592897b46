/*
 * actions_tree - keys of the task tree: each posts one operation on the selected node or job;
 * the engine answers with a new tree.
 */
#ifndef UI_ACTIONS_TREE_H
#define UI_ACTIONS_TREE_H

#include "ui/app/post.h"
#include "ui/app/prompt.h"
#include "ui/views/toast.h"
#include "ui/views/tree_view.h"

/* An operation without a text. On a job nothing is posted; what works there is said. */
void tree_op(struct tree_view *v, const struct state *st, const struct post *post,
             struct toast *toast, const char *op);
/* Ask to take back what was changed for the selected node. */
void tree_unmake(struct tree_view *v, const struct state *st, const struct post *post,
                 struct toast *toast);
/* One that needs a text: borrows the input line for it. */
void tree_ask(struct tree_view *v, const struct state *st, struct prompt *p, struct toast *toast,
              const char *op);

/* The selected job: show what it did; stop it; go to its task. False: no job is selected. */
bool tree_job_show(struct tree_view *v, const struct state *st, const struct post *post);
bool tree_job_stop(struct tree_view *v, const struct state *st, const struct post *post,
                   struct toast *toast);
/* Borrow the line for words to the selected delegate; of other jobs: say that they read none. */
bool tree_job_ask(struct tree_view *v, const struct state *st, struct prompt *p,
                  struct toast *toast);
bool tree_job_task(struct tree_view *v, const struct state *st);

#endif
