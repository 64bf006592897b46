#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(struct error *e, enum err code, const char *fmt, ...)
{
    if (!e)
        return false;
    va_list ap;
    va_start(ap, fmt);
    char text[sizeof e->text];
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->code = code;
    memcpy(e->text, text, sizeof text);
    return false;
}

bool error_errno(struct error *e, int errno_value, const char *fmt, ...)
{
    char text[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return error_set(e, ERR_IO, "%.380s: %s", text, strerror(errno_value));
}

bool error_prefix(struct error *e, const char *fmt, ...)
{
    if (!e)
        return false;
    char text[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    char old[sizeof e->text];
    memcpy(old, e->text, sizeof old);
    snprintf(e->text, sizeof e->text, "%.120s: %.380s", text, old);
    return false;
}
