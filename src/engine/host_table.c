/* What behaviors may ask for: behavior_host, over the agent. */
#include "engine/host_table.h"
#include "config/texts.h"

#include <string.h>

#include "base/clock.h"
#include "behavior/deferred.h"
#include "engine/engine_priv.h"
#include "engine/host_jobs.h"
#include "engine/host_mcp.h"
#include "engine/host_modes.h"
#include "engine/host_notes.h"
#include "engine/host_project.h"
#include "engine/host_skills.h"
#include "engine/host_user.h"
#include "host/workspace_walk.h"
#include "host/workspace_write.h"
#include "host/workspaces.h"

static bool host_file_read(struct agent *a, const char *path, size_t limit, struct buf *out,
                           struct file_result *r, struct error *e)
{
    struct engine *g = engine_of(a);
    return workspace_read(g->ws, path, limit, out, r, e);
}

static bool host_file_lines(struct agent *a, const char *path, int64_t from, int64_t to,
                            size_t limit, struct buf *out, struct file_result *r, struct error *e)
{
    struct engine *g = engine_of(a);
    const struct pause pause = reactor_pause(&g->reactor);
    size_t before = out->len;
    if (!workspace_read_lines(g->ws, path, from, to, limit, out, r, &pause, e))
        return false;
    int64_t lines = 0;
    for (size_t i = before; i < out->len; i++)
        lines += out->ptr[i] == '\n' || i + 1 == out->len;
    AUTO_FREE char *line = mem_printf("%s %lld-%lld", path, (long long)MAX(from, 1),
                                      (long long)(MAX(from, 1) + lines - 1));
    if (lines)
        outbox_ledger(&g->out, "READ", line);
    return true;
}

static bool host_file_write(struct agent *a, const char *path, const char *data, size_t n,
                            enum write_how how, struct file_result *r, struct error *e)
{
    struct engine *g = engine_of(a);
    const char *plan = permit_plan_words(&g->permit); /* whatever a tool says of itself */
    if (plan)
        return error_set(e, ERR_DENIED, "Refused: %s", plan);
    if (!workspace_write(g->ws, path, data, n, how, r, e)) {
        AUTO_FREE char *line = mem_printf("write %s: %s", path, e->text);
        outbox_ledger(&g->out, "ERROR", line);
        return false;
    }
    outbox_ledger(&g->out, how == WRITE_APPEND ? "APPEND" : "WRITE", path);
    return true;
}

static bool host_file_remove(struct agent *a, const char *path, struct error *e)
{
    struct engine *g = engine_of(a);
    const char *plan = permit_plan_words(&g->permit);
    if (plan)
        return error_set(e, ERR_DENIED, "Refused: %s", plan);
    if (!workspace_remove(g->ws, path, e))
        return false;
    outbox_ledger(&g->out, "REMOVE", path);
    return true;
}

static bool host_file_list(struct agent *a, const char *path, struct file_entry **entries,
                           size_t *n, struct error *e)
{
    struct engine *g = engine_of(a);
    return workspace_list(g->ws, path, entries, n, e);
}

static bool host_file_walk(struct agent *a, const char *path, workspace_visit *visit, void *arg,
                           struct walk_result *r, struct error *e)
{
    struct engine *g = engine_of(a);
    const struct pause pause = reactor_pause(&g->reactor);
    return workspace_walk(g->ws, path, visit, arg, r, &pause, e);
}

static bool host_file_names(struct agent *a, const char *path, workspace_visit *visit, void *arg,
                            struct error *e)
{
    struct engine *g = engine_of(a);
    const struct pause pause = reactor_pause(&g->reactor);
    return workspace_walk_names(g->ws, path, visit, arg, &pause, e);
}

static bool host_file_look(struct agent *a, const char *path, bool *exists, bool *news,
                           struct error *e)
{
    struct engine *g = engine_of(a);
    return workspace_peek(g->ws, path, exists, news, e);
}

static enum pause_end host_pause(struct agent *a, const char *job, int64_t ms)
{
    struct engine *g = engine_of(a);
    int64_t until = clock_ms() + ms;
    for (;;) {
        if (reactor_stopped(&g->reactor))
            return PAUSE_STOPPED;
        if (job && jobs_server_ended(&g->jobs, job))
            return PAUSE_JOB;
        if (g->agent.steer.len)
            return PAUSE_USER;
        if (clock_ms() >= until)
            return PAUSE_OVER;
        reactor_wait(&g->reactor, until);
    }
}

