/* models.yaml to LiteLLM's letter: merge keys, the router's settings, keys that others know. */
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
#include "llm/codecs.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/turn/body.h"

static char file[64];

static struct models *load(const char *text, struct error *e)
{
    snprintf(file, sizeof file, "/tmp/mien-llm-litellm-%d.yaml", (int)getpid());
    assert_true(file_write(file, text, strlen(text), NULL));
    struct models *m = models_load(NULL, NULL, file, e);
    unlink(file);
    return m;
}

static struct models *loaded(const char *text)
{
    struct error e = {0};
    struct models *m = load(text, &e);
    if (!m)
        print_message("%s\n", e.text);
    assert_non_null(m);
    return m;
}

static const struct model *found(struct models *ms, const char *name)
{
    struct error e = {0};
    const struct model *m = models_find(ms, name, &e);
    if (!m)
        print_message("%s\n", e.text);
    assert_non_null(m);
    return m;
}

static char *body_of(const struct model *m)
{
    struct error e = {0};
    static const struct llm_message q = {.role = LLM_USER, .text = "q"};
    struct llm_request r = {.model = m, .messages = &q, .message_count = 1, .temperature = -1};
    AUTO(body) b = {0};
    bool ok = body_build(codec_of(m), &r, &b, &e);
    if (!ok)
        print_message("%s\n", e.text);
    assert_true(ok);
    return mem_strndup(b.text, b.len);
}

/* As in LiteLLM's own examples: what deployments share stands once, their key among it. */
static void merge_keys_bring_no_key_into_a_body(void **state)
{
    struct models *ms =
        loaded("shared: &shared\n"
               "  api_key: sk-very-secret-1\n"
               "  api_base: http://127.0.0.1:1/v1\n"
               "  temperature: 0.5\n"
               "  seed: 4\n"
               "more: &more {top_p: 0.25, seed: 9}\n"
               "model_list:\n"
               "  - model_name: a\n"
               "    litellm_params:\n"
               "      <<: *shared\n"
               "      model: openai/x\n"
               "      temperature: 0.1\n"
               "  - model_name: b\n"
               "    litellm_params: {<<: [*shared, *more], model: openai/y, extra_body: {k: "
               "sk-very-secret-1}}\n"
               "  - model_name: c\n"
               "    litellm_params: {model: openai/z, api_base: 'http://127.0.0.1:1', api_key: "
               "os.environ/K, metadata: {key: os.environ/K}, password: sk-very-secret-1}\n");
    const struct model *a = found(ms, "a"), *b = found(ms, "b"), *c = found(ms, "c");
    AUTO_FREE char *one = body_of(a);
    AUTO_FREE char *two = body_of(b);
    AUTO_FREE char *three = body_of(c);
    assert_string_equal(a->key_literal, "sk-very-secret-1");
    assert_non_null(strstr(one, "\"temperature\":0.1"));
    assert_non_null(strstr(one, "\"seed\":4"));
    assert_non_null(strstr(two, "\"top_p\":0.25"));
    assert_non_null(strstr(two, "\"seed\":4")); /* the first of them */
    const char *const bodies[] = {one, two, three};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        assert_null(strstr(bodies[i], "secret"));
        assert_null(strstr(bodies[i], "os.environ"));
        assert_null(strstr(bodies[i], "<<"));
    }
    assert_non_null(strstr(b->remarks, "extra_body holds the key"));
    assert_null(strstr(b->remarks, "secret"));
    models_free(ms);
    struct error e = {0};
    assert_null(
        load("model_list:\n  - model_name: a\n    litellm_params: {<<: x, model: openai/x}\n", &e));
    assert_non_null(strstr(e.text, ":3: << takes a map"));
}

static void keys_that_somebody_knows(void **state)
{
    struct models *ms = loaded("model_list:\n"
                               "  - model_name: a\n"
                               "    litellm_params:\n"
                               "      model: openai/x\n"
                               "      rpm: 10\n"
                               "      tags: [free]\n"
                               "      temprature: 0.3\n"
                               "      top_k: 7\n"
                               "      additional_drop_params: [top_k, metadata.who]\n"
                               "      metadata: {who: me, why: x}\n"
                               "      extra_body: {own_thing: 1}\n");
    const struct model *a = found(ms, "a");
    AUTO_FREE char *body = body_of(a);
    assert_int_equal(a->rpm, 10);
    assert_non_null(strstr(a->remarks, ".yaml:6: tags is LiteLLM's and without effect here"));
    assert_non_null(strstr(a->remarks, ".yaml:7: nobody knows temprature: it is not sent"));
    assert_null(strstr(body, "temprature"));
    assert_null(strstr(body, "top_k"));
    assert_null(strstr(body, "who"));
    assert_non_null(strstr(body, "\"why\":\"x\""));
    assert_non_null(strstr(body, "\"own_thing\":1"));
    models_free(ms);
}

