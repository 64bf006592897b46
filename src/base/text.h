/*
 * text - lines of text as people and models write them.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"
#include "base/defs.h"

/* Has it nothing but blanks? NULL has not even those. */
bool text_is_blank(const char *s);

/* n bytes as one clean line without blanks at its ends; see sanitize.h. Caller frees. */
char *text_line(const char *s, size_t n);

/* Append s in single quotes, as a shell takes it for one word. */
void text_add_quoted(struct buf *out, const char *s);

/* Is word one of the '|'-separated words of `set`? "" never is. */
bool text_is_one_of(const char *word, const char *set);

/* The next {place}, a name of a-z and _ in braces, braces included; NULL: there is none. */
const char *text_next_place(const char *text, size_t *n);

struct text_place {
    const char *name, *value; /* "goal"; borrowed */
};

/* Append text with its places filled in. What is filled in is never looked at for places; a place
 * that is not given stands as it is. A NULL name ends the list. */
void text_fill(struct buf *out, const char *text, const struct text_place *places);
#define TEXT_FILL(out, text, ...) \
    text_fill(out, text, (const struct text_place[]){__VA_ARGS__, {0}})

#endif
