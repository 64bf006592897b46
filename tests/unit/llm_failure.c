/* What servers say when they refuse, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "llm/failure.h"
#include "llm/failure_text.h"
#include "llm/models/models.h"
#include "llm/retry.h"

static const struct model model = {.name = (char *)"fast",
                                   .provider = (char *)"openai",
                                   .upstream = (char *)"gpt-x",
                                   .api_base = (char *)"https://api.openai.com/v1",
                                   .key_env = (char *)"OPENAI_API_KEY",
                                   .origin = (char *)"models.yaml:3"};

static struct llm_failure of(int status, const char *body)
{
    struct llm_failure f = {0};
    failure_from_body(&f, status, body, strlen(body));
    return f;
}

static void classes(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum llm_class class;
    } cases[] = {
        {401, "{\"error\":{\"message\":\"Incorrect API key\"}}", LLM_AUTH},
        {403, "", LLM_AUTH},
        {402, "{\"error\":{\"message\":\"x\",\"code\":402}}", LLM_QUOTA},
        {429,
         "{\"error\":{\"message\":\"You exceeded your current quota\",\"code\":"
         "\"insufficient_quota\"}}",
         LLM_QUOTA},
        {400,
         "{\"error\":{\"message\":\"x\",\"details\":{\"error_code\":"
         "\"enforced_spend_limit_reached\"}}}",
         LLM_QUOTA},
        {429, "{\"error\":{\"message\":\"Rate limit reached, context length 5\"}}", LLM_RATE_LIMIT},
        {503, "{\"error\":{\"code\":503,\"message\":\"Loading model\"}}", LLM_OVERLOADED},
        {529, "", LLM_OVERLOADED},
        {500, "oops", LLM_SERVER},
        {422, "{\"detail\":[{\"msg\":\"field required\"}]}", LLM_BAD_REQUEST},
        {400, "{\"error\":{\"message\":\"x\",\"code\":\"tool_use_failed\"}}", LLM_STREAM},
        {413, "", LLM_CONTEXT},
        /* Words and numbers that are near, and mean something else. */
        {400,
         "{\"error\":{\"message\":\"max_tokens: 100000 > 64000, which is the maximum allowed "
         "number "
         "of output tokens\"}}",
         LLM_BAD_REQUEST},
        {500, "{\"error\":{\"message\":\"context deadline exceeded\"}}", LLM_SERVER},
        {429, "{\"error\":{\"message\":\"input tokens per minute exceed 30000 > 20000\"}}",
         LLM_RATE_LIMIT},
        {400, "{\"error\":{\"message\":\"messages: temperature 3 > 2\"}}", LLM_BAD_REQUEST},
        {400, "{\"error\":{\"message\":\"input[3].call_id: string too long, 70 > 64\"}}",
         LLM_BAD_REQUEST},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_failure f = of(cases[i].status, cases[i].body);
        if (f.class != cases[i].class)
            print_message("%d %s: %s\n", cases[i].status, cases[i].body, llm_class_name(f.class));
        assert_int_equal(f.class, cases[i].class);
    }
}