static void numbers_as_people_write_them(void **state)
{
    struct models *ms = loaded("model_list:\n"
                               "  - model_name: a\n"
                               "    litellm_params: {model: openai/x, timeout: \"1_000\", "
                               "input_cost_per_token: 0.0.06, output_cost_per_token: 1_0e-7}\n"
                               "    model_info: {max_input_tokens: 1_000_000}\n");
    const struct model *a = found(ms, "a");
    assert_int_equal(a->window, 1000000);
    assert_int_equal(a->timeout_ms, 1000000);
    assert_true(a->price_in == 0 && a->price_out > 0.9e-6);
    assert_non_null(strstr(a->remarks, ":3: a: input_cost_per_token is \"0.0.06\""));
    models_free(ms);
    static const char *const wrong[][2] = {
        {"max_input_tokens: 1__000", "a: max_input_tokens is \"1__000\""},
        {"max_input_tokens: _1", "\"_1\""},
        {"max_input_tokens: -1", "\"-1\""},
        {"max_input_tokens: os.environ/WORD", "\"many\" by os.environ/WORD"},
        {"max_input_tokens: [1]", "a list or a map"},
    };
    setenv("WORD", "many", 1);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct error e = {0};
        AUTO_FREE char *text = mem_printf("model_list:\n  - model_name: a\n    litellm_params: "
                                          "{model: openai/x}\n    model_info: {%s}\n",
                                          wrong[i][0]);
        assert_null(load(text, &e));
        if (!strstr(e.text, wrong[i][1]) || !strstr(e.text, ":4:"))
            print_message("%s\n", e.text);
        assert_non_null(strstr(e.text, wrong[i][1]));
        assert_non_null(strstr(e.text, ":4:"));
    }
}

static void the_environment_anywhere(void **state)
{
    static const char text[] = "model_list:\n"
                               "  - model_name: os.environ/THE_NAME\n"
                               "    litellm_params: {model: os.environ/THE_MODEL, api_base: "
                               "os.environ/THE_BASE, api_version: os.environ/THE_VERSION}\n";
    setenv("THE_NAME", "mine", 1);
    setenv("THE_MODEL", "azure/gpt-4o", 1);
    setenv("THE_BASE", "https://r.example", 1);
    setenv("THE_VERSION", "2025-01-01", 1);
    struct models *ms = loaded(text);
    const struct model *m = found(ms, "mine");
    assert_string_equal(m->upstream, "gpt-4o");
    assert_string_equal(m->provider, "azure");
    assert_string_equal(m->api_version, "2025-01-01");
    models_free(ms);
    unsetenv("THE_MODEL");
    struct error e = {0};
    assert_null(load(text, &e));
    assert_non_null(strstr(e.text, ":3: mine: model is os.environ/THE_MODEL, and that variable"));
}

static void the_routers_settings(void **state)
{
    struct models *ms = loaded(
        "model_list:\n"
        "  - {model_name: a, litellm_params: {model: openai/a}}\n"
        "  - {model_name: b, litellm_params: {model: openai/b, num_retries: 7, timeout: 5}}\n"
        "  - {model_name: c, litellm_params: {model: openai/c}}\n"
        "router_settings:\n"
        "  routing_strategy: simple-shuffle\n"
        "  num_retries: 2\n"
        "  timeout: 30\n"
        "  model_group_alias: {usual: a, hidden: {model: b, hidden: true}}\n"
        "  fallbacks: [{a: [b, gone]}, {c: [a]}]\n"
        "  context_window_fallbacks: [{a: [c]}]\n"
        "litellm_settings: {drop_params: true, default_fallbacks: [c], num_retries: 9}\n");
    const struct model *a = found(ms, "usual"), *b = found(ms, "hidden"), *c = found(ms, "c");
    assert_string_equal(a->name, "a");
    assert_string_equal(b->name, "b");
    assert_int_equal(a->retries, 3);
    assert_int_equal(b->retries, 8);
    assert_int_equal(a->timeout_ms, 30000);
    assert_int_equal(b->timeout_ms, 5000);
    assert_true(a->drop_params);
    assert_ptr_equal(a->fallbacks[0], b);
    assert_null(a->fallbacks[1]);
    assert_non_null(strstr(a->remarks, ":10: its fallback \"gone\""));
    assert_ptr_equal(a->roomier[0], c);
    assert_ptr_equal(b->fallbacks[0], c); /* the default one: it has none of its own */
    assert_ptr_equal(c->fallbacks[0], a);
    models_free(ms);
    static const char *const wrong[][2] = {
        {"fallbacks: [a]", "takes maps"},
        {"fallbacks: [{a: b}]", "must be a list"},
        {"fallbacks: [{a: [[b]]}]", "no model name"},
        {"model_group_alias: [x]", "must be a map"},
        {"model_group_alias: {x: {}}", "the alias x stands for no model"},
        {"num_retries: often", "\"often\""},
        {"timeout: soon", "\"soon\""},
        {"drop_params: perhaps", "true or false"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct error e = {0};
        AUTO_FREE char *text = mem_printf("model_list:\n  - {model_name: a, litellm_params: "
                                          "{model: openai/a}}\nrouter_settings:\n  %s\n",
                                          wrong[i][0]);
        assert_null(load(text, &e));
        if (!strstr(e.text, wrong[i][1]) || !strstr(e.text, ":4:"))
            print_message("%s\n", e.text);
        assert_non_null(strstr(e.text, wrong[i][1]));
        assert_non_null(strstr(e.text, ":4:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merge_keys_bring_no_key_into_a_body),
        cmocka_unit_test(keys_that_somebody_knows),
        cmocka_unit_test(numbers_as_people_write_them),
        cmocka_unit_test(the_environment_anywhere),
        cmocka_unit_test(the_routers_settings),
    };
    setenv("K", "sk-very-secret-1", 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    families_free();
    return failed;
}
