#include "request/model_call.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "llm/models/family.h"
#include "llm/rates.h"
#include "llm/tokens.h"

#define RATE_LOW 10 /* percent */

static void cancel_call(void *arg)
{
    llm_cancel(arg);
}

/* Below a tenth of what a server gives: in words once, until there is more again, and on the gauge
 * for as long. */
static void tell_rates(struct model_call *c)
{
    const struct llm_rates *r = llm_rates(c->llm);
    enum rate which;
    int64_t now = clock_wall_ms();
    int left = rates_least(r, now, &which);
    bool low = left < RATE_LOW;
    AUTO(buf) text = {0};
    if (low)
        rates_say(r, which, now, &text);
    if (low && !c->rate_low)
        outbox_notice(c->out, "warn", "models", "the server's limit is near: %s", buf_cstr(&text));
    if (low || c->rate_low) {
        struct event ev = {.type = EVENT_RATE};
        ev.rate.percent = low ? left : 100;
        ev.rate.text = mem_strdup(buf_cstr(&text));
        outbox_emit(c->out, &ev);
    }
    c->rate_low = low;
}

bool model_call_run(struct model_call *c, const struct llm_request *r,
                    const struct llm_watch *watch, struct llm_reply *reply, struct llm_failure *f)
{
    assert(c->llm && c->goal && r->model);
    if (reactor_stopped(c->reactor)) {
        f->class = LLM_CANCELLED;
        return error_set(&f->error, ERR_CANCELED, "it was stopped before it began");
    }
    struct cancel cancel = {.fn = cancel_call, .arg = c->llm, .yields = !c->goal(c->arg).running};
    reactor_register(c->reactor, &cancel);
    reactor_hold(c->reactor, HOLD_CALL);
    bool ok = llm_call(c->llm, r, watch, reply, f); /* waits */
    reactor_release(c->reactor, HOLD_CALL);
    reactor_unregister(c->reactor, &cancel);
    tell_rates(c);
    return ok;
}

static void side_phase(void *arg, const char *phase, int64_t wait_ms, int attempt,
                       const char *detail)
{
    struct model_call *c = arg;
    outbox_phase(c->out, phase, wait_ms, attempt, detail ? detail : "a side question");
}

/* The model configured for these questions, where the question fits it; else the one in use. */
static const struct model *side_model(const struct model_call *c, const char *user)
{
    struct error e = {0};
    const char *name = c->cfg->side_model;
    const struct model *m = name && *name ? models_find(c->modes->models, name, &e) : NULL;
    if (e.code)
        outbox_notice(c->out, "warn", "models", "models.side: %s", e.text);
    bool fits = m && (m->window <= 0 || tokens_estimate(user, strlen(user)) < m->window / 4 * 3);
    return fits ? m : c->modes->model;
}

/* The mode configured for these questions; a model without it is asked plainly. */
static struct mode *side_mode(const struct model_call *c, const struct model *m)
{
    struct error e = {0};
    const char *name = c->cfg->side_mode;
    return name && *name ? mode_compose(m, name, false, &e) : NULL;
}

char *model_call_ask(struct model_call *c, const char *system, const char *user, int64_t max_tokens,
                     double temperature, struct error *e)
{
    assert(system && user && c->modes->model && c->account);
    struct llm_message messages[] = {{.role = LLM_SYSTEM, .text = system},
                                     {.role = LLM_USER, .text = user}};
    /* The goal's text may change while the call waits, but the call keeps reading this one. */
    AUTO_FREE char *goal = mem_strdup(c->goal(c->arg).text);
    const struct model *m = side_model(c, user);
    struct mode *manner = side_mode(c, m);
    struct llm_request r = {.model = m,
                            .mode = manner,
                            .messages = messages,
                            .message_count = COUNT_OF(messages),
                            .max_tokens = MAX(max_tokens, 16),
                            /* Another than the loop's would reload Ollama's model. */
                            .window = m == c->modes->model ? c->modes->window : m->window,
                            .effort = family_least_effort(m),
                            .temperature = temperature,
                            .goal = goal,
                            .workspace = c->workspace,
                            .user = user,
                            .goal_number = 0,
                            .session = c->out->session};
    struct llm_watch watch = {.arg = c, .phase = side_phase};
    struct llm_reply reply = {0};
    struct llm_failure f = {0};
    bool ok = model_call_run(c, &r, &watch, &reply, &f);
    if (!c->goal(c->arg).running)
        outbox_phase(c->out, "idle", 0, 0, NULL); /* between goals nothing follows it */
    c->account(c->arg, &r, ok ? &reply : NULL);
    bool called = ok && reply.call_count > 0;
    char *text = ok && !called ? mem_strdup(reply.text ? reply.text : "") : NULL;
    if (called)
        error_set(e, ERR_PARSE, "the model answered with a tool call");
    if (!ok)
        error_set(e, f.class == LLM_CANCELLED ? ERR_CANCELED : ERR_NETWORK, "%s", f.error.text);
    llm_reply_fini(&reply);
    mode_free(manner);
    return text;
}
