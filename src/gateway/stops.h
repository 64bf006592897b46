/*
 * stops - an answer's text, ended where a stop sequence begins: for servers that take none, and so
 * that no piece of one is ever told. Thread: any.
 */
#ifndef GATEWAY_STOPS_H
#define GATEWAY_STOPS_H

#include "base/buf.h"

struct stops {
    char *const *list; /* borrowed */
    size_t count;
    struct buf held; /* the end of the text, which may begin one */
    const char *hit; /* the one that ended it; of list */
};
void stops_fini(struct stops *s);

/* Text that is certainly before any stop sequence goes into out. False: one was hit, the text ends
 * here. */
bool stops_feed(struct stops *s, const char *p, size_t n, struct buf *out);
/* No more comes: what was held is text. */
void stops_end(struct stops *s, struct buf *out);

#endif
