/*
 * count - how many tokens a request has, asked of a server of another dialect than the client's.
 * Pure text in, text out; turned.c asks.
 */
#ifndef GATEWAY_COUNT_H
#define GATEWAY_COUNT_H

#include "base/buf.h"
#include "base/error.h"
#include "llm/models/models.h"

/* Where that server counts; caller frees. NULL: this one has no such path (*e only where its
 * address is wrong). */
char *count_url(const struct model *m, const struct mode *mode, struct error *e);
/* A request as it would be sent becomes the question. False: it is no JSON. */
bool count_question(const struct model *m, struct buf *request);
/* The number in the answer; 0: there is none. */
int64_t count_told(const struct buf *answer);
/* What the client is answered, in its dialect. */
void count_answer(enum route_style style, int64_t tokens, struct buf *out);

#endif
