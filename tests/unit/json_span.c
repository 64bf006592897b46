/* The bytes of a value inside a JSON text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_span.h"
#include "base/mem.h"

static void members_as_they_stand(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"{\"a\":{\"b\":1}}", "1"},
        {" { \"x\" : [1,{\"a\":2}] , \"a\" : { \"b\" : \"q\\\"}\\ud800\" } }", "\"q\\\"}\\ud800\""},
        {"{\"a\":{\"b\":1,\"b\":2}}", "2"},
        {"{\"a\":{\"b\":[1, {\"b\":3}]}}", "[1, {\"b\":3}]"},
        {"{\"a\":{\"b\":\"\"}}", "\"\""},
        {"{\"a\":{\"b\":-1.5e3 }}", "-1.5e3"},
        {"{\"a\":{\"c\":1}}", NULL},
        {"{\"b\":{\"a\":1}}", NULL},
        {"{\"a\":[1]}", NULL},
        {"[]", NULL},
        {"", NULL},
        {"{\"a\":{\"b\"", NULL},
    };
    const char *const keys[] = {"a", "b"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t n;
        const char *p = json_span(cases[i].text, strlen(cases[i].text), keys, 2, &n);
        AUTO_FREE char *got = p ? mem_strndup(p, n) : NULL;
        assert_int_equal(got != NULL, cases[i].want != NULL);
        if (got)
            assert_string_equal(got, cases[i].want);
    }
    size_t n;
    static const char list[] = "[ 1 , \"a]\", {\"x\":[2]} ]";
    const char *p = json_span_item(list, sizeof list - 1, 2, &n);
    assert_memory_equal(p, "{\"x\":[2]}", n);
    assert_null(json_span_item(list, sizeof list - 1, 3, &n));
    assert_null(json_span_item("[}", 2, 0, &n));
}

static void copies_are_json(void **state)
{
    AUTO_JSON *parsed = cJSON_CreateString("seen");
    static const struct {
        const char *span, *want;
    } cases[] = {{"\"a\\ud800\\u0000\\/\"", "\"a\\ud800\\u0000\\/\""},
                 {"\"a\nb\"", "\"seen\""},
                 {"\"a\xff\"", "\"seen\""},
                 {"\"a", "\"seen\""}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_FREE char *got = json_span_copy(cases[i].span, strlen(cases[i].span), parsed);
        AUTO(buf) added = {0};
        assert_string_equal(got, cases[i].want);
        json_span_add(&added, cases[i].span, strlen(cases[i].span), "seen");
        AUTO_FREE char *quoted = mem_printf("\"%s\"", buf_cstr(&added));
        assert_string_equal(quoted, cases[i].want);
    }
    AUTO_FREE char *nul = json_span_copy("\"a\0b\"", 5, parsed);
    assert_string_equal(nul, "\"seen\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(members_as_they_stand),
                                       cmocka_unit_test(copies_are_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
