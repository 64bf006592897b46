#include "engine/keepers.h"

#include <string.h>

#include "engine/engine_priv.h"

/* ---- the goal at work, what waits, the session's counters ---- */

/* The counters a resumed goal needs, as one JSON value. */
static char *run_save(void *arg)
{
    const struct engine *g = arg;
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "goal", g->agent.goal.text);
    json_add_bool(j, "open", g->agent.goal.running || g->agent.goal.resumed);
    json_add_bool(j, "running", g->agent.goal.running);
    json_add_int(j, "number", g->agent.next_goal);
    json_add_int(j, "rounds", g->agent.goal.rounds);
    json_add_int(j, "approaches", g->agent.goal.approaches);
    json_add_bool(j, "planned", g->agent.goal.planned);
    cJSON *steer = cJSON_AddArrayToObject(j, "steer");
    for (size_t i = 0; i < g->agent.steer.len; i++)
        cJSON_AddItemToArray(steer, cJSON_CreateString(g->agent.steer.ptr[i]));
    cJSON *queue = cJSON_AddArrayToObject(j, "queue");
    /* What waits while no goal is open begins at once: it is said when it has begun. */
    bool waits = g->agent.goal.running || g->agent.goal.resumed;
    for (size_t i = 0; i < g->queue.len && waits; i++)
        cJSON_AddItemToArray(queue, cJSON_CreateString(g->queue.ptr[i]));
    json_add_str(j, "effort", g->modes.effort);
    json_add_str(j, "name", g->name);
    json_add_int(j, "view", g->talk.view_start);
    json_add_int(j, "seq", (int64_t)g->out.seq);
    json_add_int(j, "messages", conversation_last(&g->talk));
    json_add_int(j, "said", g->talk.view.last_user);
    json_add_int(j, "goal_at", g->out.goal_at);
    json_add_int(j, "summary_at", g->out.summary_at);
    json_add_int(j, "in", g->usage.total.input);
    json_add_int(j, "cached", g->usage.total.cached);
    json_add_int(j, "out", g->usage.total.output);
    json_add(j, "cost", cJSON_CreateNumber(g->usage.total_cost));
    return json_print(j);
}

static bool run_load(void *arg, const char *text, struct error *e)
{
    struct engine *g = arg;
    AUTO_JSON *j = json_parse(text, strlen(text), e);
    if (!j)
        return false;
    mem_replace(&g->agent.goal.text, json_str(j, "goal", NULL));
    mem_replace(&g->name, json_str(j, "name", NULL));
    if (json_str(j, "effort", NULL))
        mem_replace(&g->modes.effort, json_str(j, "effort", NULL));
    g->agent.goal.resumed = json_bool(j, "open", false);
    g->agent.next_goal = g->agent.goal.number = json_int(j, "number", 0);
    g->agent.goal.rounds = json_int(j, "rounds", 0);
    g->agent.goal.approaches = json_int(j, "approaches", 0);
    g->agent.goal.planned = json_bool(j, "planned", false);
    const cJSON *one;
    cJSON_ArrayForEach(one, json_get(j, "steer"))
    {
        if (cJSON_IsString(one))
            VEC_PUSH(&g->agent.steer, mem_strdup(one->valuestring));
    }
    cJSON_ArrayForEach(one, json_get(j, "queue"))
    {
        if (cJSON_IsString(one))
            VEC_PUSH(&g->queue, mem_strdup(one->valuestring));
    }
    g->talk.view_start = json_int(j, "view", 0);
    g->out.seq = (uint64_t)json_int(j, "seq", 0);
    g->session.messages = json_int(j, "messages", 0);
    g->talk.view.last_user = json_int(j, "said", 0);
    g->out.goal_at = json_int(j, "goal_at", 0);
    g->out.summary_at = json_int(j, "summary_at", 0);
    g->usage.total = (struct llm_usage){.input = json_int(j, "in", 0),
                                        .cached = json_int(j, "cached", 0),
                                        .output = json_int(j, "out", 0)};
    g->usage.total_cost = json_num(j, "cost", 0);
    return true;
}

