/*
 * toast - a short message in the key row that leaves by itself.
 */
#ifndef UI_TOAST_H
#define UI_TOAST_H

#include "base/defs.h"

struct toast {
    char text[160];
    int64_t until_ms; /* when it leaves */
};

/* Replaces the one before; what is too long is cut. */
void toast_show(struct toast *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
