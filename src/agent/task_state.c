/* Transitions of the task tree: what a model's or the user's mark leads to. */
#include <string.h>

#include "agent/agent.h"
#include "agent/guard.h"
#include "plan/tree_edit.h"

/* root 0: all goals. */
static void tell_tree(struct agent *a, int64_t root)
{
    struct event ev = {.type = EVENT_TREE};
    ev.tree.nodes = tree_to_json(a->tree, root, a->cfg->rounds_per_subtask);
    ev.tree.focus = a->tree->active;
    ev.tree.goal = root;
    a->tree_told = a->tree->changes;
    outbox_emit(a->out, &ev);
}

void agent_emit_tree(struct agent *a)
{
    if (a->tree->changes != a->tree_told)
        tell_tree(a, a->tree->goal);
}

void agent_emit_trees(struct agent *a)
{
    tell_tree(a, 0);
}

/* Done, but by other tests than there were: whoever reads the end should look at them. */
static void tell_moved(struct agent *a, int64_t node, bool green, const char *tests)
{
    AUTO_FREE char *dir = guard_dir(a->shell, a->goal.number);
    struct node *n = tree_find(a->tree, node);
    AUTO_FREE char *note = mem_printf("done, but its tests changed: %s", tests);
    if (!n)
        return;
    if (green)
        mem_replace(&n->reason, note);
    outbox_notice(
        a->out, "warn", "check", "\"%s\" is %s%s (as they were: %s)", n->title,
        green ? "green, but its tests changed: " : "red on its tests as they were before: ", tests,
        dir);
}

bool agent_run_check(struct agent *a, int64_t node, struct buf *output)
{
    return agent_run_check_for(a, node, a->cfg->command_seconds * 1000, output);
}

bool agent_run_check_for(struct agent *a, int64_t node, int64_t most_ms, struct buf *output)
{
    struct node *n = tree_find(a->tree, node);
    if (!n || !n->check)
        return true;
    AUTO_FREE char *command = mem_strdup(check_command(n));
    AUTO_FREE char *call = mem_printf("check-%lld", (long long)node);
    struct command_result r = {0};
    shell_run(a->shell,
              &(struct command_spec){.call_id = call, .command = command, .timeout_ms = most_ms},
              &r);
    bool green = r.code == 0 && !r.refused;
    AUTO(buf) tests = {0}, old = {0};
    bool moved = green && strcmp(a->cfg->check_guard, "off") != 0 &&
                 guard_changed(a->shell, a->goal.number, &tests);
    if (moved && strcmp(a->cfg->check_guard, "strict") == 0)
        green = guard_run(a->shell, a->goal.number, command, most_ms, &old);
    n = tree_find(a->tree, node); /* the user may have edited the tree meanwhile */
    if (n && n->check)
        agent_check_seen(a, n, green);
    if (green)
        a->goal.proved_at = ++a->goal.acts;
    usage_check(a->usage, a->modes->model, modes_active(a->modes), green);
    AUTO_FREE char *ledger = mem_printf("%s → %s", command, green ? "green" : "red");
    outbox_ledger(a->out, "CHECK", ledger);
    outbox_notice(a->out, green ? "info" : "warn", "check", "\"%s\": %s → %s",
                  n ? n->title : "a step that is gone", command,
                  r.refused ? r.note
                  : green   ? "green"
                            : "red");
    if (moved)
        tell_moved(a, node, green, buf_cstr(&tests));
    if (output && old.len)
        buf_addf(output, "On the tests as they were before this goal changed %s:\n%s",
                 buf_cstr(&tests), buf_cstr(&old));
    else if (output)
        buf_addf(output, "$ %s\n(exit %d) %s%s", command, r.code, r.note, buf_cstr(&r.out));
    command_result_fini(&r);
    return green;
}

/* A node whose children all ended: done, failed, or held back by its own red check. */
static bool settle(struct agent *a, int64_t id, struct buf *output)
{
    struct tree_tally tally = tree_tally(a->tree, id);
    bool root = id == a->tree->goal;
    if (tally.failed && (root || tally.done == 0)) {
        tree_set_state(a->tree, id, NODE_FAILED,
                       root ? "some of its tasks failed" : "all its parts failed");
        return true;
    }
    if (!agent_run_check(a, id, output)) {
        struct node *n = tree_find(a->tree, id);
        if (n)
            n->state = NODE_CLAIMED;
        a->tree->changes++;
        tree_activate(a->tree, id);
        return false;
    }
    bool skipped = tally.done == 0 && tally.skipped > 0;
    tree_set_state(a->tree, id, skipped ? NODE_SKIPPED : NODE_DONE, NULL);
    return true;
}

