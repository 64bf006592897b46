/* Windows and prices that were read in, and whose word counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "llm/models/family.h"
#include "llm/models/known.h"
#include "llm/models/models.h"

static char dir[] = "/tmp/mien-known-XXXXXX";

static const char list[] =
    "{\"sample_spec\":{\"litellm_provider\":\"one of\",\"mode\":\"one of\"},"
    "\"gpt-9\":{\"litellm_provider\":\"openai\",\"mode\":\"chat\",\"max_input_tokens\":900000,"
    "\"max_output_tokens\":90000,\"input_cost_per_token\":2e-06,\"output_cost_per_token\":8e-06,"
    "\"cache_read_input_token_cost\":2e-07,\"supports_vision\":true},"
    "\"zai/glm-9\":{\"litellm_provider\":\"zai\",\"mode\":\"chat\",\"max_tokens\":131072},"
    "\"dall-e-9\":{\"litellm_provider\":\"openai\",\"mode\":\"image_generation\"},"
    "\"bad\\tname\":{\"litellm_provider\":\"openai\"},\"x\":5}";

static void the_list_is_taken_in(void **state)
{
    size_t count;
    struct error e = {0};
    struct known k;
    assert_false(known_find("openai", "gpt-9", &k));
    assert_true(known_update(list, sizeof list - 1, &count, &e));
    assert_int_equal(count, 2);
    assert_true(known_find("openai", "gpt-9", &k));
    assert_int_equal(k.window, 900000);
    assert_int_equal(k.output, 90000);
    assert_true(k.in == 2e-6 && k.out == 8e-6 && k.cached == 2e-7 && k.sees);
    assert_true(known_find("zai", "glm-9", &k));
    assert_int_equal(k.window, 131072);
    assert_false(known_find("openai", "dall-e-9", &k));
    assert_false(known_find("openai", "gpt-", &k));
    static const char *const wrong[] = {"{}", "[1]", "{\"a\":{\"b\":1}}", "{"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(known_update(wrong[i], strlen(wrong[i]), &count, &e));
    assert_true(known_find("openai", "gpt-9", &k)); /* it stays */
}

/* The entry's word, the list's, the row's; a window only where the provider itself is asked. */
static void whose_word_counts(void **state)
{
    static const char text[] =
        "model_list:\n"
        "  - {model_name: a, litellm_params: {model: openai/gpt-9}}\n"
        "  - {model_name: b, litellm_params: {model: openai/gpt-9, api_base: "
        "'http://127.0.0.1:1/v1'}}\n"
        "  - {model_name: c, litellm_params: {model: openai/gpt-9, input_cost_per_token: 0.5}, "
        "model_info: {max_input_tokens: 7}}\n"
        "  - {model_name: d, litellm_params: {model: openai/mine}}\n"
        "  - {model_name: e, litellm_params: {model: anthropic/claude-opus-5}}\n";
    AUTO_FREE char *rows = mem_printf("%s/families.yaml", dir);
    AUTO_FREE char *file = mem_printf("%s/m.yaml", dir);
    static const char families[] = "families:\n  - {models: [mine], window: 5000, price_in: 3, "
                                   "price_out: 15, price_cached: 0.3}\n";
    assert_true(file_write(rows, families, strlen(families), NULL));
    assert_true(file_write(file, text, strlen(text), NULL));
    families_free();
    struct error e = {0};
    struct models *ms = models_load(NULL, NULL, file, &e);
    assert_non_null(ms);
    const struct model *m[5];
    for (int i = 0; i < 5; i++) {
        const char name[2] = {(char)('a' + i), '\0'};
        m[i] = models_find(ms, name, &e);
        assert_non_null(m[i]);
    }
    assert_int_equal(m[0]->window, 900000);
    assert_int_equal(m[0]->max_output, 90000);
    assert_true(m[0]->price_out == 8e-6 && model_sees(m[0]));
    assert_int_equal(m[1]->window, 0);
    assert_true(m[1]->price_in == 2e-6);
    assert_int_equal(m[2]->window, 7);
    assert_true(m[2]->price_in == 0.5 && m[2]->price_out == 0);
    assert_int_equal(m[3]->window, 5000);
    assert_true(m[3]->price_in == 3 / 1e6 && m[3]->price_cached == 0.3 / 1e6);
    assert_int_equal(m[4]->window, 200000);
    models_free(ms);
    unlink(rows);
    unlink(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_list_is_taken_in),
                                       cmocka_unit_test(whose_word_counts)};
    if (!mkdtemp(dir))
        return 1;
    setenv("MIEN_CONFIG_DIR", dir, 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    AUTO_FREE char *path = mem_printf("%s/prices.tsv", dir);
    unlink(path);
    rmdir(dir);
    known_forget();
    families_free();
    return failed;
}
