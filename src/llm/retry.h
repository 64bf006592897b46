/*
 * retry - whether, where and when a failed request is tried again. Pure; thread: any.
 */
#ifndef LLM_RETRY_H
#define LLM_RETRY_H

#include "llm/failure.h"
#include "llm/message.h"

/* What an attempt says about trying again. {0} leaves it to the class. */
struct retry_hints {
    int64_t after_ms;        /* the server asks to wait; 0: it does not */
    int should;              /* x-should-retry: 1 yes, -1 no, 0 unsaid */
    bool final;              /* trying again cannot help */
    bool unchanged_is_final; /* the same words twice are permanent */
    bool learned;            /* what was refused is not sent again: the next request is another */
};

/* True if another deployment of the model may well do better at once. */
bool retry_elsewhere(const struct llm_failure *f);

/* Wait in ms before the next try, or -1 for none. attempt: 1-based, the one that failed. */
int64_t retry_wait_ms(const struct llm_failure *f, const struct retry_hints *h, int attempt,
                      const struct llm_limits *limits);

/* "5.2s", "6m0s", "1h2m3.5s", "88ms"; a bare number counts seconds. In ms; -1: no such thing. */
int64_t retry_duration_ms(const char *s);

/* Wait asked for by headers or by "try again in 5.2s", in ms; 0: not asked. Any argument may
 * be NULL. now_s: seconds since 1970, for an HTTP date. */
int64_t retry_asked_ms(const char *retry_after_ms, const char *retry_after, const char *message,
                       int64_t now_s);

#endif