/* The deepest node beneath root whose children have all ended while it has not. */
static int64_t unsettled(struct tree *t, int64_t root)
{
    const struct node *n = tree_find(t, root);
    if (!n || node_state_ended(n->state) || tree_is_leaf(t, root))
        return 0;
    for (size_t i = 0; i < t->nodes.len; i++) {
        if (t->nodes.ptr[i].parent != root)
            continue;
        int64_t deeper = unsettled(t, t->nodes.ptr[i].id);
        if (deeper)
            return deeper;
    }
    return tree_tally(t, root).open == 0 && !tree_is_kept(t, root) ? root : 0;
}

static bool advance(struct agent *a, struct buf *output)
{
    struct tree *t = a->tree;
    if (tree_is_leaf(t, t->goal))
        return false;
    for (;;) {
        const struct node *n = tree_find(t, t->active);
        if (n && !node_state_ended(n->state))
            return false;
        int64_t done = unsettled(t, t->goal);
        int64_t next = done ? 0 : tree_next_leaf(t, t->goal);
        if (next) {
            tree_activate(t, next);
            return false;
        }
        const struct node *root = tree_find(t, t->goal);
        if (!root || node_state_ended(root->state))
            return true;
        if (!done || !settle(a, done, output))
            return false;
    }
}

/* Of a plan that the model keeps: what it said is at work, else the next open step. Its last step
 * ends nothing: the goal ends with the model's words. */
static bool next_step(struct agent *a)
{
    const struct node *n = tree_find(a->tree, a->tree->active);
    if (!n || node_state_ended(n->state))
        tree_activate(a->tree, tree_next_leaf(a->tree, a->tree->goal));
    return false;
}

bool agent_advance(struct agent *a)
{
    uint64_t before = a->tree->changes;
    bool ended = a->tree->goal && (a->goal.planned ? next_step(a) : advance(a, NULL));
    if (a->tree->changes != before)
        agent_emit_tree(a);
    return ended;
}

static int64_t task_of(struct tree *t, int64_t id)
{
    struct node *n = tree_find(t, id);
    while (n && n->parent && n->parent != t->goal)
        n = tree_find(t, n->parent);
    return n ? n->id : 0;
}

static void fill_next(struct agent *a, struct tree_result *r, int64_t old_task)
{
    struct node *n = tree_find(a->tree, a->tree->active);
    int64_t task = task_of(a->tree, a->tree->active);
    bool same = task == old_task && task != a->tree->active;
    r->status = same ? "subtask_advanced" : "task_advanced";
    r->next_subtask = n ? mem_strdup(n->title) : NULL;
    if (task && task != a->tree->active)
        r->next_task = mem_strdup(tree_find(a->tree, task)->title);
}

static void end_goal(struct agent *a, bool success, const char *summary)
{
    a->goal.end_asked = true;
    a->goal.end_success = success;
    if (summary && *summary)
        mem_replace(&a->goal.summary, summary);
}

static bool check_holds_back(struct agent *a, int64_t id, struct tree_result *r)
{
    AUTO(buf) output = {0};
    if (agent_run_check(a, id, &output))
        return false;
    struct node *n = tree_find(a->tree, id);
    if (n && !node_state_ended(n->state))
        n->state = NODE_CLAIMED;
    a->tree->changes++;
    r->status = "check_failed";
    r->output = buf_take(&output);
    return true;
}

static bool mark_failed(struct agent *a, int64_t id, const char *reason, struct tree_result *r)
{
    struct node *n = tree_find(a->tree, id);
    mem_replace(&n->reason, reason);
    n->attempts++;
    a->tree->changes++;
    r->status = "failed";
    if (id == a->tree->goal) {
        end_goal(a, false, reason);
        return true;
    }
    if (n->attempts < a->cfg->subtask_repeats) {
        tree_activate(a->tree, id);
        n->state = NODE_ACTIVE;
        r->status = "reopened";
        return true;
    }
    AUTO_FREE char *why = mem_printf("it failed %lld times: %s", (long long)n->attempts,
                                     reason && *reason ? reason : "no reason given");
    if (!agent_zoom_out(a, why))
        end_goal(a, false, why);
    struct node *next = tree_find(a->tree, a->tree->active);
    r->next_subtask = next ? mem_strdup(next->title) : NULL;
    return true;
}

