/*
 * mem - allocation that cannot fail: out of memory runs the die hook (which gives
 * the terminal back), says so and ends the process with 1. Everything is released
 * with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/defs.h"

void *mem_alloc(size_t size);     /* zeroed */
void *mem_alloc_raw(size_t size); /* not zeroed */
void *mem_resize(void *p, size_t count, size_t each);
char *mem_strdup(const char *s); /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Replace *slot by a copy of s (NULL clears); the old value is freed. */
void mem_replace(char **slot, const char *s);

/* Called once before the process dies of a fatal condition; answers the descriptor on
 * which the user reads why. Thread: any. */
void mem_set_die_hook(int (*hook)(void));

/* Say why and end the process with 1, at once: nothing is flushed, no exit handler runs,
 * since other threads go on. What must last was written when it was made. */
NORETURN void mem_die(const char *why);
NORETURN void mem_none(void); /* out of memory */

/* Growable arrays: struct { T *ptr; size_t len, cap; }. */
#define VEC(T)           \
    struct {             \
        T *ptr;          \
        size_t len, cap; \
    }
#define VEC_PUSH(v, ...)                                                 \
    do {                                                                 \
        if ((v)->len == (v)->cap) {                                      \
            (v)->cap = (v)->cap ? (v)->cap * 2 : 8;                      \
            (v)->ptr = mem_resize((v)->ptr, (v)->cap, sizeof *(v)->ptr); \
        }                                                                \
        (v)->ptr[(v)->len++] = (__VA_ARGS__);                            \
    } while (0)
#define VEC_FREE(v)              \
    do {                         \
        free((v)->ptr);          \
        (v)->ptr = NULL;         \
        (v)->len = (v)->cap = 0; \
    } while (0)

#endif
