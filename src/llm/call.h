/*
 * call - what the ways to a model (remote.c, playbook.c) share with llm.c: the running call,
 * waiting that a cancel breaks off, and one attempt's outcome.
 */
#ifndef LLM_CALL_H
#define LLM_CALL_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "llm/message.h"
#include "llm/pace.h"
#include "llm/rates.h"
#include "llm/retry.h"

struct http;
struct loop;
struct lora_known;

/* Comments keep a stream alive, but not for ever without a payload. */
#define CALL_PAYLOAD_CEILING_MS 600000

struct llm {
    struct loop *loop;
    struct llm_limits limits;
    struct http *http; /* NULL until a remote model is called */
    bool running, cancelled;
    int64_t payload_ceiling_ms;
    VEC(struct lora_known *) adapters; /* what lora.c learned of the servers */
    struct llm_rates rates;            /* of the server that answered last */
    struct paces paces;                /* what the limits of the entries have let through */
    struct buf last_body;              /* the playbook's idea of a prefix cache */
};

/* One attempt of one call. */
struct attempt {
    struct llm *llm;
    const struct llm_request *request; /* model and mode are one deployment's */
    const struct llm_watch *watch;     /* never NULL */
    int number;                        /* 1-based */
    int pass;                          /* 1-based: a pass tries each deployment once */
    int64_t call_began_ms;             /* clock_ms() of the whole call */
    struct llm_reply *out;
    struct llm_failure *failure;
    struct retry_hints hints;
    bool showed; /* text or reasoning reached the watch */
};

/* Step the loop for ms. May wait. False: cancelled. */
bool call_pause(struct llm *l, int64_t ms);
/* Tell the watch. */
void call_phase(const struct attempt *a, const char *phase, int64_t wait_ms, const char *detail);
/* The first token of the call, if this is it. */
void call_first_token(struct attempt *a);

/* Fill out->usage from the texts when the server did not report. */
void call_estimate_usage(struct attempt *a);

/* The deadline of the whole call for this model, clock_ms(); -1: none. */
int64_t call_total_deadline(const struct attempt *a);

/* The connections to model servers, made by the first who asks. NULL: ERR_CONFIG. */
struct http *call_http(struct llm *l, struct error *e);

#endif