bool agent_mark(struct agent *a, bool success, const char *reason, struct tree_result *r,
                struct error *e)
{
    int64_t id = a->tree->active ? a->tree->active : a->tree->goal;
    *r = (struct tree_result){0};
    if (!tree_find(a->tree, id))
        return error_set(e, ERR_DENIED, "there is no goal to mark");
    int64_t old_task = task_of(a->tree, id);
    if (!success)
        return mark_failed(a, id, reason, r);
    if (check_holds_back(a, id, r))
        return true;
    if (id == a->tree->goal) {
        tree_set_state(a->tree, id, NODE_DONE, reason);
        end_goal(a, true, reason);
        r->status = "goal_complete";
        return true;
    }
    tree_set_state(a->tree, id, NODE_DONE, reason);
    AUTO(buf) output = {0};
    if (advance(a, &output)) {
        bool good = tree_find(a->tree, a->tree->goal)->state != NODE_FAILED;
        end_goal(a, good, reason);
        r->status = good ? "goal_complete" : "failed";
        return true;
    }
    const struct node *n = tree_find(a->tree, a->tree->active);
    if (n && n->check_state == CHECK_RED && output.len) {
        r->status = "check_failed";
        r->output = buf_take(&output);
        return true;
    }
    fill_next(a, r, old_task);
    return true;
}

bool agent_goal_mark(struct agent *a, bool success, const char *summary, bool leave_open,
                     struct tree_result *r, struct error *e)
{
    struct tree *t = a->tree;
    *r = (struct tree_result){0};
    if (!tree_find(t, t->goal))
        return error_set(e, ERR_DENIED, "there is no goal to mark");
    AUTO(buf) open = {0};
    tree_open_leaves(t, t->goal, &open);
    if (success && !leave_open && open.len)
        return error_set(e, ERR_DENIED,
                         "%zu tasks are still open: %s. Finish them, or call this again with "
                         "leave_open=true if they are not needed",
                         tree_open_count(t, t->goal), buf_cstr(&open));
    if (success && check_holds_back(a, t->goal, r))
        return true;
    if (success || leave_open)
        tree_skip_open(t, t->goal, "left open at the goal's end");
    tree_set_state(t, t->goal, success ? NODE_DONE : NODE_FAILED, summary);
    end_goal(a, success, summary);
    a->goal.told = summary && *summary;
    r->status = success ? "goal_complete" : "failed";
    return true;
}

void agent_tree_put(struct agent *a, const char *key, const char *title, const char *state,
                    const char *note)
{
    struct tree *t = a->tree;
    if (!t->goal)
        return;
    int64_t id = tree_find_key(t, t->goal, key);
    bool fresh = id == 0;
    if (fresh && !title)
        return;
    if (fresh)
        id = tree_add_child(t, t->goal, title, false);
    struct node *n = tree_find(t, id);
    enum node_state s = node_state_find(state);
    AUTO_FREE char *kept = title ? NULL : mem_strdup(n->title);
    title = title ? title : kept;
    if (!fresh && n->state == s && strcmp(n->title, title) == 0 &&
        strcmp(n->note ? n->note : "", note ? note : "") == 0)
        return;
    mem_replace(&n->key, key);
    mem_replace(&n->title, title);
    mem_replace(&n->note, note && *note ? note : NULL);
    n->state = s == NODE_STATE_COUNT ? NODE_PENDING : s;
    t->changes++;
    agent_emit_tree(a);
}

/* A node's mode is looked at when it is given, not only when it is used. */
static bool node_mode_fits(struct agent *a, const char *mode, struct error *e)
{
    struct mode *m = a->modes->model ? mode_compose(a->modes->model, mode, false, e) : NULL;
    bool ok = m || !a->modes->model;
    mode_free(m);
    return ok;
}

/* A string or {description, check, mode, subtasks}. */
static bool add_subtask(struct agent *a, int64_t parent, const cJSON *item, int64_t *added,
                        struct error *e)
{
    const char *title = cJSON_IsString(item)
                            ? item->valuestring
                            : json_str(item, "description", json_str(item, "title", NULL));
    if (!title || !*title)
        return error_set(e, ERR_USAGE,
                         "Invalid subtask format: each is a text, or an object with "
                         "\"description\" and perhaps \"check\"");
    int64_t id = tree_add_child(a->tree, parent, title, false);
    const char *check = json_str(item, "check", NULL), *mode = json_str(item, "mode", NULL);
    if (check && *check)
        mem_replace(&tree_find(a->tree, id)->check, check);
    if (mode && *mode && !node_mode_fits(a, mode, e))
        return false;
    if (mode && *mode)
        mem_replace(&tree_find(a->tree, id)->mode, mode);
    ++*added;
    const cJSON *sub;
    cJSON_ArrayForEach(sub, json_get(item, "subtasks"))
    {
        if (!add_subtask(a, id, sub, added, e))
            return false;
    }
    return true;
}

