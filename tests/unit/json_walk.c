/* How much of a growing text may be passed on. */
#include "unit/test.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/json_walk.h"

/* What a text comes to: what is sure of it, and how it ended. */
static void check(const char *text, const char *sure, bool done, bool bad)
{
    struct json_walk w = {0};
    json_walk(&w, text, strlen(text));
    if (w.sure != strlen(sure) || w.done != done || w.bad != bad)
        fail_msg("%s: sure %.*s, done %d, bad %d", text, (int)w.sure, text, w.done, w.bad);
    assert_memory_equal(text, sure, w.sure);
}

static void what_is_sure(void **state)
{
    (void)state;
    check("", "", false, false);
    check("{", "", false, false);
    check(" {}", " {}", true, false);
    check("{ \"a", "{ \"a", false, false);
    check("{\"a\"", "{\"a\"", false, false);
    check("{\"a\": tru", "{\"a\": ", false, false);
    check("{\"a\": true", "{\"a\": ", false, false);
    check("{\"a\": true,", "{\"a\": true", false, false);
    check("{\"a\":12", "{\"a\":", false, false);
    check("{\"a\":-12.5e+3 ", "{\"a\":-12.5e+3 ", false, false);
    check("{\"a\":[1, ", "{\"a\":[1", false, false);
    check("{\"a\":[[],{}]}x", "{\"a\":[[],{}]}", true, false);
    check("{\"a\":1}{\"a\":1}", "{\"a\":1}", true, false);
    check("{\"\\", "{\"", false, false);
    check("{\"\\u00", "{\"", false, false);
    check("{\"\\u00e9\\ud83d", "{\"\\u00e9", false, false);
    check("{\"\\ud83d\\ude00", "{\"\\ud83d\\ude00", false, false);
    check("{\"\xf0\x9f\x98", "{\"", false, false);
    check("{\"\xf0\x9f\x98\x80", "{\"\xf0\x9f\x98\x80", false, false);
}

static void what_is_none(void **state)
{
    char deep[2 * JSON_WALK_DEPTH + 8] = "{\"a\":";
    (void)state;
    check("[1]", "", false, true);
    check("```json", "", false, true);
    check("{'a'", "", false, true);
    check("{,", "", false, true);
    check("{\"a\",", "{\"a\"", false, true);
    check("{\"a\":True,", "{\"a\":", false, true);
    check("{\"a\":01,", "{\"a\":", false, true);
    check("{\"a\":1.,", "{\"a\":", false, true);
    check("{\"a\":1,}", "{\"a\":1", false, true);
    check("{\"a\":[1}", "{\"a\":[1", false, true);
    check("{\"a\n", "{\"a", false, true);
    check("{\"\\x", "{\"", false, true);
    check("{\"\\u0000", "{\"", false, true);
    check("{\"\\ude00", "{\"", false, true);
    check("{\"\\ud83dabcdef", "{\"", false, true);
    check("{\"\xff", "{\"", false, true);
    check("{\"\xf0(", "{\"", false, true);
    memset(deep + 5, '[', 2 * JSON_WALK_DEPTH);
    struct json_walk w = {0};
    json_walk(&w, deep, strlen(deep));
    assert_true(w.bad && w.sure < strlen(deep));
}

/* Whatever way a text is cut, the same is sure of it at each place, and all of it at its end. */
static void cut_anywhere(void **state)
{
    static const char text[] =
        "{\"k\": \"a\\u00e9\\ud83d\\ude00\xc3\xa9\\n\", \"l\": [true, false, "
        "null, -0.5e-1, {\"m\": []}], \"n\": {\"o\": 10}}";
    (void)state;
    assert_true(json_is_strict(text, strlen(text)));
    for (size_t step = 1; step <= sizeof text; step++) {
        struct json_walk w = {0};
        for (size_t i = 0, n = 0; n < strlen(text); i++) {
            struct json_walk once = {0};
            char piece[sizeof text];
            n = MIN((i + 1) * step, strlen(text));
            memcpy(piece, text, n);
            piece[n] = '\0';
            json_walk(&w, piece, n);
            json_walk(&once, piece, n);
            assert_int_equal(w.sure, once.sure);
        }
        assert_true(w.done && w.sure == strlen(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(what_is_sure), T(what_is_none), T(cut_anywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
