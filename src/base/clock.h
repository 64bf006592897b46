/*
 * clock - milliseconds from one place, so that tests can stand in for time.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/defs.h"

int64_t clock_ms(void);      /* monotonic */
int64_t clock_us(void);      /* monotonic, for measuring */
int64_t clock_wall_ms(void); /* since 1970 */

/* Tests only: clock_ms() and clock_wall_ms() answer from fn; NULL restores the real clocks. */
void clock_set_source(int64_t (*fn)(void));

/* "2026-11-20T18:46:24.123Z" into out[25]. */
void clock_iso(int64_t wall_ms, char out[static 32]);

/* The other way; 0 for anything else. */
int64_t clock_parse_iso(const char *text);

#endif
