/* Accounting of model calls, and short questions outside the conversation. */
#include <string.h>

#include "base/clock.h"
#include "engine/agent.h"

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
    agent_notice(
        a, "warn", "context",
        "The server evaluated %lld tokens of about %lld sent: it cut the prompt. Raise its "
        "context length (Ollama: OLLAMA_CONTEXT_LENGTH), or set max_input_tokens in models.yaml",
        (long long)u->input, (long long)estimate);
}

void agent_account(struct agent *a, const struct llm_reply *reply, int64_t estimate)
{
    const struct llm_usage *u = &reply->usage;
    double cost = price(a->model, u);
    a->goal.tokens_in += u->input;
    a->goal.tokens_cached += u->cached;
    a->goal.tokens_out += u->output;
    a->goal.cost += cost;
    a->total.input += u->input;
    a->total.cached += u->cached;
    a->total.output += u->output;
    a->total_cost += cost;
    if (u->reported && estimate > 0) {
        warn_truncation(a, u, estimate);
        /* estimate is already scaled; learn on what it was before. */
        int64_t raw = a->ratio.ratio > 0 ? (int64_t)((double)estimate / a->ratio.ratio) : estimate;
        tokens_learn(&a->ratio, raw, u->input);
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
    agent_emit(a, &ev);
    agent_emit_gauge(a, !u->reported, u->reported ? u->input + u->output : estimate, u->cached);
}

static void side_phase(void *arg, const char *phase, int64_t wait_ms, int attempt,
                       const char *detail)
{
    agent_phase(arg, phase, wait_ms, attempt, detail ? detail : "a side question");
}

char *agent_ask_model(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                      double temperature, struct error *e)
{
    struct llm_message messages[] = {{.role = LLM_SYSTEM, .text = system},
                                     {.role = LLM_USER, .text = user}};
    struct llm_request r = {.model = a->model,
                            .messages = messages,
                            .message_count = COUNT_OF(messages),
                            .max_tokens = MAX(max_tokens, 16),
                            .temperature = temperature,
                            .goal = a->goal.text,
                            .workspace = workspace_path(a->ws),
                            .user = user,
                            .goal_number = 0,
                            .session = a->id};
    struct llm_watch watch = {.arg = a, .phase = side_phase};
    struct llm_reply reply = {0};
    struct llm_failure f = {0};
    a->in_call = true;
    bool ok = llm_call(a->llm, &r, &watch, &reply, &f);
    a->in_call = false;
    char *text = NULL;
    if (ok) {
        agent_account(a, &reply, 0);
        text = mem_strdup(reply.text ? reply.text : "");
    } else {
        error_set(e, ERR_NETWORK, "%s", f.error.text);
    }
    llm_reply_fini(&reply);
    return text;
}
