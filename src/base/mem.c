#include "base/mem.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static _Atomic(int (*)(void)) die_hook;

void mem_set_die_hook(int (*hook)(void))
{
    atomic_store(&die_hook, hook);
}

NORETURN void mem_die(const char *why)
{
    int (*hook)(void) = atomic_exchange(&die_hook, NULL);
    dprintf(hook ? hook() : STDERR_FILENO, "mien: %s\n", why);
    _exit(1);
}

NORETURN void mem_none(void)
{
    mem_die("out of memory");
}

void *mem_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        mem_none();
    return p;
}

void *mem_alloc_raw(size_t size)
{
    return mem_resize(NULL, size, 1);
}

void *mem_resize(void *p, size_t count, size_t each)
{
    void *q = reallocarray(p, count ? count : 1, each);
    if (!q)
        mem_none();
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
        mem_none();
    return out;
}

void mem_replace(char **slot, const char *s)
{
    char *copy = mem_strdup(s);
    free(*slot);
    *slot = copy;
}
