/*
 * ArchitectContextBehavior - the frame of a design talk: the project pinned, older discussion
 * summarised with its requirements and decisions kept.
 */
#include "base/mem.h"
#include "behaviors/behavior.h"

struct params {
    int64_t max_tokens, recent_keep;
    double threshold;
};

// clang-format off
static const struct opt architect_params[] = {
    {"max_tokens", OPT_INT, offsetof(struct params, max_tokens), .def = "32000", .min = 0, .max = 100000000, .unit = "tokens",
     .help = "Budget of a request; 0, or more than the model's window: the window"},
    {"compact_threshold", OPT_NUM, offsetof(struct params, threshold), .def = "0.75", .min = 0.1, .max = 0.95,
     .help = "Part of the budget from which older messages become a summary"},
    {"recent_keep", OPT_INT, offsetof(struct params, recent_keep), .def = "20", .min = 1, .max = 1000,
     .alias = "keep_recent", .unit = "messages",
     .help = "Newest messages kept word for word, fewer when they are too large"},
    {0},
};
// clang-format on

static void architect_enhance(struct call *c)
{
    const struct params *p = c->params;
    const struct compaction how = {
        .max_tokens = p->max_tokens,
        .threshold = p->threshold,
        .keep = p->recent_keep,
        .label = "Previous discussion summary",
        .brief = c->host->text(c->agent, "architect_context.summary"),
    };
    c->host->compact_when(c->agent, &how);
    if (!c->goal)
        return;
    AUTO_FREE char *text = mem_printf("PROJECT: %s", c->goal);
    c->host->context_add(c->agent, PLACE_PINNED, "project", text);
}

static void architect_instructions(struct call *c, struct buf *out)
{
    const char *tool = c->host->completion_tool(c->agent);
    buf_adds(out, c->host->text(c->agent, "architect_context.instructions"));
    if (!tool)
        return;
    buf_addc(out, ' ');
    TEXT_FILL(out, c->host->text(c->agent, "architect_context.end"), {"tool", tool});
}

const struct behavior behavior_architect_context = {
    .type = "ArchitectContextBehavior",
    .name = "architect_context",
    .help = "A design talk: the project pinned, requirements and decisions kept in summaries",
    .params = architect_params,
    .params_size = sizeof(struct params),
    .instructions = architect_instructions,
    .enhance_context = architect_enhance,
};
