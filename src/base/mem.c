#include "base/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static _Atomic(void (*)(void)) die_hook;

void mem_set_die_hook(void (*hook)(void))
{
    atomic_store(&die_hook, hook);
}

NORETURN void mem_die(const char *why)
{
    void (*hook)(void) = atomic_exchange(&die_hook, NULL);
    if (hook)
        hook();
    fprintf(stderr, "mien: %s\n", why);
    abort();
}

void *mem_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        mem_die("out of memory");
    return p;
}

void *mem_resize(void *p, size_t count, size_t each)
{
    void *q = reallocarray(p, count ? count : 1, each);
    if (!q)
        mem_die("out of memory");
    return q;
}

char *mem_strndup(const char *s, size_t n)
{
    if (!s)
        return NULL;
    char *p = mem_resize(NULL, n + 1, 1);
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_printf(const char *fmt, ...)
{
    char *out = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&out, fmt, ap);
    va_end(ap);
    if (n < 0)
        mem_die("out of memory");
    return out;
}

void mem_replace(char **slot, const char *s)
{
    char *copy = mem_strdup(s);
    free(*slot);
    *slot = copy;
}
