#include "session/usage.h"

#include <assert.h>
#include <string.h>

#include "behavior/instance.h"
#include "llm/models/models.h"
#include "plan/tree.h"
#include "run/outbox.h"

void usage_reset(struct usage *u)
{
    stats_fini(&u->stats);
    u->goal = (struct goal_usage){0};
    u->total = (struct llm_usage){0};
    u->total_cost = 0;
    u->cut_told = false;
}

void usage_begin_goal(struct usage *u, bool fresh)
{
    if (fresh)
        u->goal = (struct goal_usage){0};
    u->cut_told = false;
}

static double price(const struct model *m, const struct llm_usage *u)
{
    double cached = m->price_cached > 0 ? m->price_cached : m->price_in;
    return (double)(u->input - u->cached) * m->price_in + (double)u->cached * cached +
           (double)u->output * m->price_out;
}

/* A server that counted far fewer tokens than were sent cut the prompt, usually at its head. */
static void warn_truncation(struct usage *u, const struct llm_usage *told, int64_t estimate)
{
    if (u->cut_told || estimate < 1500 || told->input * 2 > estimate || told->input == 0)
        return;
    u->cut_told = true;
    outbox_notice(
        u->out, "warn", "context",
        "The server evaluated %lld tokens of about %lld sent: it cut the prompt. Raise its "
        "context length (Ollama: OLLAMA_CONTEXT_LENGTH), or set max_input_tokens in models.yaml",
        (long long)told->input, (long long)estimate);
}

/* A fallback answers at its own price, and counts in its own tokens. */
static const struct model *usage_answered(const struct llm_request *asked,
                                          const struct llm_reply *reply)
{
    return reply->answered ? reply->answered : asked->model;
}

/* As the statistics call it. */
static char *mode_name(const struct model *model, const struct mode *m)
{
    return m ? mem_printf("%s@%s", model->name, m->name) : mem_strdup(model->name);
}

static void charge_call(struct stat_row *r, const struct llm_reply *reply, double cost)
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
static char *task_name(struct usage *u)
{
    const struct node *n = tree_find(u->tree, u->tree->active ? u->tree->active : u->tree->goal);
    return n ? mem_printf("%lld %s", (long long)n->id, n->title) : NULL;
}

static void charge_request(struct usage *u, const struct llm_request *asked,
                           const struct llm_reply *reply, double cost)
{
    AUTO_FREE char *mode = mode_name(usage_answered(asked, reply), asked->mode),
                   *task = task_name(u);
    u->goal.llm_calls++;
    u->goal.llm_ms += reply->total_ms;
    charge_call(stats_row(&u->stats, STAT_MODE, mode), reply, cost);
    if (task)
        charge_call(stats_row(&u->stats, STAT_TASK, task), reply, cost);
}

/* What each behavior put into the request, by our own count. */
static void charge_behaviors(struct usage *u)
{
    for (size_t k = 0; k < u->pipeline->instances.len; k++) {
        const struct instance *i = u->pipeline->instances.ptr[k];
        struct stat_row *r = stats_row(&u->stats, STAT_BEHAVIOR, i->type->type);
        r->input += i->instruction_tokens + i->schema_tokens + i->context_tokens;
    }
}

void usage_goal_ended(struct usage *u, const struct model *model, const struct mode *mode,
                      bool success)
{
    AUTO_FREE char *name = mode_name(model, mode);
    struct stat_row *r = stats_row(&u->stats, STAT_MODE, name);
    r->goals_done += success;
    r->goals_failed += !success;
}

void usage_check(struct usage *u, const struct model *model, const struct mode *mode, bool green)
{
    AUTO_FREE char *name = mode_name(model, mode);
    struct stat_row *r = stats_row(&u->stats, STAT_MODE, name);
    r->checks_green += green;
    r->checks_red += !green;
}

void usage_call_failed(struct usage *u, const struct llm_request *asked)
{
    AUTO_FREE char *mode = mode_name(asked->model, asked->mode);
    struct stat_row *r = stats_row(&u->stats, STAT_MODE, mode);
    r->calls++;
    r->errors++;
}

static void charge_tool(struct stat_row *r, const struct usage_of_tool *t)
{
    r->calls++;
    r->errors += !t->ok;
    r->tool_ms += t->ms;
    r->output += t->args_tokens;
    r->input += t->result_tokens;
}

void usage_tool(struct usage *u, const struct usage_of_tool *t)
{
    AUTO_FREE char *task = task_name(u);
    u->goal.tool_calls++;
    u->goal.tool_errors += !t->ok;
    u->goal.tool_ms += t->ms;
    charge_tool(stats_row(&u->stats, STAT_TOOL, t->tool), t);
    if (t->behavior)
        charge_tool(stats_row(&u->stats, STAT_BEHAVIOR, t->behavior), t);
    if (task)
        stats_row(&u->stats, STAT_TASK, task)->tool_ms += t->ms;
}

void usage_agent(struct usage *u, const struct usage_of_agent *d)
{
    struct stat_row *r = stats_row(&u->stats, STAT_AGENT, d->agent);
    u->goal.input += d->input;
    u->goal.cached += d->cached;
    u->goal.output += d->output;
    u->goal.cost += d->cost;
    u->total.input += d->input;
    u->total.cached += d->cached;
    u->total.output += d->output;
    u->total_cost += d->cost;
    r->calls++;
    r->errors += !d->success;
    r->input += d->input;
    r->cached += d->cached;
    r->output += d->output;
    r->tool_ms += d->ms;
    r->cost += d->cost;
}

void usage_call(struct usage *u, const struct llm_request *asked, const struct llm_reply *reply,
                int64_t estimate, struct tokens_ratio *ratio)
{
    assert(u->out && u->tree && u->pipeline && asked->model);
    const struct llm_usage *used = &reply->usage;
    const struct mode *mode = asked->mode;
    const struct model *answered = usage_answered(asked, reply);
    double cost = price(answered, used) * (mode && mode->cost > 0 ? mode->cost : 1);
    u->goal.input += used->input;
    u->goal.cached += used->cached;
    u->goal.output += used->output;
    u->goal.cost += cost;
    u->total.input += used->input;
    u->total.cached += used->cached;
    u->total.output += used->output;
    u->total_cost += cost;
    charge_request(u, asked, reply, cost);
    if (estimate > 0)
        charge_behaviors(u);
    bool own = strcmp(answered->name, asked->model->name) == 0;
    if (used->reported && estimate > 0 && ratio && own) {
        warn_truncation(u, used, estimate);
        /* estimate is already scaled; learn on what it was before. */
        int64_t raw = ratio->ratio > 0 ? (int64_t)((double)estimate / ratio->ratio) : estimate;
        tokens_learn(ratio, raw, used->input);
    }
    struct event ev = {.type = EVENT_USAGE};
    ev.usage = (struct event_usage){.input = used->input,
                                    .cached = used->cached,
                                    .output = used->output,
                                    .cost = cost,
                                    .total_input = u->total.input,
                                    .total_cached = u->total.cached,
                                    .total_output = u->total.output,
                                    .total_cost = u->total_cost,
                                    .first_token_ms = reply->first_token_ms,
                                    .total_ms = reply->total_ms,
                                    .estimated = !used->reported};
    outbox_emit(u->out, &ev);
}
