/* What calls, tools and delegates cost: the goal's counters and the session's statistics. */
#include "session/usage.h"

#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"

static double price(const struct model *m, const struct llm_usage *u)
{
    double cached = m->price_cached > 0 ? m->price_cached : m->price_in;
    return (double)(u->input - u->cached) * m->price_in + (double)u->cached * cached +
           (double)u->output * m->price_out;
}

/* A server that counted far fewer tokens than were sent cut the prompt, usually at its head. */
static void warn_truncation(struct agent *a, const struct llm_usage *u, int64_t estimate)
{
    if (!u->reported || estimate < 1500 || u->input * 2 > estimate || u->input == 0)
        return;
    outbox_notice(
        &a->out, "warn", "context",
        "The server evaluated %lld tokens of about %lld sent: it cut the prompt. Raise its "
        "context length (Ollama: OLLAMA_CONTEXT_LENGTH), or set max_input_tokens in models.yaml",
        (long long)u->input, (long long)estimate);
}

/* As the statistics call it. */
static char *mode_name(const struct model *model, const struct mode *m)
{
    return m ? mem_printf("%s@%s", model->name, m->name) : mem_strdup(model->name);
}

static void account_row(struct stat_row *r, const struct llm_reply *reply, double cost)
{
    r->calls++;
    r->retries += reply->attempts > 1 ? reply->attempts - 1 : 0;
    r->input += reply->usage.input;
    r->cached += reply->usage.cached;
    r->output += reply->usage.output;
    r->model_ms += reply->total_ms;
    if (reply->first_token_ms >= 0) {
        r->first_ms += reply->first_token_ms;
        r->first_count++;
    }
    r->cost += cost;
}

/* The node at work, as the statistics call it. */
static char *task_name(struct agent *a)
{
    const struct node *n = tree_find(&a->tree, a->tree.active ? a->tree.active : a->tree.goal);
    return n ? mem_printf("%lld %s", (long long)n->id, n->title) : NULL;
}

static void account_call(struct agent *a, const struct llm_request *asked,
                         const struct llm_reply *reply, double cost)
{
    AUTO_FREE char *mode = mode_name(asked->model, asked->mode), *task = task_name(a);
    a->goal.llm_calls++;
    a->goal.llm_ms += reply->total_ms;
    account_row(stats_row(&a->stats, STAT_MODE, mode), reply, cost);
    if (task)
        account_row(stats_row(&a->stats, STAT_TASK, task), reply, cost);
}

/* What each behavior put into the request, by our own count. */
static void account_behaviors(struct agent *a)
{
    for (size_t k = 0; k < a->pipeline.instances.len; k++) {
        const struct instance *i = a->pipeline.instances.ptr[k];
        struct stat_row *r = stats_row(&a->stats, STAT_BEHAVIOR, i->type->type);
        r->input += i->instruction_tokens + i->schema_tokens + i->context_tokens;
    }
}

void account_end(struct agent *a, bool success)
{
    AUTO_FREE char *mode = mode_name(a->modes.model, modes_active(&a->modes));
    struct stat_row *r = stats_row(&a->stats, STAT_MODE, mode);
    r->goals_done += success;
    r->goals_failed += !success;
}

void account_check(struct agent *a, bool green)
{
    AUTO_FREE char *mode = mode_name(a->modes.model, modes_active(&a->modes));
    struct stat_row *r = stats_row(&a->stats, STAT_MODE, mode);
    r->checks_green += green;
    r->checks_red += !green;
}

void account_failure(struct agent *a, const struct llm_request *asked)
{
    AUTO_FREE char *mode = mode_name(asked->model, asked->mode);
    struct stat_row *r = stats_row(&a->stats, STAT_MODE, mode);
    r->calls++;
    r->errors++;
}

static void account_tool_row(struct stat_row *r, const struct tool_account *t)
{
    r->calls++;
    r->errors += !t->ok;
    r->tool_ms += t->ms;
    r->output += t->args_tokens;
    r->input += t->result_tokens;
}

void account_tool(struct agent *a, const struct tool_account *t)
{
    AUTO_FREE char *task = task_name(a);
    a->goal.tool_calls++;
    a->goal.tool_errors += !t->ok;
    a->goal.tool_ms += t->ms;
    account_tool_row(stats_row(&a->stats, STAT_TOOL, t->tool), t);
    if (t->behavior)
        account_tool_row(stats_row(&a->stats, STAT_BEHAVIOR, t->behavior), t);
    if (task)
        stats_row(&a->stats, STAT_TASK, task)->tool_ms += t->ms;
}