static bool host_tree_mark(struct agent *a, bool success, const char *reason, struct tree_result *r,
                           struct error *e)
{
    struct engine *g = engine_of(a);
    return agent_mark(&g->agent, success, reason, r, e);
}

static void host_tree_text(struct agent *a, struct buf *out)
{
    struct engine *g = engine_of(a);
    tree_to_text(&g->tree, out);
}

static bool host_tree_has_tasks(struct agent *a)
{
    struct engine *g = engine_of(a);
    return g->tree.goal && !tree_is_leaf(&g->tree, g->tree.goal);
}

static int64_t host_tree_active(struct agent *a)
{
    struct engine *g = engine_of(a);
    return g->tree.active;
}

static void host_tree_budget(struct agent *a, int64_t *used, int64_t *max)
{
    struct engine *g = engine_of(a);
    const struct node *n = tree_find(&g->tree, g->tree.active);
    *used = n ? n->rounds : g->agent.goal.rounds;
    *max = n ? g->cfg->rounds_per_subtask : g->agent.limits.rounds;
}

static void host_context_add(struct agent *a, enum placement where, const char *title,
                             const char *text)
{
    struct engine *g = engine_of(a);
    context_add(&g->context, where, title, text);
}

static void host_compact_when(struct agent *a, const struct compaction *how)
{
    struct engine *g = engine_of(a);
    context_compact_when(&g->context, how);
}

/* Pruned to n when it reaches 2n: between two prunings the prefix stands. */
static void host_history_keep(struct agent *a, int64_t exchanges)
{
    struct engine *g = engine_of(a);
    if (exchanges <= 0 || conversation_exchanges(&g->talk) < 2 * exchanges)
        return;
    if (conversation_drop_before(&g->talk, conversation_cut_for(&g->talk, exchanges)) > 0)
        context_break(&g->context, "the history reached twice history_keep");
}

/* Did the newest answer call anything but tools of the tree? */
static bool host_unseen_results(struct engine *g)
{
    int64_t seq = conversation_last(&g->talk);
    const struct message *m;
    while ((m = conversation_at(&g->talk, seq)) && m->role != LLM_ASSISTANT && !m->lost)
        seq--;
    for (size_t i = 0; m && i < m->call_count; i++) {
        int tool = pipeline_find_tool(&g->pipeline, m->calls[i].name);
        if (tool < 0 || !(g->pipeline.tools.ptr[tool]->tool->flags & TOOL_TREE))
            return true;
    }
    return false;
}

static void host_history_clear(struct agent *a, const char *why)
{
    struct engine *g = engine_of(a);
    int64_t cut = host_unseen_results(g) ? conversation_cut_for(&g->talk, 1)
                                         : conversation_last(&g->talk) + 1;
    if (conversation_drop_before(&g->talk, cut) == 0)
        return;
    conversation_summarise(&g->talk, NULL, NULL);
    context_break(&g->context, why);
}

/* Looks and marks are left out: the model knows that it made them, and they would push out what
 * was changed and run. */
static bool ledger_is_shown(const struct ledger_line *l)
{
    return strcmp(l->kind, "CALL") != 0;
}

static void host_ledger_text(struct agent *a, struct buf *out)
{
    struct engine *g = engine_of(a);
    const struct ledger *l = &g->out.ledger;
    size_t from = l->lines.len;
    for (int64_t left = g->cfg->recent_actions; from > 0 && left > 0; from--)
        left -= ledger_is_shown(&l->lines.ptr[from - 1]);
    for (size_t i = from; i < l->lines.len; i++)
        if (ledger_is_shown(&l->lines.ptr[i]))
            buf_addf(out, "%s\t%s\n", l->lines.ptr[i].kind, l->lines.ptr[i].detail);
}

static void host_ledger_add(struct agent *a, const char *kind, const char *detail)
{
    struct engine *g = engine_of(a);
    outbox_ledger(&g->out, kind, detail);
}

