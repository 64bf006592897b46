/*
 * fuzzy - how well a few typed letters fit a name: all of them in their order, better together,
 * better where words begin.
 */
#ifndef UI_FUZZY_H
#define UI_FUZZY_H

#include "base/defs.h"

/* The more the better; -1: it does not fit; an empty needle fits everything alike. *marks gets a
 * bit for each of the first 64 bytes that was matched; may be NULL. Case is no matter. */
int fuzzy_score(const char *needle, const char *text, uint64_t *marks);

#endif