/* ---- the policy: what was forbidden stays so ---- */

static char *policy_save(void *arg)
{
    const struct permit *p = &((const struct engine *)arg)->permit;
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "policy", policy_name(p->policy));
    json_add_str(j, "before", policy_name(p->before));
    return json_print(j);
}

/* What the command line says holds for the session it opens. */
static bool policy_load(void *arg, const char *text, struct error *e)
{
    struct engine *g = arg;
    AUTO_JSON *j = json_parse(text, strlen(text), e);
    if (!j || g->policy_given)
        return j != NULL;
    permit_begin(&g->permit, g->opts.approval, g->cfg->approval);
    permit_resume(&g->permit, json_str(j, "policy", ""), json_str(j, "before", ""));
    return true;
}

/* ---- words for lists and for whoever resumes ---- */

static char *model_save(void *arg)
{
    const struct engine *g = arg;
    return mem_strdup(g->modes.home ? g->modes.home : g->modes.model ? g->modes.model->name : "");
}

static char *title_save(void *arg)
{
    const struct engine *g = arg;
    return mem_strdup(g->name ? g->name : g->agent.goal.text ? g->agent.goal.text : "");
}

static char *workspace_save(void *arg)
{
    const struct engine *g = arg;
    return mem_strdup(workspace_path(g->ws));
}

/* ---- rooms that count their changes ---- */

static uint64_t tree_changes(void *arg)
{
    return ((const struct engine *)arg)->tree.changes;
}

static char *tree_kept(void *arg)
{
    return tree_save(&((struct engine *)arg)->tree);
}

static bool tree_back(void *arg, const char *text, struct error *e)
{
    return tree_load(&((struct engine *)arg)->tree, text, e);
}

static uint64_t stats_changes(void *arg)
{
    return (uint64_t)((const struct engine *)arg)->usage.stats.changes;
}

static char *stats_kept(void *arg)
{
    return stats_save(&((const struct engine *)arg)->usage.stats);
}

static bool stats_back(void *arg, const char *text, struct error *e)
{
    return stats_load(&((struct engine *)arg)->usage.stats, text, e);
}

static uint64_t job_changes(void *arg)
{
    return ((const struct engine *)arg)->jobs.changes;
}

static char *jobs_kept(void *arg)
{
    struct engine *g = arg;
    return jobs_worth_saving(&g->jobs) ? jobs_to_json(&g->jobs) : NULL;
}

static bool jobs_back(void *arg, const char *text, struct error *e)
{
    jobs_restore(&((struct engine *)arg)->jobs, text);
    return true;
}

/* A summary comes with a break of the prefix. */
static uint64_t summary_changes(void *arg)
{
    return (uint64_t)((const struct engine *)arg)->context.breaks;
}

static char *summary_save(void *arg)
{
    const struct summary *s = &((const struct engine *)arg)->talk.summary;
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "text", s->text);
    json_add_str(j, "shown", s->shown);
    json_add_int(j, "messages", s->messages);
    return json_print(j);
}

static bool summary_load(void *arg, const char *text, struct error *e)
{
    struct summary *s = &((struct engine *)arg)->talk.summary;
    AUTO_JSON *j = json_parse(text, strlen(text), e);
    if (!json_str(j, "text", NULL))
        return j != NULL;
    s->text = mem_strdup(json_str(j, "text", NULL));
    s->shown = mem_strdup(json_str(j, "shown", s->text));
    s->messages = json_int(j, "messages", 0);
    return true;
}

/* ---- what was done ---- */

static uint64_t deeds_changes(void *arg)
{
    return ((const struct engine *)arg)->out.deeds.changes;
}

static char *deeds_kept(void *arg)
{
    return deeds_save(&((const struct engine *)arg)->out.deeds);
}

static bool deeds_back(void *arg, const char *text, struct error *e)
{
    return deeds_load(&((struct engine *)arg)->out.deeds, text, e);
}

/* ---- which messages hold what the user said ---- */

