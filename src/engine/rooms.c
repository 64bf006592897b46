#include "engine/rooms.h"

#include <assert.h>

#include "agent/agent.h"
#include "engine/host_python.h"

static void describe_goal(void *arg, cJSON *event)
{
    const struct agent *a = arg;
    json_add_str(event, "goal", a->goal.text);
    json_add_int(event, "round", a->goal.rounds);
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
    a->usage.out = &a->out;
    a->usage.tree = &a->tree;
    a->usage.pipeline = &a->pipeline;
}
