/*
 * failure - what a server's refusal means, and words for it.
 *
 * Here the bare facts are read: class, the server's own message, window numbers. At the end of a
 * call failure_explain() (failure_text.h) puts cause and next step into f->error.
 */
#ifndef LLM_FAILURE_H
#define LLM_FAILURE_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

enum llm_class {
    LLM_OK,
    LLM_AUTH,
    LLM_QUOTA,
    LLM_RATE_LIMIT,
    LLM_OVERLOADED,
    LLM_CONTEXT,
    LLM_SERVER,
    LLM_BAD_REQUEST,
    LLM_STREAM,
    LLM_CONNECT,
    LLM_TIMEOUT,
    LLM_CANCELLED,
    LLM_CONFIG,
    LLM_CLASS_COUNT
};
const char *llm_class_name(enum llm_class c); /* "rate_limit" */

struct llm_failure {
    enum llm_class class;
    int status;         /* HTTP, 0: none */
    int64_t window;     /* LLM_CONTEXT: learned window, 0: not told */
    int64_t requested;  /* LLM_CONTEXT: tokens the server counted, 0 */
    struct error error; /* cause and next step, for the user */
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

#endif
