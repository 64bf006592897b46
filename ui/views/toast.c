#include "ui/views/toast.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"

#define SHOWN_MS 2500

void toast_show(struct toast *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->text, sizeof t->text, fmt, ap);
    va_end(ap);
    t->until_ms = clock_ms() + SHOWN_MS;
}
