#include "llm/rates.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "llm/retry.h"

static const char *const rate_names[] = {"requests", "tokens", "input-tokens", "output-tokens"};
static const char *const rate_words[] = {"requests", "tokens", "tokens of input",
                                         "tokens of output"};

/* "1s", "6m0s", or a time as in RFC 3339. */
static int64_t rate_reset(const char *text, int64_t now_ms)
{
    struct tm tm = {0};
    if (!text)
        return 0;
    if (strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
        return (int64_t)timegm(&tm) * 1000;
    int64_t ms = retry_duration_ms(text);
    return ms >= 0 ? now_ms + ms : 0;
}

void rates_read(struct llm_rates *r, const char *(*header)(void *arg, const char *name), void *arg,
                int64_t now_ms)
{
    static const char *const forms[][3] = {
        {"x-ratelimit-remaining-%s", "x-ratelimit-limit-%s", "x-ratelimit-reset-%s"},
        {"anthropic-ratelimit-%s-remaining", "anthropic-ratelimit-%s-limit",
         "anthropic-ratelimit-%s-reset"}};
    for (size_t i = 0; i < RATES; i++)
        for (size_t f = 0; f < COUNT_OF(forms); f++) {
            char *said[3];
            for (size_t k = 0; k < 3; k++) {
                const char *at = strchr(forms[f][k], '%');
                AUTO_FREE char *name = mem_printf("%.*s%s%s", (int)(at - forms[f][k]), forms[f][k],
                                                  rate_names[i], at + 2);
                said[k] = mem_strdup(header(arg, name));
            }
            if (said[0] && isdigit((unsigned char)*said[0]) && said[1] && atoll(said[1]) > 0) {
                r->of[i].known = true;
                r->of[i].left = atoll(said[0]);
                r->of[i].most = atoll(said[1]);
                r->of[i].reset_ms = rate_reset(said[2], now_ms);
            }
            for (size_t k = 0; k < 3; k++)
                free(said[k]);
        }
}

int rates_least(const struct llm_rates *r, int64_t now_ms, enum rate *which)
{
    int least = 100;
    *which = RATE_REQUESTS;
    for (int i = 0; i < RATES; i++) {
        bool over = r->of[i].reset_ms && r->of[i].reset_ms <= now_ms;
        if (!r->of[i].known || over)
            continue;
        int share = (int)(MIN(r->of[i].left, r->of[i].most) * 100 / r->of[i].most);
        if (share < least) {
            least = share;
            *which = (enum rate)i;
        }
    }
    return least;
}

void rates_say(const struct llm_rates *r, enum rate which, int64_t now_ms, struct buf *out)
{
    int64_t wait = r->of[which].reset_ms - now_ms;
    buf_addf(out, "%lld of %lld %s left", (long long)r->of[which].left,
             (long long)r->of[which].most, rate_words[which]);
    if (r->of[which].reset_ms && wait > 0)
        buf_addf(out, ", more in %lld s", (long long)((wait + 999) / 1000));
}
