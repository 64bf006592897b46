/*
 * StatusDisplayBehavior - where the agent stands, in 80 columns of plain text for /status, and
 * one line of progress a round.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/sanitize.h"
#include "base/utf8.h"
#include "behaviors/behavior.h"

#define LABEL 11 /* columns of the first one */
#define COLUMNS 80
#define BAR 20
#define RECENT 3
#define ERRORS 2

struct params {
    bool reset_stats, show_hierarchical;
};

struct action {
    char text[96];
    bool ok;
};

struct state {
    struct action recent[RECENT]; /* the newest is the last */
    size_t recent_count;
    char errors[ERRORS][160];
    size_t error_count;
    int64_t goals, actions, failed; /* of the session, or of the goal: reset_stats */
    const char *activity;           /* what goes on */
    char *line;                     /* of progress, last shown, without the time */
};

// clang-format off
static const struct opt status_params[] = {
    {"reset_stats", OPT_BOOL, offsetof(struct params, reset_stats), .def = "false",
     .help = "Count actions anew with each goal, not over the session"},
    {"show_hierarchical", OPT_BOOL, offsetof(struct params, show_hierarchical), .def = "true",
     .alias = "show_hierarchy", .help = "Show goal and task tree"},
    {0},
};
// clang-format on

/* ---- small renderers ---- */

static void status_add_duration(struct buf *out, int64_t ms)
{
    int64_t s = ms / 1000;
    if (s < 60)
        buf_addf(out, "%lld.%llds", (long long)s, (long long)(ms % 1000 / 100));
    else if (s < 3600)
        buf_addf(out, "%lldm %llds", (long long)(s / 60), (long long)(s % 60));
    else
        buf_addf(out, "%lldh %lldm", (long long)(s / 3600), (long long)(s / 60 % 60));
}

/* 1234567 as 1,234,567. */
static void status_add_number(struct buf *out, int64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n);
    for (int i = 0; i < len; i++) {
        if (i > 0 && digits[i - 1] != '-' && (len - i) % 3 == 0)
            buf_addc(out, ',');
        buf_addc(out, digits[i]);
    }
}

/* Bytes of s that fit into `columns`. */
static size_t status_fit(const char *s, size_t n, int columns)
{
    size_t at = 0, step;
    for (int used = 0; at < n; at += step) {
        uint32_t cp;
        step = utf8_decode(s + at, n - at, &cp);
        used += cp == UTF8_BAD ? 1 : utf8_width(cp);
        if (used > columns)
            break;
    }
    return at;
}

/* A line, cut to the width. */
static void status_add_line(struct buf *out, const char *indent, const char *text)
{
    AUTO_FREE char *clean = sanitize_text(text, SANITIZE_ONE_LINE);
    int room = COLUMNS - utf8_str_width(indent, strlen(indent));
    size_t n = strlen(clean), fits = status_fit(clean, n, room);
    if (fits < n)
        fits = status_fit(clean, n, room - 1);
    buf_addf(out, "%s%.*s%s\n", indent, (int)fits, clean, fits < n ? "…" : "");
}

static void status_repeat(struct buf *out, const char *sign, int64_t times)
{
    for (int64_t i = 0; i < times; i++)
        buf_adds(out, sign);
}

/* ---- rows: a label and a text, as in the rest of the report ---- */

static void status_row(struct buf *out, const char *label)
{
    buf_addf(out, "%-*s", LABEL, label);
}

static double status_average(int64_t ms, int64_t n)
{
    return n > 0 ? (double)ms / (double)n / 1000 : 0;
}

static void status_work(struct call *c, const struct goal_stats *g, struct buf *out)
{
    const struct state *s = c->state;
    status_row(out, "time");
    status_add_duration(out, g->ms);
    buf_addf(out, ", round %lld\n", (long long)MAX(g->rounds, c->round));
    status_row(out, "calls");
    buf_addf(out, "%lld of the model, %.2f s each; %lld of tools, %.2f s each\n",
             (long long)g->llm_calls, status_average(g->llm_ms, g->llm_calls),
             (long long)g->tool_calls, status_average(g->tool_ms, g->tool_calls));
    status_row(out, "actions");
    buf_addf(out, "%lld (%lld failed)", (long long)s->actions, (long long)s->failed);
    if (s->goals > 1)
        buf_addf(out, " in %lld goals", (long long)s->goals);
    buf_addc(out, '\n');
    status_row(out, "spent");
    status_add_number(out, g->input);
    buf_adds(out, " tokens in (");
    status_add_number(out, g->cached);
    buf_adds(out, " cached), ");
    status_add_number(out, g->output);
    buf_adds(out, " out");
    if (g->cost > 0)
        buf_addf(out, ", cost %.4f", g->cost);
    buf_addc(out, '\n');
    if (g->loops <= 0)
        return;
    status_row(out, "loops");
    buf_addf(out, "%lld\n", (long long)g->loops);
}

