/*
 * rates - what a server says is left of its limits: requests and tokens, and when there are more.
 *
 * Source: OpenAI's, Groq's and Azure's x-ratelimit-*, Anthropic's anthropic-ratelimit-* headers.
 */
#ifndef LLM_RATES_H
#define LLM_RATES_H

#include "base/buf.h"

enum rate { RATE_REQUESTS, RATE_TOKENS, RATE_INPUT, RATE_OUTPUT, RATES };

struct llm_rates {
    struct {
        bool known;
        int64_t left, most;
        int64_t reset_ms; /* wall clock; 0: not said */
    } of[RATES];
};

/* header: by name, NULL where there is none. What is not said stays unknown. */
void rates_read(struct llm_rates *r, const char *(*header)(void *arg, const char *name), void *arg,
                int64_t now_ms);

/* The least that is left of one of them, in percent; 100 where nothing is known, and of what has
 * been given back meanwhile. *which: of which. */
int rates_least(const struct llm_rates *r, int64_t now_ms, enum rate *which);

/* "12 of 500 requests left, more in 3 s" */
void rates_say(const struct llm_rates *r, enum rate which, int64_t now_ms, struct buf *out);

#endif
