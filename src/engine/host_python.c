#include "engine/host_python.h"

#include "engine/engine_priv.h"

static bool working(void *arg)
{
    return ((const struct engine *)arg)->agent.goal.running;
}

static void about_agent(void *arg, cJSON *about)
{
    const struct engine *g = arg;
    cJSON *limits = cJSON_CreateObject();
    json_add_str(about, "agent", g->file.name ? g->file.name : "");
    json_add_int(limits, "max_rounds", g->agent.limits.rounds);
    json_add_int(limits, "max_rounds_per_subtask", g->cfg->rounds_per_subtask);
    json_add_int(limits, "max_seconds", g->agent.limits.seconds);
    json_add_int(limits, "max_tokens", g->agent.limits.tokens);
    json_add(limits, "max_money", cJSON_CreateNumber(g->agent.limits.money));
    json_add(about, "limits", limits);
}

static cJSON *view_message(const char *role, const char *text)
{
    cJSON *m = cJSON_CreateObject();
    json_add_str(m, "role", role);
    json_add_str(m, "content", text ? text : "");
    return m;
}

static cJSON *view_calls(const struct llm_message *m)
{
    cJSON *calls = cJSON_CreateArray();
    for (size_t i = 0; i < m->call_count; i++) {
        cJSON *call = cJSON_CreateObject(), *f = cJSON_CreateObject();
        json_add_str(call, "id", m->calls[i].id);
        json_add_str(call, "type", "function");
        json_add_str(f, "name", m->calls[i].name);
        json_add_str(f, "arguments", m->calls[i].args);
        json_add(call, "function", f);
        cJSON_AddItemToArray(calls, call);
    }
    return calls;
}

static void view_history(struct engine *g, cJSON *all)
{
    static const char *const roles[] = {"system", "user", "assistant", "tool"};
    struct llm_message *history;
    size_t n = conversation_view(&g->talk, &history);
    for (size_t i = 0; i < n; i++) {
        cJSON *m = view_message(roles[history[i].role], history[i].text);
        if (history[i].call_count)
            json_add(m, "tool_calls", view_calls(&history[i]));
        json_add_str(m, "tool_call_id", history[i].call_id);
        cJSON_AddItemToArray(all, m);
    }
    free(history);
}

/* System, what behaviors put in so far, the history. */
static cJSON *request_view(void *arg)
{
    struct engine *g = arg;
    cJSON *all = cJSON_CreateArray();
    const struct context *x = &g->context;
    AUTO(buf) pinned = {0};
    for (size_t i = 0; i < x->segments.len; i++)
        if (x->segments.ptr[i].place == SEGMENT_PINNED)
            buf_addf(&pinned, "%s%s", pinned.len ? "\n\n" : "", x->segments.ptr[i].text);
    cJSON_AddItemToArray(all, view_message("system", x->system));
    if (pinned.len)
        cJSON_AddItemToArray(all, view_message("user", buf_cstr(&pinned)));
    view_history(g, all);
    if (x->tail.len)
        cJSON_AddItemToArray(all, view_message("user", buf_cstr(&x->tail)));
    return all;
}

struct python_env host_python_env(struct engine *g)
{
    return (struct python_env){.reactor = &g->reactor,
                               .out = &g->out,
                               .tree = &g->tree,
                               .rounds_per_subtask = g->cfg->rounds_per_subtask,
                               .workspace = workspace_path(g->ws),
                               .tmp = g->tmp,
                               .waited_us = &g->pipeline.waited_us,
                               .working = working,
                               .about = about_agent,
                               .view = request_view,
                               .arg = g};
}