bool agent_decompose(struct agent *a, const cJSON *subtasks, int64_t node, struct tree_result *r,
                     struct error *e)
{
    *r = (struct tree_result){0};
    int64_t id = node ? node : a->tree->active ? a->tree->active : a->tree->goal;
    if (!tree_find(a->tree, id) || !tree_is_within(a->tree, id, a->tree->goal))
        return error_set(e, ERR_NOT_FOUND, "the goal's tree has no node %lld", (long long)node);
    int count = cJSON_GetArraySize(subtasks);
    if (count == 0)
        return error_set(e, ERR_USAGE, "subtasks is empty; give 2 to %lld steps",
                         (long long)a->cfg->max_children);
    if (tree_depth(a->tree, id) >= a->cfg->max_depth)
        return error_set(e, ERR_LIMIT,
                         "the tree is already %lld levels deep; work on this step as it is",
                         (long long)a->cfg->max_depth);
    if ((int64_t)tree_child_count(a->tree, id) + count > a->cfg->max_siblings)
        return error_set(
            e, ERR_LIMIT,
            "that would make more than %lld steps at one level; use fewer, larger ones",
            (long long)a->cfg->max_siblings);
    AUTO_FREE char *before = tree_save(a->tree);
    const cJSON *item;
    cJSON_ArrayForEach(item, subtasks)
    {
        if (add_subtask(a, id, item, &r->added, e))
            continue;
        struct error ignored = {0};
        if (!tree_load(a->tree, before, &ignored))
            return error_set(e, ERR_INTERNAL, "%s", ignored.text);
        return false;
    }
    advance(a, NULL);
    struct node *n = tree_find(a->tree, a->tree->active);
    r->status = "success";
    r->next_subtask = n ? mem_strdup(n->title) : NULL;
    return true;
}

/* Done means checked, for the user too. */
static bool check_forbids_done(struct agent *a, int64_t node)
{
    int64_t id = node ? node : a->tree->active;
    const struct node *n = tree_find(a->tree, id);
    if (!n || !n->check || agent_run_check(a, id, NULL))
        return false;
    if (tree_find(a->tree, id))
        tree_find(a->tree, id)->state = NODE_CLAIMED;
    a->tree->changes++;
    return true;
}

/* The plan is the user's too: what was changed in it, the model reads with its next request. */
static void tell_edit(struct agent *a, enum tree_op op, const char *title, const char *text)
{
    if (!a->goal.running || op == TREE_FOCUS || op == TREE_RUN_CHECK)
        return;
    agent_tell(a, "The user edited the plan: %s%s%s%s%s%s%s", tree_op_name(op), title ? " \"" : "",
               title ? title : "", title ? "\"" : "", text && *text ? ": \"" : "", text ? text : "",
               text && *text ? "\"" : "");
}

bool agent_edit_tree(struct agent *a, const char *word, int64_t node, const char *text,
                     struct error *e)
{
    enum tree_op op = tree_op_find(word);
    int64_t made = 0;
    const struct node *named = tree_find(a->tree, node ? node : a->tree->active);
    AUTO_FREE char *title = mem_strdup(named ? named->title : NULL);
    if (op == TREE_OP_COUNT)
        return error_set(e, ERR_USAGE, "the tree has no operation \"%s\"", word ? word : "");
    if (op == TREE_MODE && text && *text && !node_mode_fits(a, text, e))
        return false;
    if (op == TREE_DONE && check_forbids_done(a, node)) {
        outbox_notice(a->out, "warn", "check",
                      "it is claimed, not done: its check is red. Mend it, or take the "
                      "check away (c, empty)");
    } else if (op == TREE_RUN_CHECK) {
        int64_t id = node ? node : a->tree->active;
        const struct node *n = tree_find(a->tree, id);
        if (!n || !n->check)
            return error_set(e, ERR_DENIED, "this node has no check; c sets one");
        agent_run_check(a, id, NULL);
    } else if (!tree_edit(a->tree, op, node, text, &made, e)) {
        return false;
    }
    outbox_ledger(a->out, "TREE", word);
    tell_edit(a, op, title, text);
    if (!a->goal.running) {
        if (op != TREE_FOCUS)
            tree_activate(a->tree, 0); /* nothing is at work: no node is either */
        outbox_phase(a->out, "idle", 0, 0, NULL);
    }
    agent_emit_trees(a); /* any goal's nodes can be edited */
    return true;
}
