/*
 * tokens - how many tokens a text is, before the server says.
 *
 * Weights by character class (letters, digits, punctuation, space, wide scripts) fitted to
 * o200k, times a ratio per model learned from reported usage. Not bytes / 4.
 */
#ifndef LLM_TOKENS_H
#define LLM_TOKENS_H

#include "base/defs.h"

/* Uncalibrated estimate; add overhead per message yourself (TOKENS_PER_MESSAGE). */
int64_t tokens_estimate(const char *s, size_t n);
#define TOKENS_PER_MESSAGE 5

/* Learned per model; {0} is an unlearned one. */
struct tokens_ratio {
    double ratio; /* reported / estimated; 0: unlearned, counts as 1 */
    int64_t samples;
};
int64_t tokens_scale(const struct tokens_ratio *r, int64_t estimate);
void tokens_learn(struct tokens_ratio *r, int64_t estimate, int64_t reported);

#endif
