#include "engine/rooms.h"

#include <assert.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "engine/host_python.h"
#include "engine/keepers.h"
#include "store/store.h"

/* ---- behavior/hooks ---- */

static void describe_goal(void *arg, cJSON *event)
{
    const struct agent *a = arg;
    json_add_str(event, "goal", a->goal.text);
    json_add_int(event, "round", a->goal.rounds);
}

static void means_left(void *arg, struct delegate_means *m)
{
    const struct agent *a = arg;
    const struct goal_usage *spent = &a->usage.goal;
    if (a->goal_seconds > 0)
        m->seconds = MAX((a->deadline_ms - clock_ms()) / 1000, 1);
    if (a->goal_tokens > 0)
        m->tokens = MAX(a->goal_tokens - spent->input - spent->output, 1);
    if (a->goal_money > 0)
        m->money = MAX(a->goal_money - spent->cost, 0.000001);
    m->model = a->modes.model->name;
}

/* ---- request/modes ---- */

static void keep_mode(void *arg, const char *model, const char *mode, const char *by)
{
    struct agent *a = arg;
    struct error e = {0};
    AUTO_FREE char *who = mem_printf("mode_by %s", model);
    a->session.dirty = true;
    if (a->session.store && (!store_put_meta(a->session.store, who, by, &e) ||
                             !store_put_mode(a->session.store, model, mode, &e)))
        outbox_notice(&a->out, "warn", "store", "the mode is not saved: %s", e.text);
}

static char *kept_mode(void *arg, const char *model, char **by)
{
    struct agent *a = arg;
    AUTO_FREE char *who = mem_printf("mode_by %s", model);
    if (!a->session.store)
        return NULL;
    *by = store_get_meta(a->session.store, who);
    return store_get_mode(a->session.store, model);
}

/* Before the first request there is nothing that could have changed. */
static void prefix_changed(void *arg, const char *why)
{
    struct agent *a = arg;
    if (a->context.requests)
        context_break(&a->context, why);
}

static void connect_modes(struct agent *a)
{
    struct modes *m = &a->modes;
    m->cfg = a->cfg;
    m->reactor = &a->reactor;
    m->out = &a->out;
    m->llm = a->llm;
    m->models = a->models;
    m->tree = &a->tree;
    m->workspace = workspace_path(a->ws);
    m->keep = keep_mode;
    m->kept = kept_mode;
    m->changed = prefix_changed;
    m->arg = a;
}

/* ---- request/model_call ---- */

static struct goal_view view_goal(void *arg)
{
    const struct agent *a = arg;
    return (struct goal_view){a->goal.text, a->goal.number, a->goal.running};
}

static void account_side_call(void *arg, const struct llm_request *asked,
                              const struct llm_reply *reply)
{
    struct agent *a = arg;
    if (reply)
        usage_call(&a->usage, asked, reply, 0, NULL);
    else
        usage_call_failed(&a->usage, asked);
}

static void connect_model_call(struct agent *a)
{
    a->call = (struct model_call){.llm = a->llm,
                                  .reactor = &a->reactor,
                                  .out = &a->out,
                                  .cfg = a->cfg,
                                  .modes = &a->modes,
                                  .workspace = workspace_path(a->ws),
                                  .goal = view_goal,
                                  .account = account_side_call,
                                  .arg = a};
}

/* ---- request/context, request/compact ---- */

static void connect_context(struct agent *a)
{
    struct context *x = &a->context;
    x->cfg = a->cfg;
    x->file = &a->file;
    x->reactor = &a->reactor;
    x->out = &a->out;
    x->talk = &a->talk;
    x->pipeline = &a->pipeline;
    x->modes = &a->modes;
    x->workspace = workspace_path(a->ws);
    x->goal = view_goal;
    x->arg = a;
}

static void connect_compactor(struct agent *a)
{
    a->compactor = (struct compactor){.cfg = a->cfg,
                                      .reactor = &a->reactor,
                                      .out = &a->out,
                                      .talk = &a->talk,
                                      .modes = &a->modes,
                                      .context = &a->context,
                                      .call = &a->call,
                                      .goal = view_goal,
                                      .arg = a};
}

void engine_connect_rooms(struct agent *a)
{
    assert(a->ws && a->tmp && a->llm && a->models);
    a->hooks = (struct hooks){.rows = a->cfg->hooks,
                              .reactor = &a->reactor,
                              .out = &a->out,
                              .workspace = workspace_path(a->ws),
                              .tmp = a->tmp,
                              .describe = describe_goal,
                              .arg = a};
    a->python = host_python_env(a);
    a->shell = (struct shell){.permit = &a->permit,
                              .reactor = &a->reactor,
                              .out = &a->out,
                              .sandbox = a->sandbox,
                              .cwd = workspace_path(a->ws),
                              .tmp = a->tmp,
                              .keep = (size_t)a->cfg->output_bytes / 2};
    a->jobs.reactor = &a->reactor;
    a->jobs.out = &a->out;
    a->jobs.shell = &a->shell;
    a->jobs.delegation = (struct delegation){.reactor = &a->reactor,
                                             .out = &a->out,
                                             .shell = &a->shell,
                                             .number = &a->jobs.number,
                                             .changed = jobs_changed,
                                             .tell = jobs_tell,
                                             .jobs = &a->jobs,
                                             .ws = a->ws,
                                             .tree = &a->tree,
                                             .usage = &a->usage,
                                             .file = &a->file,
                                             .models_file = a->models_file,
                                             .config_file = a->config_file,
                                             .trust = a->trust,
                                             .require_sandbox = a->require_sandbox,
                                             .check_ms = a->cfg->command_seconds * 1000,
                                             .means = means_left,
                                             .arg = a};
    a->session.out = &a->out;
    a->session.talk = &a->talk;
    engine_register_keepers(a);
    a->usage.out = &a->out;
    a->usage.tree = &a->tree;
    a->usage.pipeline = &a->pipeline;
    connect_modes(a);
    connect_model_call(a);
    connect_context(a);
    connect_compactor(a);
}

void engine_forget_session(struct agent *a)
{
    conversation_fini(&a->talk);
    tree_fini(&a->tree);
    context_fini(&a->context);
    outbox_reset(&a->out, "");
    free(a->goal.text);
    free(a->goal.summary);
    free(a->goal.answer);
    free(a->goal.report);
    free(a->goal.clear_why);
    a->goal = (struct goal){0};
    a->next_goal = 0;
    permit_forget(&a->permit);
    for (size_t i = 0; i < a->steer.len; i++)
        free(a->steer.ptr[i]);
    for (size_t i = 0; i < a->queue.len; i++)
        free(a->queue.ptr[i]);
    a->steer.len = a->queue.len = 0;
    jobs_fini(&a->jobs);
    usage_reset(&a->usage);
    session_forget(&a->session);
    a->last_outcome = OUTCOME_NONE;
}
