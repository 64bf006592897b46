/* The event-stream parser: every rule, and the same events however the bytes are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "net/sse.h"

/* Events as "type:data|". */
static bool collect(void *arg, const char *type, const char *data, size_t n)
{
    struct buf *out = arg;
    buf_addf(out, "%s:", type);
    buf_add(out, data, n);
    buf_addc(out, '|');
    return true;
}

static void parse(const char *in, size_t n, size_t step, struct buf *out)
{
    struct sse s = {.event = collect, .arg = out};
    struct error e = {0};
    for (size_t i = 0; i < n; i += step)
        assert_true(sse_feed(&s, in + i, MIN(step, n - i), &e));
    assert_true(sse_end(&s, &e));
    sse_fini(&s);
}

/* Whole, byte by byte, and in every step between: always the same. */
static void check(const char *in, const char *want)
{
    size_t n = strlen(in);
    for (size_t step = 1; step <= n + 1; step++) {
        AUTO(buf) out = {0};
        parse(in, n, step, &out);
        assert_string_equal(buf_cstr(&out), want);
    }
}

static void fields_and_dispatch(void **state)
{
    check("data: a\n\n", "message:a|");
    check("data:a\n\n", "message:a|");
    check("data:  a\n\n", "message: a|");
    check("data:\ta\n\n", "message:\ta|");
    check("data: a\ndata: b\n\n", "message:a\nb|");
    check("data\n\n", "message:|");
    check("data:\ndata:\n\n", "message:\n|");
    check("event: x\ndata: a\n\ndata: b\n\n", "x:a|message:b|");
    check("event: x\n\ndata: b\n\n", "message:b|");
    check(": comment\n\n:\ndata: a\n\n", "message:a|");
    check("data : a\nDATA: b\nfoo: c\n\n", "");
    check("id: 1\nretry: 10\ndata: a\n\n", "message:a|");
}

static void line_ends(void **state)
{
    check("data: a\r\n\r\ndata: b\r\n\r\n", "message:a|message:b|");
    check("data: a\r\rdata: b\r\r", "message:a|message:b|");
    check("data: a\rdata: b\n\r\n", "message:a\nb|");
    check("data: a\xe2\x80\xa8"
          "b\x0b\n\n",
          "message:a\xe2\x80\xa8"
          "b\x0b|");
}

static void a_lone_cr_is_not_waited_for(void **state)
{
    AUTO(buf) out = {0};
    struct sse s = {.event = collect, .arg = &out};
    assert_true(sse_feed(&s, "data: a\r\r", 9, NULL));
    assert_string_equal(buf_cstr(&out), "message:a|");
    assert_true(sse_feed(&s, "\ndata: b\n\n", 10, NULL));
    assert_string_equal(buf_cstr(&out), "message:a|message:b|");
    sse_fini(&s);
}

static void byte_order_mark(void **state)
{
    check("\xef\xbb\xbf"
          "data: a\n\n",
          "message:a|");
    check("\n\xef\xbb\xbf"
          "data: a\n\n",
          "");
    check("data: \xef\xbb\xbf"
          "a\n\n",
          "message:\xef\xbb\xbf"
          "a|");
}

static void bad_utf8_is_repaired(void **state)
{
    check("data: a\xff"
          "b\xc3\n\n",
          "message:a\xef\xbf\xbd"
          "b\xef\xbf\xbd|");
    check("data: \xe4\xb8\xad\n\n", "message:\xe4\xb8\xad|");
}

static void end_of_input(void **state)
{
    check("data: half", "");
    check("data: half\n", "");
    check("data: [DONE]", "message:[DONE]|");
    check("data: [DONE]\n", "message:[DONE]|");
    check("data: {\"a\":1}", "message:{\"a\":1}|");
    check("data: {\"a\":", "");
}

static void retry_and_id(void **state)
{
    AUTO(buf) out = {0};
    struct sse s = {.event = collect, .arg = &out};
    const char in[] = "retry: 250\nid: 7\ndata: x\n\nretry: 1x\nid: a\0b\ndata: y\n\n";
    assert_true(sse_feed(&s, in, sizeof in - 1, NULL));
    assert_int_equal(s.retry_ms, 250);
    assert_string_equal(buf_cstr(&s.last_id), "7");
    sse_fini(&s);
}

static void lines_and_events_are_capped(void **state)
{
    struct error e = {0};
    struct sse s = {0};
    AUTO(buf) chunk = {0};
    for (int i = 0; i < 1 << 20; i++)
        buf_addc(&chunk, 'x');
    bool ok = sse_feed(&s, "data: ", 6, &e);
    for (int i = 0; i < 20 && ok; i++)
        ok = sse_feed(&s, chunk.ptr, chunk.len, &e);
    assert_false(ok);
    assert_int_equal(e.code, ERR_LIMIT);
    sse_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_dispatch),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(a_lone_cr_is_not_waited_for),
        cmocka_unit_test(byte_order_mark),
        cmocka_unit_test(bad_utf8_is_repaired),
        cmocka_unit_test(end_of_input),
        cmocka_unit_test(retry_and_id),
        cmocka_unit_test(lines_and_events_are_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