static void status_context(const struct goal_stats *g, struct buf *out)
{
    if (g->context_window <= 0)
        return;
    int64_t used = MIN(MAX(g->context_used, 0), g->context_window);
    int64_t blocks = used * BAR / g->context_window;
    blocks = used > 0 ? MAX(blocks, 1) : 0;
    status_row(out, "context");
    status_repeat(out, "█", blocks);
    status_repeat(out, "░", BAR - blocks);
    buf_adds(out, " ");
    status_add_number(out, g->context_used);
    buf_adds(out, " of ");
    status_add_number(out, g->context_window);
    buf_addf(out, " tokens, %.1f %%\n", (double)g->context_used * 100 / (double)g->context_window);
}

/* Of the running task: how near it is to being split. */
static void status_turns(struct call *c, struct buf *out)
{
    int64_t used = 0, max = 0;
    c->host->tree_budget(c->agent, &used, &max);
    if (max <= 0)
        return;
    int64_t full = MIN(used, max), cells = MIN(max, BAR), dots = full * cells / max;
    status_row(out, "rounds");
    status_repeat(out, "●", dots);
    status_repeat(out, "○", cells - dots);
    buf_addf(out, " %lld of %lld%s\n", (long long)used, (long long)max,
             full * 5 >= max * 4 ? ", nearly all: then the task is split"
             : full * 2 >= max   ? ", half of them"
                                 : "");
}

static void status_tree(struct call *c, const struct goal_stats *g, struct buf *out)
{
    const struct params *p = c->params;
    AUTO(buf) tree = {0};
    if (!p->show_hierarchical || !c->goal)
        return;
    status_add_line(out, "goal       ", c->goal);
    if (!c->host->tree_has_tasks(c->agent))
        return;
    status_row(out, "tree");
    buf_addf(out, "%lld of %lld done\n", (long long)(g->tasks_done + g->subtasks_done),
             (long long)(g->tasks + g->subtasks));
    c->host->tree_text(c->agent, &tree);
    for (char *line = tree.ptr, *end; line && *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        size_t indent = strspn(line, " ");
        AUTO_FREE char *before = mem_printf("%*s", LABEL + (int)MIN(indent, 20), "");
        status_add_line(out, before, line + indent);
    }
}

static void status_activity(struct call *c, struct buf *out)
{
    static const char good[] = "           ✓ ", bad[] = "           ✗ ", blank[] = "           ";
    const struct state *s = c->state;
    status_row(out, "lately");
    buf_addf(out, "%s\n", s->activity ? s->activity : "idle");
    for (size_t i = 0; i < s->recent_count; i++)
        status_add_line(out, s->recent[i].ok ? good : bad, s->recent[i].text);
    for (size_t i = 0; i < s->error_count; i++)
        status_add_line(out, i == 0 ? "errors     " : blank, s->errors[i]);
}

static void status_render(struct call *c, struct buf *out)
{
    struct goal_stats g = {0};
    c->host->goal_stats(c->agent, &g);
    status_work(c, &g, out);
    status_context(&g, out);
    status_turns(c, out);
    status_tree(c, &g, out);
    status_activity(c, out);
}

/* ---- events ---- */

static void status_goal_start(struct call *c)
{
    const struct params *p = c->params;
    struct state *s = c->state;
    s->recent_count = s->error_count = 0;
    s->activity = "thinking";
    mem_replace(&s->line, NULL);
    if (p->reset_stats)
        s->goals = s->actions = s->failed = 0;
    s->goals++;
}

