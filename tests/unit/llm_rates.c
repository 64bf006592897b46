/* What servers say of their limits, in each of their ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "llm/rates.h"

#define NOW INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

/* Headers as name, value, name, value, NULL. */
static const char *header(void *arg, const char *name)
{
    for (const char *const *h = arg; *h; h += 2)
        if (strcmp(*h, name) == 0)
            return h[1];
    return NULL;
}

static void headers_of_each(void **state)
{
    static const char *const openai[] = {"x-ratelimit-limit-requests",
                                         "500",
                                         "x-ratelimit-remaining-requests",
                                         "499",
                                         "x-ratelimit-reset-requests",
                                         "120ms",
                                         "x-ratelimit-limit-tokens",
                                         "30000",
                                         "x-ratelimit-remaining-tokens",
                                         "1500",
                                         "x-ratelimit-reset-tokens",
                                         "1m2.5s",
                                         NULL};
    static const char *const anthropic[] = {"anthropic-ratelimit-input-tokens-limit",
                                            "2000",
                                            "anthropic-ratelimit-input-tokens-remaining",
                                            "0",
                                            "anthropic-ratelimit-input-tokens-reset",
                                            "2026-01-01T00:00:09Z",
                                            NULL};
    static const char *const nonsense[] = {"x-ratelimit-limit-requests",
                                           "0",
                                           "x-ratelimit-remaining-requests",
                                           "-3",
                                           "x-ratelimit-remaining-tokens",
                                           "many",
                                           NULL};
    static const struct {
        const char *const *headers;
        int64_t now;
        int least;
        const char *text;
    } cases[] = {
        {openai, NOW, 5, "1500 of 30000 tokens left, more in 63 s"},
        {openai, NOW + 62500, 100, NULL}, /* given back meanwhile */
        {anthropic, NOW, 0, "0 of 2000 tokens of input left, more in 9 s"},
        {nonsense, NOW, 100, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_rates r = {0};
        enum rate which;
        AUTO(buf) text = {0};
        rates_read(&r, header, (void *)(uintptr_t)cases[i].headers, NOW);
        assert_int_equal(rates_least(&r, cases[i].now, &which), cases[i].least);
        rates_say(&r, which, cases[i].now, &text);
        if (cases[i].text)
            assert_string_equal(buf_cstr(&text), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(headers_of_each)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
