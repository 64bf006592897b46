/*
 * fuzz - what the fuzz targets share: a claim that ends the run, and pieces of a random size.
 *
 * Each target is one file with LLVMFuzzerTestOneInput; tests/fuzz/run.sh builds and runs them.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* abort() rather than assert(): the stack stands in the report, whatever NDEBUG says. */
#define CLAIM(condition, ...)                                                         \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "\nFALSE: %s (%s:%d): ", #condition, __FILE__, __LINE__); \
            fprintf(stderr, __VA_ARGS__);                                             \
            fputc('\n', stderr);                                                      \
            abort();                                                                  \
        }                                                                             \
    } while (0)

/* Widths are those of the locale that main() sets. */
static inline void fuzz_locale(void)
{
    static int once;
    if (!once++ && !setlocale(LC_ALL, "C.UTF-8"))
        abort();
}

/* The input as a string: up to its first NUL. Caller frees. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    return mem_strndup((const char *)data, strnlen((const char *)data, size));
}

/* Cut the next part off, up to a newline (or the end). Caller frees. */
static inline char *fuzz_part(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
    size_t n = end ? (size_t)(end - *data) : *size;
    char *part = fuzz_text(*data, n);
    *data += n + (end != NULL);
    *size -= n + (end != NULL);
    return part;
}

/* How many bytes the next piece has: 1 to 16, or all; the same seed gives the same pieces. */
static inline size_t fuzz_piece(unsigned *seed, size_t left)
{
    *seed = *seed * 1103515245u + 12345u;
    size_t n = (*seed >> 16) % 17;
    return n == 0 ? left : MIN(n, left);
}

#endif