/* The first of these members that is a text says what the call was about. */
static const char *status_about(const cJSON *args)
{
    static const char *const names[] = {"command", "path",     "pattern", "goal",   "title",
                                        "name",    "question", "task_id", "summary"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (json_str(args, names[i], NULL))
            return json_str(args, names[i], "");
    return "";
}

static void status_add_error(struct state *s, const char *what, const char *error)
{
    if (s->error_count == ERRORS)
        memmove(s->errors[0], s->errors[1], (ERRORS - 1) * sizeof s->errors[0]);
    else
        s->error_count++;
    snprintf(s->errors[s->error_count - 1], sizeof s->errors[0], "%.40s: %.*s", what,
             (int)utf8_cut(error, strlen(error), sizeof s->errors[0] - 43), error);
}

static void status_tool_call(struct call *c, const char *tool, const cJSON *args,
                             const cJSON *result)
{
    struct state *s = c->state;
    bool ok = json_bool(result, "success", true) && !json_get(result, "error");
    s->actions++;
    s->failed += !ok;
    if (s->recent_count == RECENT)
        memmove(s->recent, s->recent + 1, (RECENT - 1) * sizeof *s->recent);
    else
        s->recent_count++;
    struct action *a = &s->recent[s->recent_count - 1];
    a->ok = ok;
    const char *about = status_about(args);
    snprintf(a->text, sizeof a->text, "%.24s %.*s", tool,
             (int)utf8_cut(about, strlen(about), sizeof a->text - 26), about);
    if (!ok)
        status_add_error(s, tool, json_str(result, "error", "failed"));
}

static int64_t status_percent(int64_t part, int64_t all)
{
    return all > 0 ? part * 100 / all : 0;
}

/* "Task 1/3 | Subtask 2/4 | ✓42% | 2m 5s"; what is not there is left out. */
static void status_progress(struct call *c, const struct goal_stats *g, struct buf *out)
{
    const struct state *s = c->state;
    int64_t all = g->tasks + g->subtasks, done = g->tasks_done + g->subtasks_done;
    if (g->tasks > 0)
        buf_addf(out, "Task %lld/%lld | ", (long long)MIN(g->tasks_done + 1, g->tasks),
                 (long long)g->tasks);
    if (g->subtasks > 0)
        buf_addf(out, "Subtask %lld/%lld | ",
                 (long long)MIN(g->subtasks_done + g->subtasks_failed + 1, g->subtasks),
                 (long long)g->subtasks);
    if (all > 0)
        buf_addf(out, "✓%lld%%", (long long)status_percent(done, all));
    else
        buf_addf(out, "Round %lld", (long long)MAX(g->rounds, c->round));
    if (all == 0 && s->actions)
        buf_addf(out, " | %lld actions, %lld failed", (long long)s->actions, (long long)s->failed);
}

static void status_round_end(struct call *c)
{
    struct state *s = c->state;
    struct goal_stats g = {0};
    AUTO(buf) line = {0};
    c->host->goal_stats(c->agent, &g);
    status_progress(c, &g, &line);
    if (s->line && strcmp(s->line, buf_cstr(&line)) == 0)
        return;
    mem_replace(&s->line, buf_cstr(&line));
    buf_adds(&line, " | ");
    status_add_duration(&line, g.ms);
    c->host->progress(c->agent, buf_cstr(&line));
}

static void status_timeout(struct call *c, double elapsed_s)
{
    struct state *s = c->state;
    AUTO_FREE char *text = mem_printf("after %.0fs", elapsed_s);
    s->activity = "out of time";
    status_add_error(s, "timeout", text);
}

static void status_goal_complete(struct call *c, bool success, const char *status)
{
    struct state *s = c->state;
    s->activity = success ? "goal complete" : "goal not reached";
    if (!success)
        status_add_error(s, "goal", status ? status : "failed");
}

static void status_fini(struct call *c)
{
    struct state *s = c->state;
    free(s->line);
    s->line = NULL;
}

const struct behavior behavior_status_display = {
    .type = "StatusDisplayBehavior",
    .name = "status_display",
    .help = "Performance, context, turns, tree and recent actions for /status; progress lines",
    .params = status_params,
    .params_size = sizeof(struct params),
    .state_size = sizeof(struct state),
    .fini = status_fini,
    .on_goal_start = status_goal_start,
    .on_tool_call = status_tool_call,
    .on_round_end = status_round_end,
    .on_timeout = status_timeout,
    .on_goal_complete = status_goal_complete,
    .status = status_render,
};