static const char *host_text(struct agent *a, const char *name)
{
    return texts_get(engine_of(a)->cfg->texts, name);
}

static uint64_t host_progress_mark(struct agent *a)
{
    struct engine *g = engine_of(a);
    /* Sums of counters that only grow: no two changes give the same mark. */
    return workspace_changes(g->ws) + g->tree.progress;
}

static const char *host_completion_tool(struct agent *a)
{
    struct engine *g = engine_of(a);
    return pipeline_completion_tool(&g->pipeline);
}

static void host_failure_words(struct agent *a, struct buf *out)
{
    struct engine *g = engine_of(a);
    pipeline_failure_words(&g->pipeline, out);
}

static void host_goal_end(struct agent *a, bool success, const char *summary)
{
    struct engine *g = engine_of(a);
    g->agent.goal.end_asked = true;
    g->agent.goal.end_success = success;
    mem_replace(&g->agent.goal.summary, summary);
}

/* This goal's lines: from its beginning in the ledger. */
static void host_ledger_each(struct agent *a,
                             void (*visit)(void *arg, const char *kind, const char *detail),
                             void *arg)
{
    struct engine *g = engine_of(a);
    for (size_t i = g->out.ledger.goal; i < g->out.ledger.lines.len; i++)
        visit(arg, g->out.ledger.lines.ptr[i].kind, g->out.ledger.lines.ptr[i].detail);
}

static size_t host_delegate_targets(struct agent *a, const struct delegate_target **list)
{
    struct engine *g = engine_of(a);
    static struct delegate_target none;
    g->target_list.len = 0;
    for (size_t i = 0; i < g->file.target_count; i++)
        VEC_PUSH(&g->target_list, g->file.targets[i].seen);
    *list = g->target_list.len ? g->target_list.ptr : &none;
    return g->target_list.len;
}

static bool host_workspace_find(struct agent *a, const char *query, struct workspace_info **list,
                                size_t *n, struct error *e)
{
    struct engine *g = engine_of(a);
    return workspaces_find(workspace_path(g->ws), query, list, n, e);
}

/* Only what is called inside on_goal_complete has an instance to come back to. */
static void host_after_goal(struct agent *a, void (*fn)(struct call *c))
{
    struct engine *g = engine_of(a);
    if (!g->pipeline.running)
        return;
    VEC_PUSH(&g->agent.after, ((struct after_goal){g->pipeline.running, fn}));
}

static void host_tools_deferred(struct agent *a, struct buf *out)
{
    deferred_list(&engine_of(a)->pipeline, out);
}

static cJSON *host_tools_find(struct agent *a, const char *query)
{
    return deferred_find(&engine_of(a)->pipeline, query);
}

static void host_tools_changed(struct agent *a)
{
    struct engine *g = engine_of(a);
    if (g->pipeline.running)
        g->pipeline.running->tools_changed = true;
}

static char *host_llm_ask(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                          struct error *e)
{
    struct engine *g = engine_of(a);
    int64_t since = clock_us();
    char *text = model_call_ask(&g->call, system, user, max_tokens, 0.2, e);
    g->pipeline.waited_us += clock_us() - since; /* the model's time is not the handler's */
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
    .file_look = host_file_look,
    .command_run = host_command_run,
    .server_start = host_server_start,
    .server_stop = host_server_stop,
    .server_check = host_server_check,
    .server_list = host_server_list,
    .jobs_ended = host_jobs_ended,
    .pause = host_pause,
    .news = agent_news,
    .tree_decompose = agent_decompose,
    .plan_update = agent_plan,
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
    .notes_load = host_notes_load,
    .notes_store = host_notes_store,
    .note_once = agent_note_once,
    .project_dir = host_project_dir,
    .project_rules = host_project_rules,
    .project_texts = host_project_texts,
    .skill_list = host_skill_list,
    .skill_read = host_skill_read,
    .ledger_text = host_ledger_text,
    .ledger_add = host_ledger_add,
    .text = host_text,
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
    .tools_deferred = host_tools_deferred,
    .tools_find = host_tools_find,
    .tools_changed = host_tools_changed,
    .notice = host_notice,
    .progress = host_progress,
    .llm_ask = host_llm_ask,
    .after_goal = host_after_goal,
};
