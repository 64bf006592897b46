/* Keys of the task tree: each posts one operation; the engine answers with a new tree. */
#include <string.h>

#include "ui/app/app.h"

/* Operations of nodes do nothing to a job; what works is said. */
static bool tree_is_on_job(struct app *app)
{
    const struct job *j = tree_view_job(&app->tree, &app->state);
    if (j)
        toast_show(&app->toast, "%.60s is a job: Enter shows what it did, x stops it", j->name);
    return j != NULL;
}

static bool tree_post(struct app *app, const char *op)
{
    if (tree_is_on_job(app))
        return true;
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    if (n || strcmp(op, "undo") == 0)
        app_post_tree(app, op, n ? n->id : 0, NULL);
    return true;
}

// clang-format off
#define POSTS(action, op)                                                                    \
    bool action_tree_##action(struct app *app)                                               \
    {                                                                                        \
        return tree_post(app, op);                                                           \
    }
POSTS(done, "done")
POSTS(failed, "failed")
POSTS(skip, "skip")
POSTS(reopen, "reopen")
POSTS(undo, "undo")
POSTS(move_down, "down")
POSTS(move_up, "up")
POSTS(indent, "indent")
POSTS(outdent, "outdent")
POSTS(focus, "focus")
POSTS(run_check, "run_check")
#undef POSTS
// clang-format on

bool action_tree_delete(struct app *app)
{
    if (tree_view_node(&app->tree, &app->state))
        toast_show(&app->toast, "deleted; u brings it back");
    return tree_post(app, "delete");
}

static bool tree_ask(struct app *app, const char *op, const char *prompt, const char *initial)
{
    if (tree_is_on_job(app))
        return true;
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    if (!n && strcmp(op, "add") != 0)
        return true;
    app_ask(app, ASK_NODE, op, n ? n->id : 0, prompt, initial);
    return true;
}

bool action_tree_add(struct app *app)
{
    return tree_ask(app, "add", "new task: ", NULL);
}

bool action_tree_insert(struct app *app)
{
    return tree_ask(app, "insert", "new subtask: ", NULL);
}

bool action_tree_edit(struct app *app)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    return tree_ask(app, "edit", "title: ", n ? n->title : NULL);
}

bool action_tree_check(struct app *app)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    return tree_ask(app, "check", "check command: ", n ? n->check : NULL);
}

bool action_tree_note(struct app *app)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    return tree_ask(app, "note", "note: ", n ? n->note : NULL);
}

bool action_tree_mode(struct app *app)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    return tree_ask(app, "mode", "behavior mode: ", n ? n->mode : NULL);
}

static bool tree_move(struct app *app, int rows)
{
    tree_view_move(&app->tree, &app->state, rows);
    return true;
}

bool action_tree_down(struct app *app)
{
    return tree_move(app, 1);
}

bool action_tree_up(struct app *app)
{
    return tree_move(app, -1);
}

bool action_tree_first(struct app *app)
{
    return tree_move(app, -100000);
}

bool action_tree_last(struct app *app)
{
    return tree_move(app, 100000);
}

bool action_tree_fold(struct app *app)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    if (n && n->children > 0)
        tree_view_fold(&app->tree, n->id, !tree_view_is_folded(&app->tree, n->id));
    return true;
}

bool action_tree_close(struct app *app)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    if (!n)
        return true;
    if (n->children > 0 && !tree_view_is_folded(&app->tree, n->id))
        tree_view_fold(&app->tree, n->id, true);
    else if (n->parent)
        tree_view_select(&app->tree, n->parent);
    return true;
}

bool action_tree_open(struct app *app)
{
    const struct tree_node *n = tree_view_node(&app->tree, &app->state);
    if (n)
        tree_view_fold(&app->tree, n->id, false);
    return true;
}

bool action_job_show(struct app *app)
{
    const struct job *j = tree_view_job(&app->tree, &app->state);
    if (!j)
        return false;
    app_post(app, REQUEST_REPORT, "job", j->name);
    app_set_focus(app, FOCUS_TRANSCRIPT);
    transcript_follow(&app->transcript);
    return true;
}

bool action_job_stop(struct app *app)
{
    const struct job *j = tree_view_job(&app->tree, &app->state);
    if (!j)
        return false;
    if (job_runs(j))
        app_post(app, REQUEST_JOB, "stop", j->name);
    toast_show(&app->toast, job_runs(j) ? "stopping %.60s" : "%.60s has ended already", j->name);
    return true;
}

bool action_job_task(struct app *app)
{
    const struct job *j = tree_view_job(&app->tree, &app->state);
    if (j && state_node(&app->state, j->node))
        tree_view_select(&app->tree, j->node);
    return j != NULL;
}
