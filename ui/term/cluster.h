/*
 * cluster - one drawable unit: a base character and up to 4 marks.
 *
 * Terminals and wcwidth(3) disagree about emoji sequences, and one wrong cell shifts a whole
 * row. So for drawing only, what they disagree about is left out: variation selectors,
 * tags, a skin tone after an emoji, a joiner with the character it joins. Copies, exports
 * and the model get the original text.
 */
#ifndef UI_CLUSTER_H
#define UI_CLUSTER_H

#include "base/defs.h"

#define CLUSTER_BYTES 20

struct cluster {
    char text[CLUSTER_BYTES]; /* not terminated */
    uint8_t len, width;       /* bytes; columns, 1 or 2 */
    size_t used;              /* bytes of input it stands for */
};

/* The first cluster of s[0..n), n > 0. Controls show as U+FFFD. */
void cluster_next(const char *s, size_t n, struct cluster *out);

/* Columns of a text without controls. */
int cluster_str_width(const char *s, size_t n);

/* Bytes of s that fit into `cols` columns. */
size_t cluster_fit(const char *s, size_t n, int cols);

#endif
