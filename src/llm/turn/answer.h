/*
 * answer - one answer put together from whatever bytes a server sends: a stream of its dialect with
 * every known deviation, or a whole JSON body, or an error page.
 *
 * Nothing is final before answer_end(): a call whose arguments parse may still grow.
 */
#ifndef LLM_ANSWER_H
#define LLM_ANSWER_H

#include "llm/failure.h"
#include "llm/message.h"
#include "llm/turn/codec.h"

struct answer;

struct answer_opts {
    const struct llm_watch *watch; /* NULL: nobody looks on */
    const struct llm_tool *tools;  /* on offer; borrowed */
    size_t tool_count;
    int64_t limit; /* tokens of answer we asked for, 0: none */
};

struct answer *answer_new(const struct codec *codec, const struct answer_opts *o);
void answer_free(struct answer *a);

/* False: the answer failed (answer_failure says why); read no further. */
NODISCARD bool answer_feed(struct answer *a, const char *p, size_t n);

/* The body ended. False: failed; partial text can still be taken. */
NODISCARD bool answer_end(struct answer *a);

/* Whatever ends the answer early from outside: only partial text can be taken after. */
void answer_abort(struct answer *a);

const struct llm_failure *answer_failure(const struct answer *a);
bool answer_is_done(const struct answer *a); /* its end mark came: what follows does not matter */
bool answer_is_finished(const struct answer *a); /* why it ends was said: only numbers may follow */
int64_t answer_payloads(const struct answer *a); /* frames that were no comment */

#endif
