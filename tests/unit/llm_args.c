/* Argument texts: what is valid stays, what is broken is repaired only without loss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "llm/args.h"

static void check(const char *text, const char *want, const char *note_words)
{
    struct error e = {0};
    AUTO_FREE char *note = NULL;
    AUTO_JSON *j = args_parse(text, LLM_FINISH_TOOLS, &note, &e);
    if (!j)
        print_message("%s: %s\n", text ? text : "(null)", e.text);
    assert_non_null(j);
    AUTO_FREE char *got = json_print(j);
    assert_string_equal(got, want);
    if (note_words)
        assert_non_null(note && strstr(note, note_words) ? note : NULL);
    else
        assert_null(note);
}

static void refuse(const char *text, enum llm_finish finish, const char *words)
{
    struct error e = {0};
    AUTO_JSON *j = args_parse(text, finish, NULL, &e);
    if (j || !strstr(e.text, words))
        print_message("%s: %s\n", text, e.text);
    assert_null(j);
    assert_non_null(strstr(e.text, words));
}

static void valid_text_is_never_touched(void **state)
{
    check("{\"a\":\"it's, True ,} ```json\"}", "{\"a\":\"it's, True ,} ```json\"}", NULL);
    check(" {\"a\":[1,2]} \n", "{\"a\":[1,2]}", NULL);
    check("{\"a\":\"{\\\"b\\\":1}\"}", "{\"a\":\"{\\\"b\\\":1}\"}", NULL);
}

static void nothing_is_an_empty_object(void **state)
{
    check(NULL, "{}", NULL);
    check("", "{}", NULL);
    check(" \n\t", "{}", NULL);
    check("null", "{}", NULL);
}

static void lossless_repairs(void **state)
{
    check("\"{\\\"a\\\":1}\"", "{\"a\":1}", "inside a string");
    check("```json\n{\"a\":1}\n```", "{\"a\":1}", "fence");
    check("{\"a\":[1,2,],}", "{\"a\":[1,2]}", "comma");
    check("{'a': 'it\\'s \"x\"', 'b': True, 'c': None}",
          "{\"a\":\"it's \\\"x\\\"\",\"b\":true,\"c\":null}", "single quotes");
    check("{\"a\":\"\\ud800x\"}", "{\"a\":\"\xef\xbf\xbdx\"}", "surrogate");
    check("{\"a\":1,\"a\":2}", "{\"a\":2}", "repeated");
}

static void cut_text_is_an_error_always(void **state)
{
    refuse("{\"path\":\"/tmp/x", LLM_FINISH_TOOLS, "cut short");
    refuse("{\"path\":\"/tmp/x\"", LLM_FINISH_TOOLS, "cut short");
    refuse("{\"a\":[1,2", LLM_FINISH_STOP, "cut short");
    refuse("{\"a\":1}", LLM_FINISH_LENGTH, "token limit");
}

static void what_cannot_be_meant(void **state)
{
    refuse("{\"a\":1}{\"b\":2}", LLM_FINISH_TOOLS, "not JSON");
    refuse("[1]", LLM_FINISH_TOOLS, "one JSON object");
    refuse("7", LLM_FINISH_TOOLS, "one JSON object");
    refuse("\"text\"", LLM_FINISH_TOOLS, "one JSON object");
    refuse("ls -l", LLM_FINISH_TOOLS, "not JSON");
    refuse("{\"a\":\"x\\u0000y\"}", LLM_FINISH_TOOLS, "NUL");
    refuse("{a:1}", LLM_FINISH_TOOLS, "not JSON");
}

static void escaped_backslash_is_no_nul(void **state)
{
    check("{\"a\":\"\\\\u0000\"}", "{\"a\":\"\\\\u0000\"}", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_text_is_never_touched),
        cmocka_unit_test(nothing_is_an_empty_object),
        cmocka_unit_test(lossless_repairs),
        cmocka_unit_test(cut_text_is_an_error_always),
        cmocka_unit_test(what_cannot_be_meant),
        cmocka_unit_test(escaped_backslash_is_no_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
