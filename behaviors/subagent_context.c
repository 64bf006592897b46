/*
 * SubAgentContextBehavior - frames a goal that another agent gave, and makes its end a report:
 * mark_complete or mark_failed.
 */
#include <string.h>

#include "base/mem.h"
#include "behaviors/behavior.h"
#include "behaviors/earlier_notes.h"

struct params {
    int64_t max_tokens, recent_keep;
    double threshold;
    bool use_notes;
};

// clang-format off
static const struct opt subagent_params[] = {
    {"max_tokens", OPT_INT, offsetof(struct params, max_tokens), .def = "128000", .min = 0, .max = 100000000, .unit = "tokens",
     .help = "Budget of a request; 0, or more than the model's window: the window"},
    {"compact_threshold", OPT_NUM, offsetof(struct params, threshold), .def = "0.75", .min = 0.1, .max = 0.95,
     .help = "Part of the budget from which older messages become a summary"},
    {"recent_keep", OPT_INT, offsetof(struct params, recent_keep), .def = "20", .min = 1, .max = 1000,
     .alias = "keep_recent", .unit = "messages",
     .help = "Newest messages kept word for word, fewer when they are too large"},
    {"use_jetbox_notes", OPT_BOOL, offsetof(struct params, use_notes), .def = "true",
     .help = "Show the end of the notes of earlier sessions here, and of a jetboxnotes.md of the workspace"},
    {0},
};
// clang-format on

/* Is it our pair of tools that ends the goal? */
static bool subagent_owns_end(struct call *c)
{
    const char *tool = c->host->completion_tool(c->agent);
    return tool && strncmp(tool, "mark_complete", strlen("mark_complete")) == 0;
}

static void subagent_compact(struct call *c)
{
    const struct params *p = c->params;
    const struct compaction how = {
        .max_tokens = p->max_tokens,
        .threshold = p->threshold,
        .keep = p->recent_keep,
        .label = "Previous work summary",
        .brief = c->host->text(c->agent, "subagent.summary"),
    };
    c->host->compact_when(c->agent, &how);
}

static void subagent_goal_start(struct call *c)
{
    const struct params *p = c->params;
    if (p->use_notes)
        earlier_notes_show(c);
}

static void subagent_enhance(struct call *c)
{
    const char *tool = c->host->completion_tool(c->agent);
    subagent_compact(c);
    if (!c->goal)
        return;
    AUTO(buf) text = {0};
    const char *end = subagent_owns_end(c) ? "mark_complete or mark_failed" : tool;
    TEXT_FILL(&text, c->host->text(c->agent, end ? "subagent.goal" : "subagent.goal_words"),
              {"goal", c->goal}, {"tool", end});
    c->host->context_add(c->agent, PLACE_PINNED, "delegated goal", buf_cstr(&text));
}

static void subagent_instructions(struct call *c, struct buf *out)
{
    buf_adds(out, c->host->text(c->agent, "subagent.instructions"));
    if (subagent_owns_end(c))
        buf_addf(out, " %s", c->host->text(c->agent, "subagent.report"));
}

static void subagent_free(struct tree_result *r)
{
    free(r->next_task);
    free(r->next_subtask);
    free(r->output);
}

static bool subagent_blank(const char *s)
{
    return strspn(s, " \t\r\n") == strlen(s);
}

/* A report of failure is a call that worked: it must not look like a failed one. */
static cJSON *subagent_failure(struct call *c, const char *reason)
{
    struct tree_result r = {0};
    struct error e = {0};
    if (subagent_blank(reason))
        return json_error("reason is empty: say what stands in the way and what was tried");
    if (!c->host->goal_mark(c->agent, false, reason, true, &r, &e))
        return json_error("%s", e.text);
    cJSON *j = json_success();
    json_add_str(j, "status", "failed");
    json_add_str(j, "reason", reason);
    subagent_free(&r);
    return j;
}

static cJSON *subagent_failed(struct call *c, const cJSON *args)
{
    return subagent_failure(c, json_str(args, "reason", ""));
}

static cJSON *subagent_complete(struct call *c, const cJSON *args)
{
    const char *summary = json_str(args, "summary", "");
    struct tree_result r = {0};
    struct error e = {0};
    if (!json_bool(args, "success", true))
        return subagent_failure(c, summary); /* whatever it is called, it says that it failed */
    if (subagent_blank(summary))
        return json_error("summary is empty: it is all the delegating agent will see");
    if (!c->host->goal_mark(c->agent, true, summary, json_bool(args, "leave_open", false), &r, &e))
        return json_error("%s", e.text);
    bool red = strcmp(r.status, "check_failed") == 0;
    cJSON *j =
        red ? json_error("the goal's check failed, so the goal is not reached") : json_success();
    json_add_str(j, "status", r.status);
    json_add_str(j, "summary", summary);
    json_add_str(j, "check_output", r.output);
    if (red)
        json_add_str(j, "advice", "Mend what the check shows, then report again.");
    subagent_free(&r);
    return j;
}

static const struct tool subagent_tools[] = {
    {"mark_complete",
     "Report that the delegated goal is reached. leave_open ends it although tasks are open.",
     "{\"type\":\"object\",\"properties\":{\"summary\":{\"type\":\"string\"},"
     "\"success\":{\"type\":\"boolean\"},"
     "\"leave_open\":{\"type\":\"boolean\"}},\"required\":[\"summary\"]}",
     TOOL_TREE | TOOL_ENDS_GOAL | TOOL_DELEGATED, subagent_complete},
    {"mark_failed", "Report that the delegated goal cannot be reached, and why.",
     "{\"type\":\"object\",\"properties\":{\"reason\":{\"type\":\"string\"}},\"required\":["
     "\"reason\"]}",
     TOOL_TREE | TOOL_ENDS_GOAL | TOOL_DELEGATED | TOOL_FAILS, subagent_failed},
    {0},
};

const struct behavior behavior_subagent_context = {
    .type = "SubAgentContextBehavior",
    .name = "subagent_context",
    .help = "Work on a goal that another agent delegated, and report how it ended",
    .aliases = "sub_agent_context",
    .params = subagent_params,
    .params_size = sizeof(struct params),
    .tools = subagent_tools,
    .on_goal_start = subagent_goal_start,
    .instructions = subagent_instructions,
    .enhance_context = subagent_enhance,
};