void account_delegate(struct agent *a, const struct delegate *d)
{
    struct stat_row *r = stats_row(&a->stats, STAT_AGENT, d->agent);
    a->goal.tokens_in += d->tokens; /* its tokens are this goal's budget too */
    a->goal.cost += d->cost;
    a->total_cost += d->cost;
    r->calls++;
    r->errors += !d->said_success;
    r->input += d->tokens;
    r->tool_ms += d->ended_ms - d->started_ms;
    r->cost += d->cost;
}

static void count_tree(struct agent *a, struct goal_stats *s)
{
    for (size_t i = 0; i < a->tree.nodes.len; i++) {
        const struct node *n = &a->tree.nodes.ptr[i];
        if (n->id == a->tree.goal || !tree_is_within(&a->tree, n->id, a->tree.goal))
            continue;
        bool task = n->parent == a->tree.goal, done = n->state == NODE_DONE;
        s->tasks += task;
        s->tasks_done += task && done;
        s->subtasks += !task;
        s->subtasks_done += !task && done;
        s->subtasks_failed += n->state == NODE_FAILED || n->state == NODE_BLOCKED;
    }
}

void account_goal(struct agent *a, struct goal_stats *s)
{
    const struct goal *g = &a->goal;
    *s = (struct goal_stats){.rounds = g->rounds,
                             .max_rounds = a->max_rounds,
                             .ms = g->started_ms ? clock_ms() - g->started_ms - g->waited_ms : 0,
                             .llm_calls = g->llm_calls,
                             .llm_ms = g->llm_ms,
                             .tool_calls = g->tool_calls,
                             .tool_errors = g->tool_errors,
                             .tool_ms = g->tool_ms,
                             .loops = g->loops,
                             .input = g->tokens_in,
                             .cached = g->tokens_cached,
                             .output = g->tokens_out,
                             .cost = g->cost,
                             .context_used = a->context.estimate,
                             .context_window = a->modes.window,
                             .answer = g->answer,
                             .summary = g->summary};
    if (!g->running || a->last_outcome != OUTCOME_NONE)
        s->status = outcome_name(a->last_outcome);
    count_tree(a, s);
}

void agent_account(struct agent *a, const struct llm_request *asked, const struct llm_reply *reply,
                   int64_t estimate)
{
    const struct llm_usage *u = &reply->usage;
    const struct mode *mode = asked->mode;
    double cost = price(asked->model, u) * (mode && mode->cost > 0 ? mode->cost : 1);
    a->goal.tokens_in += u->input;
    a->goal.tokens_cached += u->cached;
    a->goal.tokens_out += u->output;
    a->goal.cost += cost;
    a->total.input += u->input;
    a->total.cached += u->cached;
    a->total.output += u->output;
    a->total_cost += cost;
    account_call(a, asked, reply, cost);
    if (estimate > 0)
        account_behaviors(a);
    if (u->reported && estimate > 0 && asked->model == a->modes.model) {
        warn_truncation(a, u, estimate);
        /* estimate is already scaled; learn on what it was before. */
        int64_t raw = a->modes.ratio.ratio > 0 ? (int64_t)((double)estimate / a->modes.ratio.ratio)
                                               : estimate;
        tokens_learn(&a->modes.ratio, raw, u->input);
    }
    struct event ev = {.type = EVENT_USAGE};
    ev.usage = (struct event_usage){.input = u->input,
                                    .cached = u->cached,
                                    .output = u->output,
                                    .cost = cost,
                                    .total_input = a->total.input,
                                    .total_cached = a->total.cached,
                                    .total_output = a->total.output,
                                    .total_cost = a->total_cost,
                                    .first_token_ms = reply->first_token_ms,
                                    .total_ms = reply->total_ms,
                                    .estimated = !u->reported};
    outbox_emit(&a->out, &ev);
    if (estimate > 0) /* a side question says nothing about the conversation's size */
        context_emit_gauge(&a->context, !u->reported, u->reported ? u->input + u->output : estimate,
                           u->cached);
}
