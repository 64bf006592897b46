/* Short questions outside the conversation, through the one LLM function. */
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"

static void side_phase(void *arg, const char *phase, int64_t wait_ms, int attempt,
                       const char *detail)
{
    agent_phase(arg, phase, wait_ms, attempt, detail ? detail : "a side question");
}

/* The mode configured for these questions; a model without it is asked plainly. */
static struct mode *side_mode(struct agent *a)
{
    struct error e = {0};
    const char *name = a->cfg->side_mode;
    return name && *name ? mode_compose(a->model, name, false, &e) : NULL;
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
    struct mode *manner = side_mode(a);
    r.mode = manner;
    struct llm_watch watch = {.arg = a, .phase = side_phase};
    struct llm_reply reply = {0};
    struct llm_failure f = {0};
    a->in_call = true;
    bool ok = llm_call(a->llm, &r, &watch, &reply, &f);
    a->in_call = false;
    if (!a->goal.running)
        agent_phase(a, "idle", 0, 0, NULL); /* between goals nothing follows it */
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
