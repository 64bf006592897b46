#include "engine/rooms.h"
#include "engine/environment.h"

#include <assert.h>

#include "base/clock.h"
#include "base/sanitize.h"
#include "engine/engine_priv.h"
#include "engine/files_kept.h"
#include "engine/host_project.h"
#include "engine/host_python.h"
#include "engine/keepers.h"
#include "store/store.h"

/* ---- behavior/hooks ---- */

static void describe_goal(void *arg, cJSON *event)
{
    const struct engine *g = arg;
    json_add_str(event, "goal", g->agent.goal.text);
    json_add_int(event, "round", g->agent.goal.rounds);
}

static void means_left(void *arg, struct delegate_means *m)
{
    const struct engine *g = arg;
    const struct goal_usage *spent = &g->usage.goal;
    if (g->agent.limits.seconds > 0)
        m->seconds = MAX((g->agent.limits.deadline_ms - clock_ms()) / 1000, 1);
    if (g->agent.limits.tokens > 0)
        m->tokens = MAX(g->agent.limits.tokens - spent->input - spent->output, 1);
    if (g->agent.limits.money > 0)
        m->money = MAX(g->agent.limits.money - spent->cost, 0.000001);
    m->model = g->modes.model->name;
}

/* ---- request/modes ---- */

static void keep_mode(void *arg, const char *model, const char *mode, const char *by)
{
    struct engine *g = arg;
    struct error e = {0};
    AUTO_FREE char *who = mem_printf("mode_by %s", model);
    g->session.dirty = true;
    if (g->session.store && (!store_put_meta(g->session.store, who, by, &e) ||
                             !store_put_mode(g->session.store, model, mode, &e)))
        outbox_notice(&g->out, "warn", "store", "the mode is not saved: %s", e.text);
}

static char *kept_mode(void *arg, const char *model, char **by)
{
    struct engine *g = arg;
    AUTO_FREE char *who = mem_printf("mode_by %s", model);
    if (!g->session.store)
        return NULL;
    *by = store_get_meta(g->session.store, who);
    return store_get_mode(g->session.store, model);
}

/* Before the first request there is nothing that could have changed. */
static void prefix_changed(void *arg, const char *why)
{
    struct engine *g = arg;
    if (g->context.requests)
        context_break(&g->context, why);
}

static void connect_modes(struct engine *g)
{
    struct modes *m = &g->modes;
    m->cfg = g->cfg;
    m->reactor = &g->reactor;
    m->out = &g->out;
    m->llm = g->llm;
    m->models = g->models;
    m->tree = &g->tree;
    m->workspace = workspace_path(g->ws);
    m->keep = keep_mode;
    m->kept = kept_mode;
    m->changed = prefix_changed;
    m->arg = g;
}

/* ---- request/model_call ---- */

static struct goal_view view_goal(void *arg)
{
    const struct engine *g = arg;
    return (struct goal_view){g->agent.goal.text, g->agent.goal.number, g->agent.goal.running};
}

static void account_side_call(void *arg, const struct llm_request *asked,
                              const struct llm_reply *reply)
{
    struct engine *g = arg;
    if (reply)
        usage_call(&g->usage, asked, reply, 0, NULL);
    else
        usage_call_failed(&g->usage, asked);
}

static void connect_model_call(struct engine *g)
{
    g->call = (struct model_call){.llm = g->llm,
                                  .reactor = &g->reactor,
                                  .out = &g->out,
                                  .cfg = g->cfg,
                                  .modes = &g->modes,
                                  .workspace = workspace_path(g->ws),
                                  .goal = view_goal,
                                  .account = account_side_call,
                                  .arg = g};
}

/* ---- request/context, request/compact ---- */

static void connect_context(struct engine *g)
{
    struct context *x = &g->context;
    x->cfg = g->cfg;
    x->file = &g->file;
    x->reactor = &g->reactor;
    x->out = &g->out;
    x->talk = &g->talk;
    x->pipeline = &g->pipeline;
    x->modes = &g->modes;
    x->workspace = workspace_path(g->ws);
    x->words = (struct words){.talk = &g->talk, .modes = &g->modes, .out = &g->out};
    x->goal = view_goal;
    x->arg = g;
}

