/*
 * defs - the few language extensions this code uses, in one place.
 *
 * AUTO(buf) b = {0};     calls buf_fini(&b) when the scope ends.
 * AUTO_FREE char *p      free()s the pointer, AUTO_FD int fd closes it.
 */
#ifndef BASE_DEFS_H
#define BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define NORETURN __attribute__((noreturn))

#define AUTO(type) __attribute__((cleanup(type##_fini))) struct type
#define AUTO_FREE __attribute__((cleanup(defs_free_ptr), unused))
#define AUTO_FD __attribute__((cleanup(defs_close_fd), unused))

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

static inline void defs_free_ptr(void *p)
{
    free(*(void **)p);
}

static inline void defs_close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#endif
