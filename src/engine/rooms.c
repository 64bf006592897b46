#include "engine/rooms.h"

#include <assert.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "engine/host_python.h"
#include "engine/keepers.h"

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
    m->model = a->model->name;
}

void engine_connect_rooms(struct agent *a)
{
    assert(a->ws && a->tmp);
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
