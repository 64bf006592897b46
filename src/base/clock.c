#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Atomic(int64_t (*)(void)) source;

void clock_set_source(int64_t (*fn)(void))
{
    atomic_store(&source, fn);
}

int64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
    int64_t (*fn)(void) = atomic_load_explicit(&source, memory_order_relaxed);
    return fn ? fn() : clock_us() / 1000;
}

int64_t clock_wall_ms(void)
{
    int64_t (*fn)(void) = atomic_load_explicit(&source, memory_order_relaxed);
    if (fn)
        return fn(); /* a day of its own too: no test is another one tomorrow */
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void clock_iso(int64_t wall_ms, char out[static 32])
{
    /* Many of a second are asked for, by each thread: the calendar is looked at once. */
    static _Thread_local time_t known = -1;
    static _Thread_local char day[24];
    time_t s = wall_ms / 1000;
    int ms = (int)(wall_ms % 1000);
    if (s != known) {
        struct tm tm;
        gmtime_r(&s, &tm);
        strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
        known = s;
    }
    size_t n = strlen(day);
    memcpy(out, day, n);
    const char rest[] = {
        '.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z', '\0'};
    memcpy(out + n, rest, sizeof rest);
}

int64_t clock_parse_iso(const char *text)
{
    struct tm tm = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
    int ms = 0;
    if (!rest || sscanf(rest, ".%3dZ", &ms) != 1)
        return 0;
    return (int64_t)timegm(&tm) * 1000 + ms;
}
