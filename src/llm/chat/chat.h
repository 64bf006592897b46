/*
 * chat - one answer put together from whatever bytes a chat-completions server sends:
 * an event stream with every known deviation, or a whole JSON body, or an error page.
 *
 * Nothing is final before chat_end(): a call whose arguments parse may still grow.
 */
#ifndef LLM_CHAT_H
#define LLM_CHAT_H

#include "llm/call_ids.h"
#include "llm/failure.h"
#include "llm/message.h"

struct chat;

struct chat_opts {
    const struct llm_watch *watch; /* NULL: nobody looks on */
    const struct llm_tool *tools;  /* on offer; borrowed */
    size_t tool_count;
    int64_t limit; /* tokens of answer we asked for, 0: none */
};

struct chat *chat_new(const struct chat_opts *o);
void chat_free(struct chat *c);

/* False: the answer failed (chat_failure says why); read no further. */
NODISCARD bool chat_feed(struct chat *c, const char *p, size_t n);

/* The body ended. False: failed; partial text can still be taken. */
NODISCARD bool chat_end(struct chat *c);

/* Whatever ends the answer early from outside: only partial text can be taken after. */
void chat_abort(struct chat *c);

const struct llm_failure *chat_failure(const struct chat *c);
bool chat_is_done(const struct chat *c);     /* [DONE] came: what follows does not matter */
bool chat_is_finished(const struct chat *c); /* a finish reason came: only numbers may follow */
int64_t chat_payloads(const struct chat *c); /* frames that were no comment */

/*
 * Move the result into *out. used: the ids that new calls must not have, NULL: none; one that
 * the server left out or sends again is replaced. After a failure only text and reasoning are
 * given, no calls and no raw.
 */
void chat_take(struct chat *c, const struct call_ids *used, struct llm_reply *out);

#endif
