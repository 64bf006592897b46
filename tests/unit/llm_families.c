/* What is known of families of models, and the user's own rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "llm/models/family.h"

static char dir[] = "/tmp/mien-families-XXXXXX";

static void rows_are(const char *text)
{
    AUTO_FREE char *path = mem_printf("%s/families.yaml", dir);
    families_free();
    if (text)
        assert_true(file_write(path, text, strlen(text), NULL));
    else
        unlink(path);
}

static struct model model_of(const char *provider, const char *upstream, const char *base)
{
    return (struct model){.name = (char *)"m",
                          .provider = (char *)provider,
                          .upstream = (char *)upstream,
                          .api_base = (char *)base};
}

static void known_families(void **state)
{
    static const struct {
        const char *provider, *upstream, *base;
        enum route_style dialect;
        const char *limit;
        enum tail_place tail;
        bool temperature;
        const char *must;
    } cases[] = {
        {"hosted_vllm", "nobody-knows-it", "http://127.0.0.1/v1", ROUTE_CHAT, "max_tokens",
         TAIL_TOOL, true, NULL},
        {"anthropic", "claude-opus-5", "https://api.anthropic.com/v1", ROUTE_MESSAGES, "max_tokens",
         TAIL_SYSTEM, false, NULL},
        {"anthropic", "claude-sonnet-4-5", "https://api.anthropic.com/v1", ROUTE_MESSAGES,
         "max_tokens", TAIL_USER, true, NULL},
        {"openrouter", "anthropic/claude-opus-4-8", "https://openrouter.ai/api/v1", ROUTE_CHAT,
         "max_tokens", TAIL_SYSTEM, false, NULL},
        {"openai", "gpt-4o", "https://api.openai.com/v1", ROUTE_CHAT, "max_completion_tokens",
         TAIL_USER, true, NULL},
        {"openai", "qwen3-32b", "http://127.0.0.1:8000/v1", ROUTE_CHAT, "max_tokens", TAIL_TOOL,
         true, NULL},
        {"openai", "o3-mini", "http://gw.example/v1", ROUTE_CHAT, "max_completion_tokens",
         TAIL_USER, false, NULL},
        {"deepseek", "DeepSeek-Chat", "https://api.deepseek.com/v1", ROUTE_CHAT, "max_tokens",
         TAIL_TOOL, true, "reasoning_content"},
        {"moonshot", "kimi-k2.5", "https://api.moonshot.ai/v1", ROUTE_CHAT, "max_tokens", TAIL_TOOL,
         false, "reasoning_content"},
        {"groq", "deepseek-r1-distill", "https://api.groq.com/openai/v1", ROUTE_CHAT, "max_tokens",
         TAIL_TOOL, true, NULL},
    };
    rows_are(NULL);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct model m = model_of(cases[i].provider, cases[i].upstream, cases[i].base);
        const struct family *f = family_of(&m);
        print_message("%s/%s\n", cases[i].provider, cases[i].upstream);
        assert_int_equal(f->dialect, cases[i].dialect);
        assert_string_equal(f->limit, cases[i].limit);
        assert_int_equal(f->tail, cases[i].tail);
        assert_true(model_refuses(&m, "temperature") != cases[i].temperature);
        assert_string_equal(f->reasoning_must ? f->reasoning_must : "-",
                            cases[i].must ? cases[i].must : "-");
        assert_ptr_equal(family_of(&m), f);
    }
}

static void efforts_are_the_nearest(void **state)
{
    struct model adaptive =
        model_of("anthropic", "claude-opus-4-6", "https://api.anthropic.com/v1");
    struct model mini = model_of("openai", "o3-mini", "https://api.openai.com/v1");
    struct model nobody = model_of("hosted_vllm", "x", "http://127.0.0.1/v1");
    rows_are(NULL);
    assert_string_equal(family_effort(family_of(&adaptive), "max"), "max");
    assert_string_equal(family_effort(family_of(&adaptive), "xhigh"), "high");
    assert_string_equal(family_effort(family_of(&mini), "max"), "high");
    assert_string_equal(family_effort(family_of(&mini), "none"), "low");
    assert_string_equal(family_effort(family_of(&nobody), "high"), "high");
    assert_null(family_effort(family_of(&nobody), "lots"));
}

static void rows_of_the_user_come_last(void **state)
{
    rows_are("families:\n"
             "  - {models: [\"my-*\"], dialect: messages, refused: [seed], output: 4096, images: "
             "true, betas: [b1, b2]}\n"
             "  - {models: [\"my-small\"], output: 100}\n");
    struct model big = model_of("hosted_vllm", "team/my-big", "http://127.0.0.1/v1");
    struct model small = model_of("hosted_vllm", "my-small", "http://127.0.0.1/v1");
    const struct family *f = family_of(&big);
    assert_int_equal(f->dialect, ROUTE_MESSAGES);
    assert_int_equal(f->output, 4096);
    assert_true(f->images && model_refuses(&big, "seed"));
    assert_string_equal(f->betas[1], "b2");
    assert_int_equal(family_of(&small)->output, 100);
    assert_int_equal(model_dialect(&small), ROUTE_MESSAGES);
    small.dialect = 1 + ROUTE_CHAT; /* what the entry says outranks it */
    assert_int_equal(model_dialect(&small), ROUTE_CHAT);
}

static void wrong_rows_name_their_line(void **state)
{
    static const char *const wrong[][2] = {
        {"families:\n  - {models: [a], dialekt: chat}\n", "families.yaml:2"},
        {"families:\n  - {models: [a]}\n  - {models: [a], dialect: french}\n", "families.yaml:3"},
        {"families:\n  - {models: a}\n", "must be a list"},
        {"families:\n  - {models: [[a]]}\n", "no word"},
        {"families:\n  - {dialect: chat}\n", "models: or providers:"},
        {"families:\n  - hello\n", "must be a map"},
        {"families:\n  - {models: [a], output: many}\n", "number of tokens"},
        {"families:\n  - {models: [a], images: perhaps}\n", "true or false"},
        {"families: {}\n", "list of rows"},
        {"models: []\n", "expected \"families:\""},
        {"families:\n\t- x\n", "families.yaml:"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct error e = {0};
        rows_are(wrong[i][0]);
        assert_false(families_load(&e));
        if (!strstr(e.text, wrong[i][1]))
            print_message("%s: %s\n", wrong[i][0], e.text);
        assert_non_null(strstr(e.text, wrong[i][1]));
        struct model m = model_of("anthropic", "claude-opus-5", "https://api.anthropic.com/v1");
        assert_int_equal(family_of(&m)->dialect, ROUTE_MESSAGES); /* ours are there */
    }
    rows_are(NULL);
    assert_true(families_load(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_families),
        cmocka_unit_test(efforts_are_the_nearest),
        cmocka_unit_test(rows_of_the_user_come_last),
        cmocka_unit_test(wrong_rows_name_their_line),
    };
    if (!mkdtemp(dir))
        return 1;
    setenv("MIEN_CONFIG_DIR", dir, 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rows_are(NULL);
    rmdir(dir);
    return failed;
}
