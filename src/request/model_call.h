/*
 * model_call - the one place where a call of the model begins.
 *
 * It holds what the call reads, ends at a stop and begins none after it; between goals it gives
 * way to a new one. Both functions MAY WAIT: requests of the front end are served meanwhile, so a
 * caller looks its things up anew, but the request it built stays as it is (HOLD_CALL).
 *
 * All members are borrowed and connected once; it owns nothing. Thread: engine.
 */
#ifndef REQUEST_MODEL_CALL_H
#define REQUEST_MODEL_CALL_H

#include "config/config.h"
#include "llm/llm.h"
#include "request/goal_view.h"
#include "request/modes.h"
#include "run/outbox.h"
#include "run/reactor.h"

struct model_call {
    struct llm *llm;
    struct reactor *reactor;
    struct outbox *out;
    const struct config *cfg;
    const struct modes *modes;
    const char *workspace; /* its path */
    struct goal_view (*goal)(void *arg);
    /* A side question was answered; reply NULL: it failed. */
    void (*account)(void *arg, const struct llm_request *asked, const struct llm_reply *reply);
    void *arg;
    bool rate_low; /* told that little is left of the server's limits */
};

/* As llm_call(); LLM_CANCELLED when a stop came, also before it began. MAY WAIT. */
NODISCARD bool model_call_run(struct model_call *c, const struct llm_request *r,
                              const struct llm_watch *watch, struct llm_reply *reply,
                              struct llm_failure *f);

/* A short question outside the conversation, in the mode that is configured for these. Caller
 * frees; NULL: ERR_CANCELED, ERR_PARSE when it called a tool, or ERR_NETWORK with the server's
 * words. MAY WAIT. */
char *model_call_ask(struct model_call *c, const char *system, const char *user, int64_t max_tokens,
                     double temperature, struct error *e);

#endif
