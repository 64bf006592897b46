#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "llm/retry.h"

#define RETRY_BASE_MS 500
#define RETRY_CAP_MS 30000

static bool retry_class(const struct llm_failure *f)
{
    switch (f->class) {
    case LLM_RATE_LIMIT:
    case LLM_OVERLOADED:
    case LLM_SERVER:
    case LLM_STREAM:
    case LLM_CONNECT:
    case LLM_TIMEOUT:
        return true;
    case LLM_BAD_REQUEST:
        return f->status == 408 || f->status == 409;
    default:
        return false;
    }
}

bool retry_elsewhere(const struct llm_failure *f)
{
    return f->class != LLM_BAD_REQUEST && retry_class(f);
}

/* Up to a quarter less, so that many clients do not come back in step. */
static int64_t retry_jitter(int64_t ms)
{
    uint64_t x = (uint64_t)clock_us() * UINT64_C(6364136223846793005) + (uint64_t)getpid();
    return ms - (int64_t)((x >> 33) % (uint64_t)(ms / 4 + 1));
}

int64_t retry_wait_ms(const struct llm_failure *f, const struct retry_hints *h, int attempt,
                      const struct llm_limits *limits)
{
    bool may = h->should ? h->should > 0 : retry_class(f);
    if (h->final || !may || attempt > limits->max_retries)
        return -1;
    if (h->after_ms > 0)
        return limits->max_retry_wait_ms > 0 && h->after_ms > limits->max_retry_wait_ms
                   ? -1
                   : h->after_ms;
    int64_t wait = RETRY_BASE_MS;
    for (int i = 1; i < attempt && wait < RETRY_CAP_MS; i++)
        wait *= 2;
    wait = retry_jitter(MIN(wait, RETRY_CAP_MS));
    return limits->max_retry_wait_ms > 0 ? MIN(wait, limits->max_retry_wait_ms) : wait;
}

int64_t retry_duration_ms(const char *s)
{
    double total = 0;
    bool any = false;
    while (isdigit((unsigned char)*s)) {
        char *end;
        double v = strtod(s, &end);
        end += strspn(end, " ");
        bool ms = strncmp(end, "ms", 2) == 0;
        double unit = ms ? 1 : *end == 'h' ? 3600000 : *end == 'm' ? 60000 : 1000;
        total += v * unit;
        any = true;
        while (isalpha((unsigned char)*end))
            end++;
        s = end;
    }
    return any && total < 1e12 ? (int64_t)total : -1;
}

static int64_t retry_date_ms(const char *s, int64_t now_s)
{
    struct tm tm = {0};
    if (!strptime(s, "%a, %d %b %Y %H:%M:%S", &tm))
        return 0;
    int64_t at = timegm(&tm);
    return at > now_s ? (at - now_s) * 1000 : 1;
}

int64_t retry_asked_ms(const char *retry_after_ms, const char *retry_after, const char *message,
                       int64_t now_s)
{
    if (retry_after_ms && isdigit((unsigned char)*retry_after_ms))
        return MAX((int64_t)strtod(retry_after_ms, NULL), 1);
    if (retry_after && isdigit((unsigned char)*retry_after))
        return MAX((int64_t)(strtod(retry_after, NULL) * 1000), 1);
    if (retry_after && *retry_after)
        return retry_date_ms(retry_after, now_s);
    const char *in = message ? strcasestr(message, "try again in ") : NULL;
    return in ? MAX(retry_duration_ms(in + 13), 0) : 0;
}
