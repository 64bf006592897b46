/*
 * utf8 - decoding, repair and terminal width.
 *
 * Width is what wcwidth(3) says under the UTF-8 locale that main() sets, because
 * curses believes the same; unassigned characters count 1 and are shown as U+FFFD.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/defs.h"

#define UTF8_BAD 0xffffffffu

struct buf;

/*
 * Decode one character of n > 0 bytes into *cp (UTF8_BAD for an ill-formed sequence).
 * Returns the bytes consumed, at least 1; a maximal ill-formed subpart counts as one.
 */
size_t utf8_decode(const char *s, size_t n, uint32_t *cp);

/* Bytes of a trailing sequence that more input could complete: 0 to 3. */
size_t utf8_incomplete_tail(const char *s, size_t n);

void utf8_encode(struct buf *out, uint32_t cp);
bool utf8_valid(const char *s, size_t n);

/* Append s to out with every bad sequence replaced by U+FFFD. */
void utf8_repair(struct buf *out, const char *s, size_t n);

/* Largest length <= limit that does not cut a character of s[0..n). */
size_t utf8_cut(const char *s, size_t n, size_t limit);

int utf8_width(uint32_t cp); /* columns: 0, 1 or 2 */
int utf8_str_width(const char *s, size_t n);

#endif
