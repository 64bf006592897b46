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
    struct json_items l = json_items(list, sizeof list - 1);
    static const char *const items[] = {"1", "\"a]\"", "{\"x\":[2]}"};
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        const char *p = json_items_next(&l, &n);
        assert_int_equal(n, strlen(items[i]));
        assert_memory_equal(p, items[i], n);
    }
    assert_null(json_items_next(&l, &n));
    static const char *const none[] = {"[}", "[]", "{}", "", " [ "};
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        l = json_items(none[i], strlen(none[i]));
        assert_null(json_items_next(&l, &n));
    }
    l = json_items(NULL, 0);
    assert_null(json_items_next(&l, &n));
}

static void only_some_members(void **state)
{
    static const char *const names[] = {"a", "b", NULL};
    static const struct {
        const char *text, *want;
    } cases[] = {
        {" { \"x\":{\"a\":1}, \"a\" : [1,\"}\"] ,\"b\":\"\\\"\"} ",
         "{\"a\":[1,\"}\"],\"b\":\"\\\"\"}"},
        {"{\"x\":1}", "{}"},
        {"{}", "{}"},
        {"[\"a\"]", NULL},
        {"{\"a\":1", NULL},
        {"{\"a\":1} {", NULL},
        {"{\"a\"", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(buf) out = {0};
        bool ok = json_span_only(cases[i].text, strlen(cases[i].text), names, &out);
        assert_true(ok == (cases[i].want != NULL));
        if (ok)
            assert_string_equal(buf_cstr(&out), cases[i].want);
    }
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
                                       cmocka_unit_test(only_some_members),
                                       cmocka_unit_test(copies_are_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
