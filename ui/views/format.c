#include "ui/views/format.h"

#include <stdio.h>

const char *format_tokens(int64_t n, char out[static FORMAT_SIZE])
{
    if (n < 1000)
        snprintf(out, FORMAT_SIZE, "%lld", (long long)n);
    else if (n < 999950)
        snprintf(out, FORMAT_SIZE, n < 9950 ? "%.1fk" : "%.0fk", (double)n / 1000);
    else
        snprintf(out, FORMAT_SIZE, "%.1fM", (double)n / 1000000);
    return out;
}

const char *format_seconds(int64_t ms, char out[static FORMAT_SIZE])
{
    long long s = ms > 0 ? (long long)ms / 1000 : 0;
    if (s < 60)
        snprintf(out, FORMAT_SIZE, "%llds", s);
    else if (s < 3600)
        snprintf(out, FORMAT_SIZE, "%lldm%02llds", s / 60, s % 60);
    else
        snprintf(out, FORMAT_SIZE, "%lldh%02lldm", s / 3600, s / 60 % 60);
    return out;
}

const char *format_duration(int64_t ms, char out[static FORMAT_SIZE])
{
    if (ms < 1000)
        snprintf(out, FORMAT_SIZE, "%lldms", (long long)ms);
    else if (ms < 60000)
        snprintf(out, FORMAT_SIZE, "%.1fs", (double)ms / 1000);
    else
        return format_seconds(ms, out);
    return out;
}

const char *format_cost(double dollars, char out[static FORMAT_SIZE])
{
    snprintf(out, FORMAT_SIZE, dollars > 0 && dollars < 0.01 ? "$%.4f" : "$%.2f", dollars);
    return out;
}
