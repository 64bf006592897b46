/*
 * body - the request body, laid out so that it grows only at its end: what stays the same
 * stands first, messages last, and the volatile tail behind them. The bytes of request N up to
 * its tail begin request N+1.
 */
#ifndef LLM_BODY_H
#define LLM_BODY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "llm/message.h"
#include "llm/prefix.h"
#include "llm/turn/codec.h"

/* The body as it would go out, os.environ/NAME as written. *tail_at (may be NULL): where that
 * begins which the next request has otherwise. Leaves r->prefix alone: that one may be on its way
 * out. */
void body_show(const struct codec *codec, const struct llm_request *r, struct buf *out,
               size_t *tail_at);

/* A body to send. text is borrowed from the request's prefix, or from `own` without one. */
struct body {
    const char *text;
    size_t len;
    size_t tail_at; /* where that begins which the next one has otherwise */
    struct llm_prefix own;
};
void body_fini(struct body *b);

/* As it goes out, with os.environ/NAME resolved: ERR_CONFIG names a variable that is not set.
 * *out lies in r->prefix where there is one, and is good until the next body built there. */
NODISCARD bool body_build(const struct codec *codec, const struct llm_request *r, struct body *out,
                          struct error *e);

/* Who a request of this codec is for, as parts name their origin: a sealed one means this model on
 * this server. Caller frees. */
char *body_origin(const struct codec *codec, const struct model *m, const struct mode *mode);
/* Do the message's parts come from whom the request goes to? */
bool body_is_own(const struct codec *codec, const struct llm_request *r,
                 const struct llm_message *m);

#endif
