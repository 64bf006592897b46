/* What behaviors may ask for: behavior_host, over the agent. */
#include <string.h>

#include "engine/agent.h"

static bool host_file_read(struct agent *a, const char *path, size_t limit, struct buf *out,
                           struct file_result *r, struct error *e)
{
    return workspace_read(a->ws, path, limit, out, r, e);
}

static bool host_file_write(struct agent *a, const char *path, const char *data, size_t n,
                            enum write_how how, struct file_result *r, struct error *e)
{
    if (!workspace_write(a->ws, path, data, n, how, r, e)) {
        AUTO_FREE char *line = mem_printf("write %s: %s", path, e->text);
        agent_ledger(a, "ERROR", line);
        return false;
    }
    agent_ledger(a, how == WRITE_APPEND ? "APPEND" : "WRITE", path);
    return true;
}

static bool host_file_list(struct agent *a, const char *path, struct file_entry **entries,
                           size_t *n, struct error *e)
{
    return workspace_list(a->ws, path, entries, n, e);
}

static bool host_file_walk(struct agent *a, const char *path, workspace_visit *visit, void *arg,
                           struct error *e)
{
    return workspace_walk(a->ws, path, visit, arg, e);
}

static bool host_tree_mark(struct agent *a, bool success, const char *reason, struct tree_result *r,
                           struct error *e)
{
    return agent_mark(a, success, reason, r, e);
}

static void host_tree_text(struct agent *a, struct buf *out)
{
    tree_to_text(&a->tree, out);
}

static bool host_tree_has_tasks(struct agent *a)
{
    return a->tree.goal && !tree_is_leaf(&a->tree, a->tree.goal);
}

static int64_t host_tree_active(struct agent *a)
{
    return a->tree.active;
}

static void host_tree_budget(struct agent *a, int64_t *used, int64_t *max)
{
    const struct node *n = tree_find(&a->tree, a->tree.active);
    *used = n ? n->rounds : a->goal.rounds;
    *max = n ? a->cfg->rounds_per_subtask : a->max_rounds;
}

/* Pruned to n when it reaches 2n: between two prunings the prefix stands. */
static void host_history_keep(struct agent *a, int64_t exchanges)
{
    if (exchanges <= 0 || conversation_exchanges(&a->talk) < 2 * exchanges)
        return;
    if (conversation_drop_before(&a->talk, conversation_cut_for(&a->talk, exchanges)) > 0)
        context_break(a, "the history reached twice history_keep");
}

static void host_history_clear(struct agent *a, const char *why)
{
    a->goal.clear_asked = true;
    mem_replace(&a->goal.clear_why, why);
}

static void host_ledger_text(struct agent *a, struct buf *out)
{
    size_t from = a->ledger.len > 30 ? a->ledger.len - 30 : 0;
    for (size_t i = from; i < a->ledger.len; i++)
        buf_addf(out, "%s\t%s\n", a->ledger.ptr[i].kind, a->ledger.ptr[i].detail);
}

static void emit_loop(struct agent *a, const char *signature, int64_t count, const char *level,
                      const char *text)
{
    struct event ev = {.type = EVENT_LOOP_WARNING};
    ev.loop_warning.signature = mem_strdup(signature);
    ev.loop_warning.count = count;
    ev.loop_warning.level = mem_strdup(level);
    ev.loop_warning.text = mem_strdup(text);
    agent_emit(a, &ev);
}

static enum loop_action ask_about_loop(struct agent *a, const char *text)
{
    static const char choices[] = "[{\"key\":\"a\",\"label\":\"allow more\"},"
                                  "{\"key\":\"l\",\"label\":\"it is no loop\"},"
                                  "{\"key\":\"n\",\"label\":\"stop the goal\"}]";
    struct ask q = {.kind = "loop",
                    .title = "The agent seems to go round in circles. Let it go on?",
                    .detail = text,
                    .why = "the same happened again although the model was told",
                    .choices = choices};
    AUTO_FREE char *key = agent_ask(a, &q, NULL);
    return *key == 'a' ? LOOP_GO_ON : *key == 'l' ? LOOP_NOT_A_LOOP : LOOP_STOP;
}

static enum loop_action host_loop_report(struct agent *a, const char *signature, int64_t count,
                                         int level, const char *text)
{
    static const char *const levels[] = {"clear", "show", "tell", "ask"};
    bool last = level >= 3;
    emit_loop(a, signature, count, last && !a->interactive ? "stop" : levels[MIN(level, 3)], text);
    agent_ledger(a, "LOOP", text);
    if (!last)
        return LOOP_GO_ON;
    enum loop_action act = a->interactive ? ask_about_loop(a, text) : LOOP_STOP;
    if (act != LOOP_STOP) {
        emit_loop(a, signature, count, "clear", text);
        return act;
    }
    a->goal.loop_stop = true;
    mem_replace(&a->goal.summary, text);
    return act;
}

static uint64_t host_progress_mark(struct agent *a)
{
    uint64_t ended = 0;
    for (size_t i = 0; i < a->tree.nodes.len; i++)
        ended += node_state_ended(a->tree.nodes.ptr[i].state);
    return workspace_changes(a->ws) * 1000 + ended + a->tree.nodes.len;
}

static const char *host_completion_tool(struct agent *a)
{
    for (size_t i = 0; i < a->pipeline.tools.len; i++)
        if (a->pipeline.tools.ptr[i]->flags & TOOL_ENDS_GOAL)
            return a->pipeline.tools.ptr[i]->name;
    return NULL;
}

static void host_goal_end(struct agent *a, bool success, const char *summary)
{
    a->goal.end_asked = true;
    a->goal.end_success = success;
    mem_replace(&a->goal.summary, summary);
}

static void host_notice(struct agent *a, const char *level, const char *text)
{
    const struct instance *i = a->pipeline.running;
    agent_notice(a, level, i ? i->type->type : "behavior", "%s", text);
}

static char *host_llm_ask(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                          struct error *e)
{
    return agent_ask_model(a, system, user, max_tokens, 0.2, e);
}

const struct behavior_host agent_host = {
    .abi = BEHAVIOR_ABI,
    .file_read = host_file_read,
    .file_write = host_file_write,
    .file_list = host_file_list,
    .file_walk = host_file_walk,
    .command_run = agent_command,
    .tree_decompose = agent_decompose,
    .tree_mark = host_tree_mark,
    .tree_text = host_tree_text,
    .tree_has_tasks = host_tree_has_tasks,
    .tree_active = host_tree_active,
    .tree_budget = host_tree_budget,
    .context_add = context_add,
    .history_keep = host_history_keep,
    .history_clear = host_history_clear,
    .ledger_text = host_ledger_text,
    .ledger_add = agent_ledger,
    .loop_report = host_loop_report,
    .progress_mark = host_progress_mark,
    .completion_tool = host_completion_tool,
    .goal_end = host_goal_end,
    .notice = host_notice,
    .llm_ask = host_llm_ask,
};
