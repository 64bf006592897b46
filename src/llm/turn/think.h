/*
 * think - reasoning that a server without a reasoning parser left in the text, parted off.
 *
 * <think>…</think> and its like, [THINK], the channels of gpt-oss and Gemma: wherever they stand
 * outside code, cut anywhere. A lone end mark makes reasoning of all before it: there are templates
 * that write the opening mark themselves. Thread: any.
 */
#ifndef LLM_THINK_H
#define LLM_THINK_H

#include "base/buf.h"

struct think_out {
    void *arg;
    void (*text)(void *arg, const char *s, size_t n);
    void (*reasoning)(void *arg, const char *s, size_t n);
    void (*back)(void *arg); /* all text so far was reasoning */
};

/* {0} starts. */
struct think {
    struct buf held;     /* the beginning of what may be a mark */
    const char *opening; /* of the block that is open, or NULL */
    const char *closing;
    size_t inside; /* bytes of it so far */
    bool begun;    /* text other than white space came */
    bool late;     /* the open block began behind such text */
    bool parted;   /* a block was found */
    bool fresh;    /* white space that follows a block belongs to it */
    char last;     /* byte of text or reasoning before `held` */
    int ticks;     /* backticks in a row before `held` */
    bool fence, code;
};
void think_fini(struct think *t);

void think_feed(struct think *t, const char *s, size_t n, const struct think_out *out);

/* The text has ended: what was held is what it looked like. */
void think_end(struct think *t, const struct think_out *out);

#endif
