/*
 * text - lines of text as people and models write them.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/defs.h"

/* Has it nothing but blanks? NULL has not even those. */
bool text_is_blank(const char *s);

/* n bytes as one clean line without blanks at its ends; see sanitize.h. Caller frees. */
char *text_line(const char *s, size_t n);

/* Is word one of the '|'-separated words of `set`? "" never is. */
bool text_is_one_of(const char *word, const char *set);

#endif
