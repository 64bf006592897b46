/*
 * diff - two texts compared by lines, told as a unified diff: the one place that compares.
 * Approvals, results, exec and the screen show what it says. Pure.
 */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include "base/buf.h"

#define DIFF_CONTEXT 3 /* lines about a change */

/*
 * Append the hunks that make `a` to `b`: "@@ -1,4 +1,5 @@", lines headed by ' ', '-' or '+', and
 * "\ No newline at end of file" where that is so. Nothing where they are equal. The shortest in
 * nearly all cases; where very much is different, one that is quickly found.
 */
void diff_unified(const char *a, size_t a_len, const char *b, size_t b_len, struct buf *out);

#endif
