#include "engine/host_python.h"

#include "engine/engine_priv.h"

#define LEDGER_TOLD 50

static bool working(void *arg)
{
    return ((const struct engine *)arg)->agent.goal.running;
}

/* The newest lines of this goal. */
static cJSON *about_ledger(const struct ledger *l)
{
    cJSON *all = cJSON_CreateArray();
    size_t from = l->lines.len > LEDGER_TOLD ? l->lines.len - LEDGER_TOLD : 0;
    for (size_t i = MAX(from, l->goal); i < l->lines.len; i++) {
        cJSON *line = cJSON_CreateObject();
        json_add_str(line, "kind", l->lines.ptr[i].kind);
        json_add_str(line, "detail", l->lines.ptr[i].detail);
        json_add(line, "time", cJSON_CreateNumber((double)l->lines.ptr[i].time_ms / 1000));
        cJSON_AddItemToArray(all, line);
    }
    return all;
}

static cJSON *about_context(struct engine *g)
{
    cJSON *j = cJSON_CreateObject();
    const struct goal_usage *u = &g->usage.goal;
    json_add_int(j, "message_count",
                 conversation_last(&g->talk) - conversation_first(&g->talk) + 1);
    json_add_int(j, "estimated_tokens", conversation_view_tokens(&g->talk));
    json_add_int(j, "window", g->modes.window);
    json_add_int(j, "input", u->input);
    json_add_int(j, "cached", u->cached);
    json_add_int(j, "output", u->output);
    json_add(j, "cost", cJSON_CreateNumber(u->cost));
    return j;
}

static void about_agent(void *arg, cJSON *about)
{
    struct engine *g = arg;
    cJSON *limits = cJSON_CreateObject();
    json_add_str(about, "agent", g->file.name ? g->file.name : "");
    json_add_int(limits, "max_rounds", g->agent.limits.rounds);
    json_add_int(limits, "max_rounds_per_subtask", g->cfg->rounds_per_subtask);
    json_add_int(limits, "max_seconds", g->agent.limits.seconds);
    json_add_int(limits, "max_tokens", g->agent.limits.tokens);
    json_add(limits, "max_money", cJSON_CreateNumber(g->agent.limits.money));
    json_add(about, "limits", limits);
    json_add(about, "ledger", about_ledger(&g->out.ledger));
    json_add(about, "action_history",
             g->agent.acts ? cJSON_Duplicate(g->agent.acts, true) : cJSON_CreateArray());
    json_add(about, "context_stats", about_context(g));
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

static void view_add(cJSON *all, const struct llm_message *said)
{
    static const char *const roles[] = {"system", "user", "assistant", "tool"};
    cJSON *m = view_message(roles[said->role], said->text);
    if (said->call_count)
        json_add(m, "tool_calls", view_calls(said));
    json_add_str(m, "tool_call_id", said->call_id);
    cJSON_AddItemToArray(all, m);
}

/* What the process does not have yet; all of it where something before that changed. */
static cJSON *view_history(struct context *x, struct python_seen *seen)
{
    struct conversation *c = x->talk;
    cJSON *new = cJSON_CreateArray();
    if (seen->changes != c->changes + 1) {
        *seen = (struct python_seen){.changes = c->changes + 1, .seq = conversation_first(c) - 1};
        AUTO_FREE char *before = context_before_view(x);
        if (before)
            view_add(new, &(struct llm_message){.role = LLM_USER, .text = before});
    }
    while (seen->seq < conversation_last(c)) {
        const struct message *m = conversation_at(c, ++seen->seq);
        const struct llm_message shown = conversation_shown(m);
        if (!m->lost)
            view_add(new, &shown);
    }
    seen->count += cJSON_GetArraySize(new);
    return new;
}

/* System, what behaviors put in so far, the history. */
static cJSON *request_view(void *arg, struct python_seen *seen)
{
    struct engine *g = arg;
    cJSON *view = cJSON_CreateObject(), *head = cJSON_CreateArray(), *tail = cJSON_CreateArray();
    const struct context *x = &g->context;
    AUTO(buf) pinned = {0};
    for (size_t i = 0; i < x->segments.len; i++)
        if (x->segments.ptr[i].place == SEGMENT_PINNED)
            buf_addf(&pinned, "%s%s", pinned.len ? "\n\n" : "", x->segments.ptr[i].text);
    cJSON_AddItemToArray(head, view_message("system", x->system));
    if (pinned.len)
        cJSON_AddItemToArray(head, view_message("user", buf_cstr(&pinned)));
    if (x->tail.len)
        cJSON_AddItemToArray(tail, view_message("user", buf_cstr(&x->tail)));
    cJSON *new = view_history(&g->context, seen);
    json_add(view, "head", head);
    json_add_int(view, "keep", seen->count - cJSON_GetArraySize(new));
    json_add(view, "new", new);
    json_add(view, "tail", tail);
    return view;
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
