/* Short questions outside the conversation, through the one LLM function. */
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"

static void cancel_call(void *arg)
{
    llm_cancel(arg);
}

bool agent_call(struct agent *a, const struct llm_request *r, const struct llm_watch *watch,
                struct llm_reply *reply, struct llm_failure *f)
{
    if (reactor_stopped(&a->reactor)) {
        f->class = LLM_CANCELLED;
        return error_set(&f->error, ERR_CANCELED, "it was stopped before it began");
    }
    struct cancel c = {.fn = cancel_call, .arg = a->llm, .yields = !a->goal.running};
    reactor_register(&a->reactor, &c);
    reactor_hold(&a->reactor, HOLD_CALL);
    bool ok = llm_call(a->llm, r, watch, reply, f);
    reactor_release(&a->reactor, HOLD_CALL);
    reactor_unregister(&a->reactor, &c);
    return ok;
}

static void side_phase(void *arg, const char *phase, int64_t wait_ms, int attempt,
                       const char *detail)
{
    struct agent *a = arg;
    outbox_phase(&a->out, phase, wait_ms, attempt, detail ? detail : "a side question");
}

/* The mode configured for these questions; a model without it is asked plainly. */
static struct mode *side_mode(struct agent *a)
{
    struct error e = {0};
    const char *name = a->cfg->side_mode;
    return name && *name ? mode_compose(a->modes.model, name, false, &e) : NULL;
}

char *agent_ask_model(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                      double temperature, struct error *e)
{
    struct llm_message messages[] = {{.role = LLM_SYSTEM, .text = system},
                                     {.role = LLM_USER, .text = user}};
    struct llm_request r = {.model = a->modes.model,
                            .messages = messages,
                            .message_count = COUNT_OF(messages),
                            .max_tokens = MAX(max_tokens, 16),
                            .temperature = temperature,
                            .goal = a->goal.text,
                            .workspace = workspace_path(a->ws),
                            .user = user,
                            .goal_number = 0,
                            .session = a->out.session};
    struct mode *manner = side_mode(a);
    r.mode = manner;
    struct llm_watch watch = {.arg = a, .phase = side_phase};
    struct llm_reply reply = {0};
    struct llm_failure f = {0};
    bool ok = agent_call(a, &r, &watch, &reply, &f);
    if (!a->goal.running)
        outbox_phase(&a->out, "idle", 0, 0, NULL); /* between goals nothing follows it */
    char *text = NULL;
    if (ok) {
        agent_account(a, &r, &reply, 0);
        text = mem_strdup(reply.text ? reply.text : "");
    } else {
        account_failure(a, &r);
        error_set(e, f.class == LLM_CANCELLED ? ERR_CANCELED : ERR_NETWORK, "%s", f.error.text);
    }
    llm_reply_fini(&reply);
    mode_free(manner);
    return text;
}
