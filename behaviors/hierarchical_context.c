/*
 * HierarchicalContextBehavior - goal, task and subtask before the model's eyes each round; a
 * short history, cleared when a subtask ends; the two tools that move the tree.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "behaviors/behavior.h"
#include "behaviors/earlier_notes.h"

#define RESULTS 64 /* kept, to tell a new one from one that was seen */
#define STILL 15   /* rounds without anything new at which the model is told, and each time again */

struct params {
    int64_t history_keep, max_depth, max_siblings;
    bool clear_on_transition, use_notes;
    char *steps;
};

struct state {
    uint64_t progress;         /* host->progress_mark() when something moved last */
    int64_t still_since;       /* round at which it did */
    uint64_t results[RESULTS]; /* hashes of the newest results */
    size_t result_count;
    int64_t active; /* step at work when the last request was built, 0: none */
};

// clang-format off
static const struct opt hierarchical_params[] = {
    {"history_keep", OPT_INT, offsetof(struct params, history_keep), .def = "12", .min = 0, .max = 1000,
     .alias = "keep_recent|recent_keep", .unit = "exchanges",
     .help = "Exchanges kept in view; pruned to this when there are twice as many; 0: only the window decides"},
    {"clear_on_transition", OPT_BOOL, offsetof(struct params, clear_on_transition), .def = "true",
     .help = "Begin each step with a clean history: the user's words and lists of what was done stay"},
    {"use_jetbox_notes", OPT_BOOL, offsetof(struct params, use_notes), .def = "true",
     .help = "Show the end of the notes of earlier sessions here, and of a jetboxnotes.md of the workspace"},
    {"steps", OPT_ENUM, offsetof(struct params, steps), .def = "seed", .choices = "plan|seed|none",
     .help = "How the model keeps its steps: update_plan with the whole list; decompose_task and mark_subtask_complete; not at all"},
    {"max_depth", OPT_INT, offsetof(struct params, max_depth), .def = "5", .min = 1, .max = 20, .unit = "levels",
     .help = "Levels of steps one decompose_task may make; hierarchy.max_depth limits the whole tree"},
    {"max_siblings", OPT_INT, offsetof(struct params, max_siblings), .def = "8", .min = 1, .max = 100,
     .help = "Steps one decompose_task may make side by side"},
    {0},
};
// clang-format on

static bool seeds(const struct call *c)
{
    return strcmp(((const struct params *)c->params)->steps, "seed") == 0;
}

static bool plans(const struct call *c)
{
    return strcmp(((const struct params *)c->params)->steps, "plan") == 0;
}

static void hierarchical_instructions(struct call *c, struct buf *out)
{
    bool watched = !c->delegated && !c->alone;
    if (plans(c))
        buf_adds(out, c->host->text(c->agent, watched ? "steps.plan" : "steps.plan_alone"));
    if (seeds(c))
        buf_adds(out, c->host->text(c->agent, "steps.seed"));
}

static void hierarchical_add_budget(struct call *c, struct buf *out)
{
    int64_t used, max;
    c->host->tree_budget(c->agent, &used, &max);
    buf_addf(out, "Rounds Used: %lld/%lld\n", (long long)used, (long long)max);
}

static void hierarchical_add_tree(struct call *c, struct buf *out)
{
    buf_addf(out, "GOAL: %s\n", c->goal ? c->goal : "");
    if (!c->host->tree_has_tasks(c->agent))
        buf_addf(out, "%s\n", c->host->text(c->agent, "steps.no_tasks"));
    else
        c->host->tree_text(c->agent, out);
    if (!c->host->tree_active(c->agent) && c->host->tree_has_tasks(c->agent))
        buf_addf(out, "%s\n", c->host->text(c->agent, "steps.no_active"));
    hierarchical_add_budget(c, out);
}

/* What really happened, so that the model does not trust its memory of it. */
static void hierarchical_add_probe(struct call *c, struct buf *out)
{
    AUTO(buf) ledger = {0};
    c->host->ledger_text(c->agent, &ledger);
    const char *text = buf_cstr(&ledger);
    size_t n = ledger.len, from = n > 1200 ? n - 1200 : 0;
    while (from > 0 && from < n && text[from - 1] != '\n')
        from++;
    if (n > from)
        buf_addf(out, "RECENT ACTIONS (from the log):\n%s", text + from);
}

/* One line when nothing new came of many rounds. */
static void hierarchical_add_still(struct call *c, struct buf *out)
{
    const struct state *s = c->state;
    int64_t rounds = c->round - s->still_since;
    char count[32];
    snprintf(count, sizeof count, "%lld", (long long)rounds);
    if (rounds < STILL || rounds % STILL != 0 || rounds > 3 * STILL)
        return;
    TEXT_FILL(out, c->host->text(c->agent, "steps.still"), {"rounds", count});
    buf_addc(out, '\n');
}

