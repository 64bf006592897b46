/*
 * prefix - what of a conversation is serialised already, kept between its requests.
 *
 * A request is sent from one text: what stands before the messages, the messages, the tail.
 * The messages keep their place in it and only grow, so a round costs what it adds, however
 * long the conversation is; the rest is written around them anew. A codec fills it in (the
 * form says which, and for whom); llm.h hands it out. Thread: the engine's.
 */
#ifndef LLM_PREFIX_H
#define LLM_PREFIX_H

#include "base/buf.h"

struct llm_prefix {
    struct buf text;    /* room, messages, then what the last request had behind them */
    size_t room;        /* bytes in front of the messages */
    size_t len;         /* of the messages */
    size_t count;       /* how many they are */
    size_t last_at;     /* where the last one begins, counted from the first */
    size_t counted_len; /* bytes of them in `tokens` */
    int64_t tokens;     /* estimated */
    size_t head_len;    /* of the last request: what stood before them */
    uint64_t epoch;     /* the caller's, when they were written */
    char *form;         /* the codec's word for what decides how a message is written */
};

void prefix_fini(struct llm_prefix *p);

/* Take away what the last request had behind the messages. Then forget them all unless they are
 * of this form and epoch and no more than `count`. */
void prefix_begin(struct llm_prefix *p, const char *form, uint64_t epoch, size_t count);
void prefix_forget(struct llm_prefix *p);

/* Put `head` in front of the messages, moving them where it does not fit. */
void prefix_set_head(struct llm_prefix *p, const struct buf *head);

/* The request as it is to be sent: borrowed until the next change. */
const char *prefix_text(const struct llm_prefix *p, size_t *len);

/* Estimated tokens of that request; counts only what came since it was asked last. */
int64_t prefix_tokens(struct llm_prefix *p);

#endif
