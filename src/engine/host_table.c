/* What behaviors may ask for: behavior_host, over the agent. */
#include "engine/host_table.h"

#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "engine/host_jobs.h"
#include "engine/host_mcp.h"
#include "engine/host_modes.h"
#include "engine/host_project.h"
#include "engine/host_skills.h"
#include "engine/host_user.h"
#include "host/workspaces.h"

static bool host_file_read(struct agent *a, const char *path, size_t limit, struct buf *out,
                           struct file_result *r, struct error *e)
{
    return workspace_read(a->ws, path, limit, out, r, e);
}

static bool host_file_lines(struct agent *a, const char *path, int64_t from, int64_t to,
                            size_t limit, struct buf *out, struct file_result *r, struct error *e)
{
    const struct pause pause = reactor_pause(&a->reactor);
    return workspace_read_lines(a->ws, path, from, to, limit, out, r, &pause, e);
}

static bool host_file_write(struct agent *a, const char *path, const char *data, size_t n,
                            enum write_how how, struct file_result *r, struct error *e)
{
    if (!workspace_write(a->ws, path, data, n, how, r, e)) {
        AUTO_FREE char *line = mem_printf("write %s: %s", path, e->text);
        outbox_ledger(&a->out, "ERROR", line);
        return false;
    }
    outbox_ledger(&a->out, how == WRITE_APPEND ? "APPEND" : "WRITE", path);
    return true;
}

static bool host_file_remove(struct agent *a, const char *path, struct error *e)
{
    if (!workspace_remove(a->ws, path, e))
        return false;
    outbox_ledger(&a->out, "REMOVE", path);
    return true;
}

static bool host_file_list(struct agent *a, const char *path, struct file_entry **entries,
                           size_t *n, struct error *e)
{
    return workspace_list(a->ws, path, entries, n, e);
}

static bool host_file_walk(struct agent *a, const char *path, workspace_visit *visit, void *arg,
                           struct walk_result *r, struct error *e)
{
    const struct pause pause = reactor_pause(&a->reactor);
    return workspace_walk(a->ws, path, visit, arg, r, &pause, e);
}

