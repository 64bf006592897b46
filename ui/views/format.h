/*
 * format - numbers the way people read them. All write into the caller's array.
 */
#ifndef UI_FORMAT_H
#define UI_FORMAT_H

#include "base/defs.h"

#define FORMAT_SIZE 32

const char *format_tokens(int64_t n, char out[static FORMAT_SIZE]);    /* 812, 5.1k, 2.0M */
const char *format_duration(int64_t ms, char out[static FORMAT_SIZE]); /* 40ms 1.2s 1m05s */
const char *format_seconds(int64_t ms, char out[static FORMAT_SIZE]);  /* 12s 1m05s: ticking */
const char *format_cost(double dollars, char out[static FORMAT_SIZE]); /* $0.04 */

#endif
