#include "engine/rooms.h"

#include <assert.h>

#include "agent/agent.h"
#include "engine/host_python.h"

/* ---- behavior/hooks ---- */

static void describe_goal(void *arg, cJSON *event)
{
    const struct agent *a = arg;
    json_add_str(event, "goal", a->goal.text);
    json_add_int(event, "round", a->goal.rounds);
}

/* ---- request/modes ---- */

static void keep_mode(void *arg, const char *model, const char *mode, const char *by)
{
    struct agent *a = arg;
    struct error e = {0};
    AUTO_FREE char *who = mem_printf("mode_by %s", model);
    a->mode_dirty = true;
    if (a->store &&
        (!store_put_meta(a->store, who, by, &e) || !store_put_mode(a->store, model, mode, &e)))
        outbox_notice(&a->out, "warn", "store", "the mode is not saved: %s", e.text);
}

static char *kept_mode(void *arg, const char *model, char **by)
{
    struct agent *a = arg;
    AUTO_FREE char *who = mem_printf("mode_by %s", model);
    if (!a->store)
        return NULL;
    *by = store_get_meta(a->store, who);
    return store_get_mode(a->store, model);
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
    a->usage.out = &a->out;
    a->usage.tree = &a->tree;
    a->usage.pipeline = &a->pipeline;
    connect_modes(a);
    connect_model_call(a);
    connect_context(a);
    connect_compactor(a);
}
