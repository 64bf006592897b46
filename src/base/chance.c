#include "base/chance.h"

#include <assert.h>
#include <stdint.h>
#include <sys/random.h>

#include "base/clock.h"

static uint64_t chance_number(void)
{
    uint64_t v;
    if (getrandom(&v, sizeof v, 0) != (ssize_t)sizeof v) {
        static _Atomic uint64_t count; /* no entropy source, as in some sandboxes */
        v = (uint64_t)clock_wall_ms() * UINT64_C(0x9e3779b97f4a7c15) + count++;
    }
    return v;
}

void chance_word(char *out, size_t n)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    assert(out && n <= 10);
    uint64_t v = chance_number();
    for (size_t i = 0; i < n; i++, v /= 62)
        out[i] = digits[v % 62];
    out[n] = '\0';
}
