#include "engine/keepers.h"

#include <string.h>

#include "agent/agent.h"

/* ---- the goal at work, what waits, the session's counters ---- */

/* The counters a resumed goal needs, as one JSON value. */
static char *run_save(void *arg)
{
    const struct agent *a = arg;
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "goal", a->goal.text);
    json_add_bool(j, "open", a->goal.running || a->goal.resumed);
    json_add_bool(j, "running", a->goal.running);
    json_add_int(j, "number", a->next_goal);
    json_add_int(j, "rounds", a->goal.rounds);
    json_add_int(j, "approaches", a->goal.approaches);
    cJSON *steer = cJSON_AddArrayToObject(j, "steer");
    for (size_t i = 0; i < a->steer.len; i++)
        cJSON_AddItemToArray(steer, cJSON_CreateString(a->steer.ptr[i]));
    cJSON *queue = cJSON_AddArrayToObject(j, "queue");
    for (size_t i = 0; i < a->queue.len; i++)
        cJSON_AddItemToArray(queue, cJSON_CreateString(a->queue.ptr[i]));
    json_add_int(j, "view", a->talk.view_start);
    json_add_int(j, "seq", (int64_t)a->out.seq);
    json_add_int(j, "in", a->usage.total.input);
    json_add_int(j, "cached", a->usage.total.cached);
    json_add_int(j, "out", a->usage.total.output);
    json_add(j, "cost", cJSON_CreateNumber(a->usage.total_cost));
    return json_print(j);
}

static bool run_load(void *arg, const char *text, struct error *e)
{
    struct agent *a = arg;
    AUTO_JSON *j = json_parse(text, strlen(text), e);
    if (!j)
        return false;
    mem_replace(&a->goal.text, json_str(j, "goal", NULL));
    a->goal.resumed = json_bool(j, "open", false);
    a->next_goal = a->goal.number = json_int(j, "number", 0);
    a->goal.rounds = json_int(j, "rounds", 0);
    a->goal.approaches = json_int(j, "approaches", 0);
    const cJSON *one;
    cJSON_ArrayForEach(one, json_get(j, "steer"))
    {
        if (cJSON_IsString(one))
            VEC_PUSH(&a->steer, mem_strdup(one->valuestring));
    }
    cJSON_ArrayForEach(one, json_get(j, "queue"))
    {
        if (cJSON_IsString(one))
            VEC_PUSH(&a->queue, mem_strdup(one->valuestring));
    }
    a->talk.view_start = json_int(j, "view", 0);
    a->out.seq = (uint64_t)json_int(j, "seq", 0);
    a->usage.total = (struct llm_usage){.input = json_int(j, "in", 0),
                                        .cached = json_int(j, "cached", 0),
                                        .output = json_int(j, "out", 0)};
    a->usage.total_cost = json_num(j, "cost", 0);
    return true;
}

/* ---- words for lists and for whoever resumes ---- */

static char *model_save(void *arg)
{
    const struct agent *a = arg;
    return mem_strdup(a->modes.model ? a->modes.model->name : "");
}

static char *title_save(void *arg)
{
    const struct agent *a = arg;
    return mem_strdup(a->goal.text ? a->goal.text : "");
}

static char *workspace_save(void *arg)
{
    const struct agent *a = arg;
    return mem_strdup(workspace_path(a->ws));
}

/* ---- rooms that count their changes ---- */

static uint64_t tree_changes(void *arg)
{
    return ((const struct agent *)arg)->tree.changes;
}

static char *tree_kept(void *arg)
{
    return tree_save(&((struct agent *)arg)->tree);
}

static bool tree_back(void *arg, const char *text, struct error *e)
{
    return tree_load(&((struct agent *)arg)->tree, text, e);
}

static uint64_t stats_changes(void *arg)
{
    return (uint64_t)((const struct agent *)arg)->usage.stats.changes;
}

static char *stats_kept(void *arg)
{
    return stats_save(&((const struct agent *)arg)->usage.stats);
}

static bool stats_back(void *arg, const char *text, struct error *e)
{
    return stats_load(&((struct agent *)arg)->usage.stats, text, e);
}

static uint64_t job_changes(void *arg)
{
    return ((const struct agent *)arg)->jobs.changes;
}

static char *jobs_kept(void *arg)
{
    struct agent *a = arg;
    return jobs_worth_saving(&a->jobs) ? jobs_to_json(&a->jobs) : NULL;
}

static bool jobs_back(void *arg, const char *text, struct error *e)
{
    jobs_restore(&((struct agent *)arg)->jobs, text);
    return true;
}

/* A summary comes with a break of the prefix. */
static uint64_t summary_changes(void *arg)
{
    return (uint64_t)((const struct agent *)arg)->context.breaks;
}

static char *summary_save(void *arg)
{
    const struct summary *s = &((const struct agent *)arg)->talk.summary;
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "text", s->text);
    json_add_str(j, "shown", s->shown);
    json_add_int(j, "messages", s->messages);
    return json_print(j);
}

static bool summary_load(void *arg, const char *text, struct error *e)
{
    struct summary *s = &((struct agent *)arg)->talk.summary;
    AUTO_JSON *j = json_parse(text, strlen(text), e);
    if (!json_str(j, "text", NULL))
        return j != NULL;
    s->text = mem_strdup(json_str(j, "text", NULL));
    s->shown = mem_strdup(json_str(j, "shown", s->text));
    s->messages = json_int(j, "messages", 0);
    return true;
}

/* ---- all of them ---- */

static void describe(void *arg, struct session_line *line)
{
    const struct agent *a = arg;
    line->workspace = mem_strdup(workspace_path(a->ws));
    line->title = mem_strdup(a->goal.text);
    line->model = mem_strdup(a->modes.model ? a->modes.model->name : "");
    line->running = a->goal.running;
    line->state = mem_strdup(a->goal.running ? "open" : outcome_name(a->last_outcome));
}

void engine_register_keepers(struct agent *a)
{
    const struct keeper all[] = {
        {.key = "run", .save = run_save, .load = run_load, .needed = true},
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
        {.key = "jobs", .changes = job_changes, .save = jobs_kept, .load = jobs_back},
        {.key = "summary", .changes = summary_changes, .save = summary_save, .load = summary_load}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct keeper k = all[i];
        k.arg = a;
        session_keep(&a->session, k);
    }
    a->session.describe = describe;
    a->session.arg = a;
}
