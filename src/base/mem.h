/*
 * mem - allocation that cannot fail: out of memory runs the die hook (which gives
 * the terminal back) and aborts. Everything is released with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/defs.h"

void *mem_alloc(size_t size); /* zeroed */
void *mem_resize(void *p, size_t count, size_t each);
char *mem_strdup(const char *s); /* NULL gives NULL */
char *mem_strndup(const char *s, size_t n);
char *mem_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Replace *slot by a copy of s (NULL clears); the old value is freed. */
void mem_replace(char **slot, const char *s);

/* Called once before the process dies of a fatal condition. Thread: any. */
void mem_set_die_hook(void (*hook)(void));
NORETURN void mem_die(const char *why);

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