static void connect_compactor(struct engine *g)
{
    g->compactor = (struct compactor){.cfg = g->cfg,
                                      .reactor = &g->reactor,
                                      .out = &g->out,
                                      .talk = &g->talk,
                                      .modes = &g->modes,
                                      .context = &g->context,
                                      .call = &g->call,
                                      .goal = view_goal,
                                      .arg = g};
}

void engine_connect_rooms(struct engine *g)
{
    assert(g->ws && g->tmp && g->llm && g->models);
    g->hooks = (struct hooks){.cfg = g->cfg,
                              .reactor = &g->reactor,
                              .out = &g->out,
                              .workspace = workspace_path(g->ws),
                              .tmp = g->tmp,
                              .describe = describe_goal,
                              .arg = g};
    g->python = host_python_env(g);
    g->shell = (struct shell){.permit = &g->permit,
                              .reactor = &g->reactor,
                              .out = &g->out,
                              .sandbox = g->sandbox,
                              .readers = &g->readers,
                              .cwd = workspace_path(g->ws),
                              .tmp = g->tmp,
                              .adopt = jobs_adopt,
                              .arg = &g->jobs,
                              .keep = (size_t)g->cfg->output_bytes / 2};
    g->jobs.reactor = &g->reactor;
    g->jobs.out = &g->out;
    g->jobs.shell = &g->shell;
    g->jobs.delegation = (struct delegation){.reactor = &g->reactor,
                                             .out = &g->out,
                                             .shell = &g->shell,
                                             .number = &g->jobs.number,
                                             .changed = jobs_changed,
                                             .tell = jobs_tell,
                                             .jobs = &g->jobs,
                                             .ws = g->ws,
                                             .tree = &g->tree,
                                             .usage = &g->usage,
                                             .file = &g->file,
                                             .models_file = g->models_file,
                                             .config_file = g->config_file,
                                             .trusted = g->trusted,
                                             .require_sandbox = g->require_sandbox,
                                             .check_ms = g->cfg->command_seconds * 1000,
                                             .means = means_left,
                                             .arg = g};
    g->agent.ws = g->ws;
    g->session.out = &g->out;
    g->session.talk = &g->talk;
    engine_register_keepers(g);
    g->usage.out = &g->out;
    g->usage.tree = &g->tree;
    g->usage.pipeline = &g->pipeline;
    connect_modes(g);
    connect_model_call(g);
    connect_context(g);
    connect_compactor(g);
}

void engine_forget_session(struct engine *g)
{
    files_kept_end(g);
    host_project_forget(g);
    conversation_fini(&g->talk);
    tree_fini(&g->tree);
    context_fini(&g->context);
    outbox_reset(&g->out, "");
    agent_forget(&g->agent);
    permit_forget(&g->permit);
    g->policy_given = false;
    for (size_t i = 0; i < g->queue.len; i++)
        free(g->queue.ptr[i]);
    g->queue.len = 0;
    mem_replace(&g->name, NULL);
    jobs_fini(&g->jobs);
    usage_reset(&g->usage);
    session_forget(&g->session);
}

void engine_tell_queue(struct engine *g, const char *back)
{
    g->queue_told = g->queue.len > 0;
    outbox_waiting(&g->out, "goal", g->queue.ptr, g->queue.len, back);
}

void engine_name(struct engine *g, const char *name)
{
    AUTO_FREE char *clean = name && *name ? sanitize_text(name, SANITIZE_ONE_LINE) : NULL;
    mem_replace(&g->name, clean);
    g->session.dirty = true;
    outbox_setting(&g->out, "name", clean ? clean : "");
}

void engine_tell_branch(struct engine *g)
{
    AUTO_FREE char *branch = g->agent.interactive ? engine_branch(workspace_path(g->ws)) : NULL;
    if (branch)
        outbox_setting(&g->out, "branch", branch);
}

void engine_tell_paused(struct engine *g)
{
    bool one = g->queue.len == 1;
    outbox_notice(&g->out, "info", "engine", "%zu queued goal%s; /continue starts %s", g->queue.len,
                  one ? " waits" : "s wait", one ? "it" : "them");
}