/* The limit, when it comes near. */
static void hierarchical_add_limit(struct call *c, struct buf *out)
{
    struct goal_stats s;
    char round[32], most[32];
    c->host->goal_stats(c->agent, &s);
    if (s.max_rounds <= 0 || s.rounds * 4 < s.max_rounds * 3)
        return;
    snprintf(round, sizeof round, "%lld", (long long)s.rounds);
    snprintf(most, sizeof most, "%lld", (long long)s.max_rounds);
    TEXT_FILL(out, c->host->text(c->agent, "steps.limit"), {"round", round}, {"most", most});
    buf_addc(out, '\n');
}

/* Another step is at work than in the last request: whoever moved it there. */
static void hierarchical_turn(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    int64_t before = s->active;
    s->active = c->host->tree_active(c->agent);
    if (p->clear_on_transition && before && s->active && s->active != before)
        c->host->history_clear(c->agent, "another step began (clear_on_transition)");
}

static void hierarchical_enhance(struct call *c)
{
    const struct params *p = c->params;
    AUTO(buf) text = {0};
    hierarchical_turn(c);
    c->host->history_keep(c->agent, p->history_keep);
    hierarchical_add_still(c, &text);
    if (seeds(c)) {
        hierarchical_add_tree(c, &text);
        hierarchical_add_probe(c, &text);
    } else {
        hierarchical_add_limit(c, &text);
    }
    const char *news = c->host->news(c->agent);
    if (*news)
        buf_addf(&text, "%s\n", news);
    while (text.len && text.ptr[text.len - 1] == '\n')
        buf_cut(&text, text.len - 1);
    if (text.len)
        c->host->context_add(c->agent, PLACE_TAIL, "hierarchy", buf_cstr(&text));
}

static void hierarchical_start(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    s->still_since = c->round;
    s->result_count = 0;
    s->progress = c->host->progress_mark(c->agent);
    s->active = 0;
    if (p->use_notes)
        earlier_notes_show(c);
}

/* What is asked for at once; what stands in the tree already is the engine's to count. */
static bool hierarchical_fits(const struct params *p, const cJSON *steps, int64_t depth,
                              struct error *e)
{
    const cJSON *step;
    int64_t n = cJSON_GetArraySize(steps);
    if (n > 0 && depth > p->max_depth)
        return error_set(e, ERR_LIMIT,
                         "the steps are nested deeper than %lld levels (max_depth): give fewer "
                         "levels, and split a step when you come to it",
                         (long long)p->max_depth);
    if (n > p->max_siblings)
        return error_set(e, ERR_LIMIT,
                         "%lld steps side by side are more than %lld (max_siblings): join some, "
                         "and split them when you come to them",
                         (long long)n, (long long)p->max_siblings);
    cJSON_ArrayForEach(step, steps) if (!hierarchical_fits(p, json_get(step, "subtasks"), depth + 1,
                                                           e)) return false;
    return true;
}

static cJSON *hierarchical_decompose(struct call *c, const cJSON *args)
{
    struct tree_result r = {0};
    struct error e = {0};
    if (!hierarchical_fits(c->params, json_get(args, "subtasks"), 1, &e))
        return json_error("%s", e.text);
    if (!c->host->tree_decompose(c->agent, json_get(args, "subtasks"), json_int(args, "parent", 0),
                                 &r, &e))
        return json_error("%s", e.text);
    cJSON *j = json_success();
    json_add_str(j, "status", "success");
    json_add_int(j, "subtasks_added", r.added);
    json_add_str(j, "current_subtask", r.next_subtask);
    free(r.next_subtask);
    return j;
}

static const char *hierarchical_advice(const char *status)
{
    if (strcmp(status, "check_failed") == 0)
        return "The check of this step did not pass, so it is not done. Mend it and mark it again.";
    if (strcmp(status, "reopened") == 0)
        return "The step stays open: try a different way.";
    return NULL;
}

static cJSON *hierarchical_mark(struct call *c, const cJSON *args)
{
    struct tree_result r;
    struct error e = {0};
    bool success = json_bool(args, "success", true);
    if (!c->host->tree_mark(c->agent, success, json_str(args, "reason", ""), &r, &e))
        return json_error("%s", e.text);
    bool red = strcmp(r.status, "check_failed") == 0;
    cJSON *j = cJSON_CreateObject();
    json_add_bool(j, "success", !red);
    json_add_str(j, "status", r.status);
    json_add_str(j, "next_task", r.next_task);
    json_add_str(j, "next_subtask", r.next_subtask);
    json_add_str(j, "check_output", r.output);
    json_add_str(j, "advice", hierarchical_advice(r.status));
    free(r.next_task);
    free(r.next_subtask);
    free(r.output);
    return j;
}

