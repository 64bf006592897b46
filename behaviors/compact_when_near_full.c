/*
 * CompactWhenNearFullBehavior - append everything; when the window is nearly full, older work
 * becomes a summary. One tool that ends the goal.
 */
#include <string.h>

#include "behaviors/behavior.h"

#define OWN_TOOL "mark_goal_complete"

struct params {
    int64_t max_tokens, recent_keep;
    double threshold;
    bool completion;
};

// clang-format off
static const struct opt compact_params[] = {
    {"max_tokens", OPT_INT, offsetof(struct params, max_tokens), .def = "0", .min = 0, .max = 100000000, .unit = "tokens",
     .help = "Budget of a request; 0, or more than the model's window: the window"},
    {"compact_threshold", OPT_NUM, offsetof(struct params, threshold), .def = "0.75", .min = 0.1, .max = 0.95,
     .help = "Part of the budget from which older messages become a summary"},
    {"recent_keep", OPT_INT, offsetof(struct params, recent_keep), .def = "20", .min = 0, .max = 1000,
     .alias = "keep_recent", .unit = "messages",
     .help = "Newest messages kept word for word, fewer when they are too large; 0: by tokens, see below"},
    {"completion", OPT_BOOL, offsetof(struct params, completion), .def = "true",
     .help = "Offer " OWN_TOOL "; without it the model's last words end the goal"},
    {0},
};
// clang-format on

static void compact_enhance(struct call *c)
{
    const struct params *p = c->params;
    const struct compaction how = {
        .max_tokens = p->max_tokens,
        .threshold = p->threshold,
        .keep = p->recent_keep,
        .label = "Previous work summary",
        .brief = c->host->text(c->agent, "compact.summary"),
    };
    c->host->compact_when(c->agent, &how);
}

static void compact_instructions(struct call *c, struct buf *out)
{
    const struct params *p = c->params;
    const char *tool = p->completion ? c->host->completion_tool(c->agent) : NULL;
    buf_adds(out, c->host->text(c->agent, "compact.instructions"));
    if (!tool)
        return;
    buf_addc(out, ' ');
    TEXT_FILL(out, c->host->text(c->agent, "compact.end"), {"tool", tool});
}

static cJSON *compact_goal_result(struct tree_result *r, const char *summary)
{
    bool red = strcmp(r->status, "check_failed") == 0;
    cJSON *j =
        red ? json_error("the goal's check failed, so the goal is not reached") : json_success();
    json_add_str(j, "status", r->status);
    json_add_str(j, "summary", summary);
    json_add_str(j, "check_output", r->output);
    if (red)
        json_add_str(j, "advice", "Mend what the check shows, then call " OWN_TOOL " again.");
    free(r->next_task);
    free(r->next_subtask);
    free(r->output);
    return j;
}

static cJSON *compact_complete(struct call *c, const cJSON *args)
{
    const char *summary = json_str(args, "summary", "");
    struct tree_result r = {0};
    struct error e = {0};
    if (strspn(summary, " \t\r\n") == strlen(summary))
        return json_error("summary is empty: say in a few lines what was done");
    bool success = json_bool(args, "success", true);
    bool leave_open = !success || json_bool(args, "leave_open", false);
    if (c->host->goal_mark(c->agent, success, summary, leave_open, &r, &e))
        return compact_goal_result(&r, summary);
    return json_error("%s", e.text);
}

static const struct tool compact_tools[] = {
    {OWN_TOOL,
     "The whole goal is reached: summary says what was done and how it was checked. leave_open "
     "ends it although tasks are open. success=false: it cannot be reached, summary says why.",
     "{\"type\":\"object\",\"properties\":{\"summary\":{\"type\":\"string\"},"
     "\"success\":{\"type\":\"boolean\"},"
     "\"leave_open\":{\"type\":\"boolean\"}},\"required\":[\"summary\"]}",
     TOOL_TREE | TOOL_ENDS_GOAL, compact_complete, .when = "completion=true"},
    {0},
};

const struct behavior behavior_compact_when_near_full = {
    .type = "CompactWhenNearFullBehavior",
    .name = "compact_when_near_full",
    .help = "Keep the whole history; summarise the older part when the window is nearly full",
    .params = compact_params,
    .params_size = sizeof(struct params),
    .tools = compact_tools,
    .instructions = compact_instructions,
    .enhance_context = compact_enhance,
};
