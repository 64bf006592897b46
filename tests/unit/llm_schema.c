/* Arguments against a schema: types, bounds, and what is forgiven. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "behavior/schema.h"

static const char schema_text[] =
    "{\"type\":\"object\",\"required\":[\"path\"],\"properties\":{"
    "\"path\":{\"type\":\"string\",\"minLength\":1},"
    "\"count\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":10},"
    "\"ratio\":{\"type\":\"number\"},\"deep\":{\"type\":\"boolean\"},"
    "\"kind\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"]},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"maxItems\":2},"
    "\"env\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}},"
    "\"either\":{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}]},"
    "\"step\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"title\"]}]},"
    "\"steps\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"title\"],"
    "\"properties\":{\"title\":{\"type\":\"string\"}}}},"
    "\"maybe\":{\"type\":[\"string\",\"null\"]}}}";

static void check(const char *args, const char *want, const char *warning)
{
    struct error e = {0};
    AUTO(buf) warnings = {0};
    AUTO_JSON *schema = json_parse(schema_text, strlen(schema_text), &e);
    AUTO_JSON *j = json_parse(args, strlen(args), &e);
    assert_non_null(schema);
    bool ok = schema_check(schema, j, &warnings, &e);
    if (!ok)
        print_message("%s: %s\n", args, e.text);
    assert_true(ok);
    AUTO_FREE char *got = json_print(j);
    assert_string_equal(got, want);
    assert_string_equal(buf_cstr(&warnings), warning);
}

static void refuse(const char *args, const char *words)
{
    struct error e = {0};
    AUTO_JSON *schema = json_parse(schema_text, strlen(schema_text), &e);
    AUTO_JSON *j = json_parse(args, strlen(args), &e);
    assert_false(schema_check(schema, j, NULL, &e));
    if (!strstr(e.text, words))
        print_message("%s: %s\n", args, e.text);
    assert_non_null(strstr(e.text, words));
}

static void good_arguments_stay(void **state)
{
    check("{\"path\":\"5\",\"count\":5,\"ratio\":1,\"deep\":false,\"kind\":\"a\",\"tags\":[\"x\"]}",
          "{\"path\":\"5\",\"count\":5,\"ratio\":1,\"deep\":false,\"kind\":\"a\",\"tags\":[\"x\"]}",
          "");
    check("{\"path\":\"[1]\",\"maybe\":null,\"either\":\"x\"}",
          "{\"path\":\"[1]\",\"maybe\":null,\"either\":\"x\"}", "");
}

static void coercions(void **state)
{
    check("{\"path\":\"x\",\"count\":\"5\"}", "{\"path\":\"x\",\"count\":5}", "");
    check("{\"path\":\"x\",\"ratio\":\"0.5\"}", "{\"path\":\"x\",\"ratio\":0.5}", "");
    check("{\"path\":\"x\",\"deep\":\"true\"}", "{\"path\":\"x\",\"deep\":true}", "");
    check("{\"path\":\"x\",\"tags\":\"[\\\"a\\\"]\"}", "{\"path\":\"x\",\"tags\":[\"a\"]}", "");
    check("{\"path\":\"x\",\"tags\":\"a\"}", "{\"path\":\"x\",\"tags\":[\"a\"]}", "");
    check("{\"path\":\"x\",\"env\":\"{\\\"A\\\":\\\"1\\\"}\"}",
          "{\"path\":\"x\",\"env\":{\"A\":\"1\"}}", "");
    check("{\"path\":\"x\",\"count\":null}", "{\"path\":\"x\"}", "");
}

static void unknown_members_are_dropped(void **state)
{
    check("{\"path\":\"x\",\"foo\":1,\"steps\":[{\"title\":\"t\",\"bar\":2}]}",
          "{\"path\":\"x\",\"steps\":[{\"title\":\"t\"}]}",
          "ignored unknown parameter foo\nignored unknown parameter steps[0].bar");
}

static void errors_name_the_field(void **state)
{
    refuse("{}", "path: required, expected string, got nothing");
    refuse("{\"path\":5}", "path: expected string, got integer 5");
    refuse("{\"path\":\"\"}", "path: expected text of length at least 1");
    refuse("{\"path\":\"x\",\"count\":11}", "count: expected a number at most 10, got integer 11");
    refuse("{\"path\":\"x\",\"count\":\"5.5\"}", "count: expected integer, got string");
    refuse("{\"path\":\"x\",\"count\":\"0x5\"}", "count: expected integer");
    refuse("{\"path\":\"x\",\"deep\":\"yes\"}", "deep: expected boolean");
    refuse("{\"path\":\"x\",\"kind\":\"c\"}", "kind: expected one of [\"a\",\"b\"]");
    refuse("{\"path\":\"x\",\"tags\":[\"a\",2]}", "tags[1]: expected string");
    refuse("{\"path\":\"x\",\"tags\":[\"a\",\"b\",\"c\"]}",
           "tags: expected a number of items at most 2");
    refuse("{\"path\":\"x\",\"steps\":[{}]}", "steps[0].title: required");
    refuse("{\"path\":\"x\",\"env\":{\"A\":[]}}", "env.A: expected string");
    refuse("{\"path\":\"x\",\"either\":[]}", "either: expected integer or string, got array");
    refuse("{\"path\":\"x\",\"step\":1}", "step: expected string or object, got integer 1");
    refuse("{\"path\":\"x\",\"step\":{}}", "step.title: required");
    refuse("[]", "the arguments: expected object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_arguments_stay),
        cmocka_unit_test(coercions),
        cmocka_unit_test(unknown_members_are_dropped),
        cmocka_unit_test(errors_name_the_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
