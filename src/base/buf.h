/*
 * buf - a growing byte string, always NUL-terminated when not empty; embedded NULs
 * are allowed. {0} is an empty one.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>

#include "base/defs.h"

struct buf {
    char *ptr;
    size_t len, cap;
};

void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s); /* NULL adds nothing */
void buf_addc(struct buf *b, char c);
void buf_add_int(struct buf *b, int64_t n); /* decimal: what events and JSON are full of */
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void buf_cut(struct buf *b, size_t len);     /* shorten to len */
void buf_drop_head(struct buf *b, size_t n); /* remove the first n bytes */

const char *buf_cstr(const struct buf *b); /* never NULL; borrowed */
char *buf_take(struct buf *b);             /* caller frees; b is empty after; never NULL */

/* Append JSON text for a string, quotes included; bad UTF-8 becomes U+FFFD. */
void buf_add_json_str(struct buf *b, const char *s, size_t n);

#endif