static uint64_t said_changes(void *arg)
{
    return ((const struct engine *)arg)->talk.said.len;
}

static char *said_save(void *arg)
{
    const struct conversation *c = &((const struct engine *)arg)->talk;
    AUTO_JSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < c->said.len; i++)
        cJSON_AddItemToArray(list, cJSON_CreateNumber((double)c->said.ptr[i]));
    return json_print(list);
}

/* Without it, or when it makes no sense, they are found again among the messages. */
static bool said_load(void *arg, const char *text, struct error *e)
{
    struct engine *g = arg;
    struct conversation *c = &g->talk;
    AUTO_JSON *list = json_parse(text, strlen(text), e);
    int64_t last = 0;
    const cJSON *one;
    cJSON_ArrayForEach(one, list)
    {
        int64_t seq = cJSON_IsNumber(one) ? (int64_t)one->valuedouble : 0;
        if (seq <= last || seq > g->session.messages) {
            c->said.len = 0;
            return error_set(e, ERR_PARSE, "the user's messages are out of order");
        }
        VEC_PUSH(&c->said, seq);
        last = seq;
    }
    c->said_to = list ? g->session.messages : 0;
    return list != NULL;
}

/* ---- what the user took back ---- */

static uint64_t cuts_changes(void *arg)
{
    return ((const struct engine *)arg)->talk.cuts.len;
}

static char *cuts_save(void *arg)
{
    const struct conversation *c = &((const struct engine *)arg)->talk;
    AUTO_JSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < c->cuts.len; i++) {
        cJSON *one = cJSON_CreateObject();
        json_add_int(one, "from", c->cuts.ptr[i].from);
        json_add_int(one, "to", c->cuts.ptr[i].to);
        cJSON_AddItemToArray(list, one);
    }
    return json_print(list);
}

static bool cuts_load(void *arg, const char *text, struct error *e)
{
    struct conversation *c = &((struct engine *)arg)->talk;
    AUTO_JSON *list = json_parse(text, strlen(text), e);
    const cJSON *one;
    cJSON_ArrayForEach(one, list)
    {
        VEC_PUSH(&c->cuts, ((struct cut){json_int(one, "from", 0), json_int(one, "to", 0)}));
    }
    return list != NULL;
}

/* ---- all of them ---- */

static void describe(void *arg, struct session_line *line)
{
    const struct engine *g = arg;
    line->workspace = mem_strdup(workspace_path(g->ws));
    line->title = mem_strdup(g->name ? g->name : g->agent.goal.text);
    line->model = mem_strdup(g->modes.model ? g->modes.model->name : "");
    line->running = g->agent.goal.running;
    line->state = mem_strdup(g->agent.goal.running ? "open" : outcome_name(g->agent.last_outcome));
}

void engine_register_keepers(struct engine *g)
{
    const struct keeper all[] = {
        {.key = "run", .save = run_save, .load = run_load, .needed = true},
        {.key = "policy", .save = policy_save, .load = policy_load},
        {.key = "model", .save = model_save},
        {.key = "title", .save = title_save},
        {.key = "workspace", .save = workspace_save},
        {.key = "tree",
         .changes = tree_changes,
         .save = tree_kept,
         .load = tree_back,
         .needed = true},
        {.key = "stats",
         .changes = stats_changes,
         .save = stats_kept,
         .load = stats_back,
         .lazy = true},
        {.key = "said", .changes = said_changes, .save = said_save, .load = said_load},
        {.key = "cuts", .changes = cuts_changes, .save = cuts_save, .load = cuts_load},
        {.key = "deeds",
         .changes = deeds_changes,
         .save = deeds_kept,
         .load = deeds_back,
         .lazy = true},
        {.key = "jobs", .changes = job_changes, .save = jobs_kept, .load = jobs_back},
        {.key = "summary", .changes = summary_changes, .save = summary_save, .load = summary_load}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct keeper k = all[i];
        k.arg = g;
        session_keep(&g->session, k);
    }
    g->session.describe = describe;
    g->session.arg = g;
}
