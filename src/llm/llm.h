/*
 * llm - the one function through which all model traffic goes, whatever the provider.
 *
 * llm_call() blocks its thread in straight-line code but pumps the loop meanwhile, so
 * requests from the screen, child processes and cancels are served while it waits.
 * Thread: the engine's.
 */
#ifndef LLM_LLM_H
#define LLM_LLM_H

#include "base/buf.h"
#include "llm/failure.h"
#include "llm/message.h"

struct loop;
struct llm;
struct llm_rates; /* rates.h */

/* loop: borrowed. libcurl is loaded by the first call that needs it. */
struct llm *llm_new(struct loop *loop, const struct llm_limits *limits);
void llm_free(struct llm *l);

/*
 * Perform one request, with retries. May wait: steps the loop until the answer is whole, a limit
 * is reached or llm_cancel is called; *r, and all it points to, must stay as it is meanwhile.
 * One call at a time: a second one fails with LLM_CONFIG. r->model may be a group of deployments:
 * those that have the mode are tried in turn, each with its own URL, key and body; reply.url tells
 * which answered. On failure *out holds what was received (partial text, no calls) and *f says why.
 * Both are the caller's; release with llm_reply_fini.
 */
NODISCARD bool llm_call(struct llm *l, const struct llm_request *r, const struct llm_watch *w,
                        struct llm_reply *out, struct llm_failure *f);

/* What the server that answered last says is left of its limits. */
const struct llm_rates *llm_rates(const struct llm *l);

/* Make a running llm_call fail with LLM_CANCELLED; its socket closes at once. Does not wait;
 * callable from callbacks of the loop. Without a running call: nothing. */
void llm_cancel(struct llm *l);

/* What lets a long conversation be sent without writing all of it anew; see llm_request. Free it
 * when no call with it runs. */
struct llm_prefix *llm_prefix_new(void);
void llm_prefix_free(struct llm_prefix *p); /* NULL is fine */

/* Where a request to this model in this mode (NULL: none) goes first: of a group, to the first
 * deployment that has the mode. By the same choice and the same function of the URL as a call.
 * Caller frees; NULL: it goes nowhere, as to a playbook. */
char *llm_url(const struct model *m, const struct mode *mode);

/* The request body as it would go out, for /context and the prefix test. *tail_at: where the
 * volatile tail begins. */
void llm_body(const struct llm_request *r, struct buf *out, size_t *tail_at);

/* The model's window as its server states it (GET props, models, show), 0 if it does not
 * say. May wait, timeout_ms at most. */
int64_t llm_ask_window(struct llm *l, const struct model *m, int64_t timeout_ms);

#endif
