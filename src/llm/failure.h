/*
 * failure - what a server's refusal means, and words for it.
 *
 * First the bare facts are read (class, the server's own message, window numbers), then, at
 * the end of a call, failure_explain() puts cause and next step into f->error.
 */
#ifndef LLM_FAILURE_H
#define LLM_FAILURE_H

#include "llm/llm.h"

struct model;

/* What an attempt says about trying again. {0} leaves it to the class. */
struct retry_hints {
    int64_t after_ms;        /* the server asks to wait; 0: it does not */
    int should;              /* x-should-retry: 1 yes, -1 no, 0 unsaid */
    bool final;              /* trying again cannot help */
    bool unchanged_is_final; /* the same words twice are permanent */
};

/* Set class and bare message; returns false. */
bool failure_set(struct llm_failure *f, enum llm_class c, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* An error object, from a body or a frame of a stream (status 0). */
void failure_from_json(struct llm_failure *f, int status, const cJSON *body);

/* The body of an answer whose status is not 2xx, whatever it holds. */
void failure_from_body(struct llm_failure *f, int status, const char *body, size_t n);

/* The server's message in a JSON error, or NULL. Borrowed. */
const char *failure_message(const cJSON *body);

/* Text of a web page without markup, at most `limit` bytes. */
void failure_strip_markup(struct buf *out, const char *html, size_t n, size_t limit);

/* Turn the bare message into a sentence with cause and next step. url may be NULL. */
void failure_explain(struct llm_failure *f, const struct model *m, const char *url);

/* True if another deployment of the model may well do better at once. */
bool retry_elsewhere(const struct llm_failure *f);

/* Wait in ms before the next try, or -1 for none. attempt: 1-based, the one that failed. */
int64_t retry_wait_ms(const struct llm_failure *f, const struct retry_hints *h, int attempt,
                      const struct llm_limits *limits);

/* Wait asked for by headers or by "try again in 5.2s", in ms; 0: not asked. Any argument may
 * be NULL. now_s: seconds since 1970, for an HTTP date. */
int64_t retry_asked_ms(const char *retry_after_ms, const char *retry_after, const char *message,
                       int64_t now_s);

#endif