static cJSON *hierarchical_plan(struct call *c, const cJSON *args)
{
    return c->host->plan_update(c->agent, json_get(args, "plan"),
                                json_str(args, "explanation", NULL));
}

static char *plan_about(const cJSON *args)
{
    return mem_printf("%d steps", cJSON_GetArraySize(json_get(args, "plan")));
}

static char *plan_text(const cJSON *args, const cJSON *result)
{
    AUTO(buf) out = {0};
    const cJSON *one;
    if (json_get(result, "error"))
        return NULL;
    const char *now = json_str(result, "now", NULL);
    buf_addf(&out, "%s%s%s\n", json_str(result, "status", ""), now ? "; now: " : "",
             now ? now : "");
    cJSON_ArrayForEach(one, json_get(result, "checks"))
    {
        bool green = json_bool(one, "green", false);
        buf_addf(&out, "check of \"%s\": %s\n%s%s", json_str(one, "step", ""),
                 green ? "green" : "red, so it is not done", json_str(one, "output", ""),
                 green ? "" : "\n");
    }
    cJSON_ArrayForEach(one, json_get(result, "kept_for_the_user"))
        buf_addf(&out, "the user's step stays: %s\n", one->valuestring);
    while (out.len && out.ptr[out.len - 1] == '\n')
        buf_cut(&out, out.len - 1);
    return buf_take(&out);
}

static char *hierarchical_about(const cJSON *args)
{
    return mem_printf("%d subtasks", cJSON_GetArraySize(json_get(args, "subtasks")));
}

static const struct tool hierarchical_tools[] = {
    {"update_plan", "Set or update the plan: the whole list of steps, each time.",
     "{\"type\":\"object\",\"properties\":{\"plan\":{\"type\":\"array\",\"items\":{\"type\":"
     "\"object\",\"properties\":{\"step\":{\"type\":\"string\"},\"status\":{\"type\":\"string\","
     "\"enum\":[\"pending\",\"in_progress\",\"completed\",\"failed\"]},\"check\":{\"type\":"
     "\"string\",\"description\":\"shell command that exits 0 when it is done\"}},\"required\":["
     "\"step\",\"status\"]}},\"explanation\":{\"type\":\"string\"}},\"required\":[\"plan\"]}",
     TOOL_TREE, hierarchical_plan, .verb = "Planned", .about = plan_about, .text = plan_text,
     .when = "steps=plan"},
    {"decompose_task",
     "Split the goal, or the current step, into steps. Each is a text, or an object with "
     "description "
     "and an optional check: a shell command that must exit 0 before the step counts as done.",
     "{\"type\":\"object\",\"properties\":{\"subtasks\":{\"type\":\"array\",\"items\":{\"anyOf\":["
     "{\"type\":\"string\"},{\"type\":\"object\",\"properties\":{\"description\":{\"type\":"
     "\"string\"},"
     "\"check\":{\"type\":\"string\"},\"mode\":{\"type\":\"string\"},\"subtasks\":{\"type\":"
     "\"array\"}},\"required\":["
     "\"description\"]}]}},"
     "\"parent\":{\"type\":\"integer\",\"description\":\"number of the step to split; default: the "
     "current one\"}},\"required\":[\"subtasks\"]}",
     TOOL_TREE, hierarchical_decompose, .verb = "Planned", .about = hierarchical_about,
     .when = "steps=seed"},
    {"mark_subtask_complete", "Say how the current step ended; the next one begins.",
     "{\"type\":\"object\",\"properties\":{\"success\":{\"type\":\"boolean\"},"
     "\"reason\":{\"type\":\"string\"}},\"required\":[\"success\"]}",
     TOOL_TREE | TOOL_ENDS_STEP, hierarchical_mark, .when = "steps=seed"},
    {0},
};

static uint64_t hash_text(const char *s)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h;
}

/* Has this come out before? If not, something is new. */
static void hierarchical_watch(struct call *c, const char *tool, const cJSON *args,
                               const cJSON *result)
{
    struct state *s = c->state;
    AUTO_FREE char *text = json_print(result);
    uint64_t h = hash_text(text), now = c->host->progress_mark(c->agent);
    bool seen = false;
    for (size_t i = 0; i < RESULTS && i < s->result_count; i++)
        seen |= s->results[i] == h;
    if (!seen)
        s->results[s->result_count++ % RESULTS] = h;
    if (seen && now == s->progress)
        return;
    s->progress = now;
    s->still_since = c->round;
}

const struct behavior behavior_hierarchical_context = {
    .type = "HierarchicalContextBehavior",
    .name = "hierarchical_context",
    .help = "Goal, task, subtask: the tree in the prompt, a short history, steps marked one by one",
    .params = hierarchical_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .tools = hierarchical_tools,
    .instructions = hierarchical_instructions,
    .enhance_context = hierarchical_enhance,
    .on_goal_start = hierarchical_start,
    .on_tool_call = hierarchical_watch,
};
