#include "ui/app/actions_tree.h"
#include "ui/views/state_jobs.h"

#include <assert.h>
#include <string.h>

/* Operations of nodes do nothing to a job; what works is said. */
static bool tree_is_on_job(struct tree_view *v, const struct state *st, struct toast *toast)
{
    const struct job *j = tree_view_job(v, st);
    if (j)
        toast_show(toast, "%.60s is a job: Enter shows what it did, x stops it", j->name);
    return j != NULL;
}

void tree_op(struct tree_view *v, const struct state *st, const struct post *post,
             struct toast *toast, const char *op)
{
    if (tree_is_on_job(v, st, toast))
        return;
    const struct tree_node *n = tree_view_node(v, st);
    if (n && strcmp(op, "delete") == 0)
        toast_show(toast, "deleted; u brings it back");
    if (n || strcmp(op, "undo") == 0) /* the last change may have deleted all */
        post_tree(post, op, n ? n->id : 0, NULL);
}

void tree_unmake(struct tree_view *v, const struct state *st, const struct post *post,
                 struct toast *toast)
{
    const struct tree_node *n = tree_view_node(v, st);
    if (!tree_is_on_job(v, st, toast) && n)
        post_rewind(post, "unmake", n->id);
}

void tree_ask(struct tree_view *v, const struct state *st, struct prompt *p, struct toast *toast,
              const char *op)
{
    if (tree_is_on_job(v, st, toast))
        return;
    const struct tree_node *n = tree_view_node(v, st);
    const struct {
        const char *op, *prompt, *now;
    } rows[] = {
        {"add", "new task: ", NULL},
        {"insert", "new subtask: ", NULL},
        {"edit", "title: ", n ? n->title : NULL},
        {"check", "check command: ", n ? n->check : NULL},
        {"note", "note: ", n ? n->note : NULL},
        {"mode", "behavior mode: ", n ? n->mode : NULL},
    };
    size_t i = 0;
    while (i < COUNT_OF(rows) && strcmp(rows[i].op, op) != 0)
        i++;
    assert(i < COUNT_OF(rows)); /* else keys.def names an operation without a prompt */
    if (n || strcmp(op, "add") == 0)
        prompt_begin(p, PROMPT_NODE, op, n ? n->id : 0, rows[i].prompt, rows[i].now);
}

bool tree_job_show(struct tree_view *v, const struct state *st, const struct post *post)
{
    const struct job *j = tree_view_job(v, st);
    if (j)
        post_request(post, REQUEST_REPORT, "job", j->name);
    return j != NULL;
}

bool tree_job_stop(struct tree_view *v, const struct state *st, const struct post *post,
                   struct toast *toast)
{
    const struct job *j = tree_view_job(v, st);
    if (!j)
        return false;
    if (job_runs(j))
        post_request(post, REQUEST_JOB, "stop", j->name);
    toast_show(toast, job_runs(j) ? "stopping %.60s" : "%.60s has ended already", j->name);
    return true;
}

bool tree_job_ask(struct tree_view *v, const struct state *st, struct prompt *p,
                  struct toast *toast)
{
    const struct job *j = tree_view_job(v, st);
    if (j && job_is_delegate(j) && job_runs(j)) {
        AUTO_FREE char *prompt = mem_printf("tell %.40s: ", j->name);
        prompt_begin(p, PROMPT_JOB, j->name, 0, prompt, NULL);
    } else if (j) {
        toast_show(toast, "%.60s %s", j->name,
                   job_is_delegate(j) ? "does not work now" : "is a program: it reads no words");
    }
    return j != NULL;
}

bool tree_job_task(struct tree_view *v, const struct state *st)
{
    const struct job *j = tree_view_job(v, st);
    if (j && state_node(st, j->node))
        tree_view_select(v, j->node);
    return j != NULL;
}
