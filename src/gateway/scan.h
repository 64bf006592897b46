/*
 * scan - where the members of a JSON object stand in its text. Checks the whole text by the
 * grammar (RFC 8259), without building anything. Thread: any.
 */
#ifndef GATEWAY_SCAN_H
#define GATEWAY_SCAN_H

#include "base/defs.h"

struct scan {
    const char *p, *end;
};

void scan_space(struct scan *s);

/* Step over one value. False: it is none. */
NODISCARD bool scan_value(struct scan *s, size_t depth_max);

/* Call fn for each member of the object at s: its key with quotes, its value. False: no object,
 * or fn said so. Steps over the object. */
typedef bool scan_member_fn(void *arg, const char *key, size_t key_len, const char *value,
                            size_t len);
NODISCARD bool scan_object(struct scan *s, size_t depth_max, scan_member_fn *fn, void *arg);

/* The first element of the array at p, or NULL. */
const char *scan_first(const char *array, size_t n, size_t *len);

#endif