static bool host_file_names(struct agent *a, const char *path, workspace_visit *visit, void *arg,
                            struct error *e)
{
    const struct pause pause = reactor_pause(&a->reactor);
    return workspace_walk_names(a->ws, path, visit, arg, &pause, e);
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

static void host_context_add(struct agent *a, enum placement where, const char *title,
                             const char *text)
{
    context_add(&a->context, where, title, text);
}

static void host_compact_when(struct agent *a, const struct compaction *how)
{
    context_compact_when(&a->context, how);
}

/* Pruned to n when it reaches 2n: between two prunings the prefix stands. */
static void host_history_keep(struct agent *a, int64_t exchanges)
{
    if (exchanges <= 0 || conversation_exchanges(&a->talk) < 2 * exchanges)
        return;
    if (conversation_drop_before(&a->talk, conversation_cut_for(&a->talk, exchanges)) > 0)
        context_break(&a->context, "the history reached twice history_keep");
}

static void host_history_clear(struct agent *a, const char *why)
{
    a->goal.clear_asked = true;
    mem_replace(&a->goal.clear_why, why);
}

static void host_ledger_text(struct agent *a, struct buf *out)
{
    size_t most = (size_t)a->cfg->recent_actions;
    size_t from = a->out.ledger.lines.len > most ? a->out.ledger.lines.len - most : 0;
    for (size_t i = from; i < a->out.ledger.lines.len; i++)
        buf_addf(out, "%s\t%s\n", a->out.ledger.lines.ptr[i].kind,
                 a->out.ledger.lines.ptr[i].detail);
}

static void host_ledger_add(struct agent *a, const char *kind, const char *detail)
{
    outbox_ledger(&a->out, kind, detail);
}

static uint64_t host_progress_mark(struct agent *a)
{
    /* Sums of counters that only grow: no two changes give the same mark. */
    return workspace_changes(a->ws) + a->tree.progress;
}

static const char *host_completion_tool(struct agent *a)
{
    return pipeline_completion_tool(&a->pipeline);
}

static void host_failure_words(struct agent *a, struct buf *out)
{
    pipeline_failure_words(&a->pipeline, out);
}

static void host_goal_end(struct agent *a, bool success, const char *summary)
{
    a->goal.end_asked = true;
    a->goal.end_success = success;
    mem_replace(&a->goal.summary, summary);
}

/* This goal's lines: from its beginning in the ledger. */
static void host_ledger_each(struct agent *a,
                             void (*visit)(void *arg, const char *kind, const char *detail),
                             void *arg)
{
    for (size_t i = a->out.ledger.goal; i < a->out.ledger.lines.len; i++)
        visit(arg, a->out.ledger.lines.ptr[i].kind, a->out.ledger.lines.ptr[i].detail);
}

static size_t host_delegate_targets(struct agent *a, const struct delegate_target **list)
{
    static struct delegate_target none;
    a->target_list.len = 0;
    for (size_t i = 0; i < a->file.target_count; i++)
        VEC_PUSH(&a->target_list, a->file.targets[i].seen);
    *list = a->target_list.len ? a->target_list.ptr : &none;
    return a->target_list.len;
}

static bool host_workspace_find(struct agent *a, const char *query, struct workspace_info **list,
                                size_t *n, struct error *e)
{
    return workspaces_find(workspace_path(a->ws), query, list, n, e);
}

/* Only what is called inside on_goal_complete has an instance to come back to. */
static void host_after_goal(struct agent *a, void (*fn)(struct call *c))
{
    if (!a->pipeline.running)
        return;
    VEC_PUSH(&a->after, ((struct after_goal){a->pipeline.running, fn}));
}

static void host_tools_changed(struct agent *a)
{
    if (a->pipeline.running)
        a->pipeline.running->tools_changed = true;
}

static char *host_llm_ask(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                          struct error *e)
{
    int64_t since = clock_us();
    char *text = model_call_ask(&a->call, system, user, max_tokens, 0.2, e);
    a->pipeline.waited_us += clock_us() - since; /* the model's time is not the handler's */
    return text;
}

const struct behavior_host agent_host = {
    .abi = BEHAVIOR_ABI,
    .file_read = host_file_read,
    .file_lines = host_file_lines,
    .file_write = host_file_write,
    .file_remove = host_file_remove,
    .file_list = host_file_list,
    .file_walk = host_file_walk,
    .file_names = host_file_names,
    .command_run = host_command_run,
    .server_start = host_server_start,
    .server_stop = host_server_stop,
    .server_check = host_server_check,
    .server_list = host_server_list,
    .tree_decompose = agent_decompose,
    .tree_mark = host_tree_mark,
    .goal_mark = agent_goal_mark,
    .tree_put = agent_tree_put,
    .tree_text = host_tree_text,
    .tree_has_tasks = host_tree_has_tasks,
    .tree_active = host_tree_active,
    .tree_budget = host_tree_budget,
    .context_add = host_context_add,
    .history_keep = host_history_keep,
    .history_clear = host_history_clear,
    .compact_when = host_compact_when,
    .project_text = host_project_text,
    .skill_list = host_skill_list,
    .skill_read = host_skill_read,
    .ledger_text = host_ledger_text,
    .ledger_add = host_ledger_add,
    .ledger_each = host_ledger_each,
    .goal_stats = agent_goal_stats,
    .loop_report = host_loop_report,
    .progress_mark = host_progress_mark,
    .completion_tool = host_completion_tool,
    .failure_words = host_failure_words,
    .goal_end = host_goal_end,
    .delegate_targets = host_delegate_targets,
    .delegate_begin = host_delegate_begin,
    .delegate_wait = host_delegate_wait,
    .workspace_find = host_workspace_find,
    .ask_user = host_ask_user,
    .mode_list = host_mode_list,
    .mode_active = host_mode_active,
    .mode_set = host_mode_set,
    .situation = host_situation,
    .mcp_open = host_mcp_open,
    .mcp_tools = host_mcp_tools,
    .mcp_call = host_mcp_call,
    .mcp_close = host_mcp_close,
    .tools_changed = host_tools_changed,
    .notice = host_notice,
    .progress = host_progress,
    .llm_ask = host_llm_ask,
    .after_goal = host_after_goal,
};
