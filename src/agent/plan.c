/* The model's list of steps: laid over the tree, its checks run, told what came of it. */
#include "agent/agent.h"
#include "plan/steps.h"

/* MAY WAIT: whoever holds a node's address looks it up anew. */
static cJSON *check_step(struct agent *a, int64_t id)
{
    AUTO(buf) output = {0};
    const struct node *n = tree_find(a->tree, id);
    bool checked = n && n->check;
    bool green = agent_run_check(a, id, &output);
    if (!tree_find(a->tree, id)) /* the user took it away meanwhile */
        return NULL;
    tree_set_state(a->tree, id, green ? NODE_DONE : NODE_CLAIMED, NULL);
    if (!checked)
        return NULL;
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "step", tree_find(a->tree, id)->title);
    json_add_bool(j, "green", green);
    if (!green)
        json_add_str(j, "output", buf_cstr(&output));
    return j;
}

static void say_where_it_stands(struct agent *a, cJSON *j)
{
    struct tree_tally y = tree_tally(a->tree, a->tree->goal);
    const struct node *now = tree_find(a->tree, a->tree->active);
    AUTO(buf) text = {0};
    buf_addf(&text, "%zu of %zu steps done", y.done, y.done + y.failed + y.open);
    if (y.failed)
        buf_addf(&text, ", %zu failed", y.failed);
    json_add_str(j, "status", buf_cstr(&text));
    json_add_str(j, "now", now ? now->title : NULL);
}

cJSON *agent_plan(struct agent *a, const cJSON *plan, const char *why)
{
    struct steps_result r;
    struct error e = {0};
    if (!steps_lay(a->tree, plan, &r, &e)) {
        steps_result_fini(&r);
        return json_error("%s", e.text);
    }
    a->goal.planned = true;
    if (why && *why)
        outbox_ledger(a->out, "PLAN", why);
    agent_emit_tree(a);
    cJSON *j = json_success(), *checks = cJSON_CreateArray(), *kept = cJSON_CreateArray();
    for (size_t i = 0; i < r.claimed.len && !reactor_stopped(a->reactor); i++) {
        cJSON *one = check_step(a, r.claimed.ptr[i]);
        if (one)
            cJSON_AddItemToArray(checks, one);
    }
    for (size_t i = 0; i < r.kept.len; i++) {
        const struct node *n = tree_find(a->tree, r.kept.ptr[i]);
        if (n)
            cJSON_AddItemToArray(kept, cJSON_CreateString(n->title));
    }
    say_where_it_stands(a, j);
    if (r.also_active)
        json_add_str(j, "note", "one step is in progress at a time: the first of them");
    if (cJSON_GetArraySize(checks))
        json_add(j, "checks", checks);
    else
        cJSON_Delete(checks);
    if (cJSON_GetArraySize(kept))
        json_add(j, "kept_for_the_user", kept);
    else
        cJSON_Delete(kept);
    agent_emit_tree(a);
    steps_result_fini(&r);
    return j;
}