static void windows_are_learned(void **state)
{
    static const struct {
        int status;
        const char *message;
        int64_t window, requested;
    } cases[] = {
        {400,
         "This model's maximum context length is 8192 tokens. However, you requested 9000 "
         "tokens (8000 in the messages).",
         8192, 9000},
        {400, "prompt is too long: 210000 tokens > 200000 maximum", 200000, 210000},
        {400, "The input token count (33000) exceeds the maximum number of tokens allowed (32768).",
         32768, 33000},
        {400, "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
         32768, 40000},
        {400,
         "This model's maximum prompt length is 131072 but the request contains 140,000 tokens",
         131072, 140000},
        {500, "the request exceeds the available context size, try increasing it", 0, 0},
        {400, "Please reduce the length of the messages or completion", 0, 0},
        {400, "Your request exceeded model token limit: 8192", 8192, 0},
        {400,
         "input length and `max_tokens` exceed context limit: 196758 + 8192 > 200000, decrease "
         "input length or `max_tokens` and try again",
         200000, 196758},
        {400,
         "litellm.ContextWindowExceededError: litellm.BadRequestError: "
         "ContextWindowExceededError: OpenAIException - x",
         0, 0},
        {400, "ContextWindowExceededError: prompt is 210,000 tokens > 200,000", 200000, 210000},
        {400,
         "The number of tokens to keep from the initial prompt is greater than the context length",
         0, 0},
        {400, "Trying to keep the first 4000 tokens when context the overflows", 0, 0},
        {400, "context window exceeds limit", 0, 0},
        {400, "Input is too long for requested model.", 0, 0},
        {400, "prompt token count of 130000 exceeds the limit of 128000", 128000, 0},
        {400, "too many tokens: total number of tokens in the prompt exceeds the maximum", 0, 0},
        {400, "Range of input length should be [1, 30720]", 0, 0},
        {400, "Prompt exceeds max length", 0, 0},
        {413, "Request body too large for gpt-4o model. Max size: 8000 tokens.", 8000, 0},
        {422, "Input validation error: `inputs` must have less than 4097 tokens. Given: 5000", 4097,
         5000},
        {500, "context size has been exceeded", 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_failure f = of(cases[i].status, cases[i].message);
        if (f.class != LLM_CONTEXT || f.window != cases[i].window)
            print_message("%s: %s %lld\n", cases[i].message, llm_class_name(f.class),
                          (long long)f.window);
        assert_int_equal(f.class, LLM_CONTEXT);
        assert_int_equal(f.window, cases[i].window);
        assert_int_equal(f.requested, cases[i].requested);
    }
    struct llm_failure f =
        of(400, "{\"error\":{\"code\":400,\"message\":\"the request exceeds the "
                "available context size\",\"type\":\"exceed_context_size_error\","
                "\"n_prompt_tokens\":5000,\"n_ctx\":4096}}");
    assert_int_equal(f.window, 4096);
    assert_int_equal(f.requested, 5000);
}

static void messages_are_found(void **state)
{
    static const struct {
        const char *body, *message;
    } cases[] = {
        {"{\"error\":{\"message\":\"a\"}}", "a"},
        {"{\"error\":\"b\"}", "b"},
        {"[{\"error\":{\"message\":\"c\"}}]", "c"},
        {"{\"object\":\"error\",\"message\":\"d\"}", "d"},
        {"{\"detail\":\"e\"}", "e"},
        {"{\"detail\":[{\"msg\":\"f\"}]}", "f"},
        {"<html><head><style>x{}</style></head><body>502 <b>Bad</b> Gateway</body>",
         "502 Bad Gateway"},
        {"plain text", "plain text"},
        {"", "(it gave no reason)"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct llm_failure f = of(418, cases[i].body);
        assert_string_equal(f.error.text, cases[i].message);
    }
}

static void words_for_a_person(void **state)
{
    struct llm_failure f = of(401, "{\"error\":{\"message\":\"Incorrect API key\"}}");
    failure_explain(&f, &model, NULL);
    assert_string_equal(f.error.text,
                        "openai answered 401 (auth): Incorrect API key. Check the key in "
                        "OPENAI_API_KEY; it must be one for https://api.openai.com/v1.");
    f = of(404, "{\"error\":{\"message\":\"The model does not exist\"}}");
    failure_explain(&f, &model, "https://api.openai.com/v1/chat/completions");
    assert_non_null(strstr(f.error.text, "Is \"gpt-x\" a model of this server"));
    assert_non_null(strstr(f.error.text, "models.yaml:3"));
    AUTO(buf) longer = {0};
    for (int i = 0; i < 900; i++)
        buf_addc(&longer, 'x');
    f = of(401, buf_cstr(&longer));
    failure_explain(&f, &model, NULL);
    assert_non_null(strstr(f.error.text, "OPENAI_API_KEY"));
}

static void waits(void **state)
{
    assert_int_equal(retry_asked_ms("88", NULL, NULL, 0), 88);
    assert_int_equal(retry_asked_ms(NULL, "2", NULL, 0), 2000);
    assert_int_equal(retry_asked_ms(NULL, "0.25", NULL, 0), 250);
    assert_int_equal(retry_asked_ms(NULL, "Fri, 20 Nov 2026 19:00:10 GMT", NULL, 1795201200),
                     10000);
    assert_int_equal(retry_asked_ms(NULL, "rubbish", NULL, 0), 0);
    assert_int_equal(retry_asked_ms(NULL, NULL, "Please try again in 5.2s.", 0), 5200);
    assert_int_equal(retry_asked_ms(NULL, NULL, "try again in 1m2.5s", 0), 62500);
    assert_int_equal(retry_asked_ms(NULL, NULL, "try again in 88ms", 0), 88);
    assert_int_equal(retry_asked_ms(NULL, NULL, "try again later", 0), 0);
    assert_int_equal(retry_asked_ms(NULL, NULL, NULL, 0), 0);
}

static void backoff(void **state)
{
    const struct llm_limits limits = {.max_retries = 8, .max_retry_wait_ms = 60000};
    struct llm_failure f = of(503, "x");
    struct retry_hints h = {0};
    for (int n = 1, want = 500; n <= 8; n++, want = MIN(want * 2, 30000)) {
        int64_t ms = retry_wait_ms(&f, &h, n, &limits);
        assert_in_range(ms, want - want / 4, want);
    }
    assert_int_equal(retry_wait_ms(&f, &h, 9, &limits), -1);
    h.after_ms = 61000;
    assert_int_equal(retry_wait_ms(&f, &h, 1, &limits), -1);
    h.after_ms = 59000;
    assert_int_equal(retry_wait_ms(&f, &h, 1, &limits), 59000);
    h = (struct retry_hints){.should = -1};
    assert_int_equal(retry_wait_ms(&f, &h, 1, &limits), -1);
    static const int never[] = {400, 401, 402, 403, 404, 413, 422};
    h.should = 0;
    for (size_t i = 0; i < COUNT_OF(never); i++) {
        f = of(never[i], "x");
        assert_int_equal(retry_wait_ms(&f, &h, 1, &limits), -1);
    }
    static const int again[] = {408, 409, 429, 500, 502, 503, 504, 529};
    for (size_t i = 0; i < COUNT_OF(again); i++) {
        f = of(again[i], "x");
        assert_true(retry_wait_ms(&f, &h, 1, &limits) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),
        cmocka_unit_test(windows_are_learned),
        cmocka_unit_test(messages_are_found),
        cmocka_unit_test(words_for_a_person),
        cmocka_unit_test(waits),
        cmocka_unit_test(backoff),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
