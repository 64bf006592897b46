/*
 * chance - names that nobody gives twice, without a counter, which would have to survive restarts,
 * forks and lost commits. Thread: any.
 */
#ifndef BASE_CHANCE_H
#define BASE_CHANCE_H

#include <stddef.h>

/* n random letters and digits (at most ten hold as much as 64 bits do), and the end of a string:
 * out has n + 1 bytes. */
void chance_word(char *out, size_t n);

#endif
