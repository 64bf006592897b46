/*
 * body - the request body, laid out so that it grows only at its end: what stays the same
 * stands first, messages last, and the volatile tail behind them. The bytes of request N up to
 * its tail begin request N+1.
 */
#ifndef LLM_BODY_H
#define LLM_BODY_H

#include "base/buf.h"
#include "base/error.h"
#include "llm/llm.h"

/* As llm_body, but with os.environ/NAME resolved in what goes out. ERR_CONFIG names a variable
 * that is not set. */
NODISCARD bool body_build(const struct llm_request *r, struct buf *out, size_t *tail_at,
                          struct error *e);

/* The limit of answer tokens that the body asks for, 0: none. */
int64_t body_limit(const struct llm_request *r);

/* Overlay parameters: maps merge, null takes a member away, anything else replaces. */
void body_overlay(cJSON *into, const cJSON *params);

/* Replace os.environ/NAME strings at any depth by their values. ERR_CONFIG. */
NODISCARD bool body_resolve_env(cJSON *j, struct error *e);

#endif
