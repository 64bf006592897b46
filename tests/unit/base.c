#include "test.h"

#include <locale.h>
#include <math.h>

#include <fcntl.h>
#include <inttypes.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/credential.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/opt.h"
#include "base/utf8.h"
#include "base/yaml.h"

static void buf_grows_cuts_and_takes(void **s)
{
    AUTO(buf) b = {0};
    assert_string_equal(buf_cstr(&b), "");
    for (int i = 0; i < 1000; i++)
        buf_addf(&b, "%d,", i);
    assert_int_equal(strlen(buf_cstr(&b)), b.len);
    buf_drop_head(&b, 2);
    assert_memory_equal(b.ptr, "1,2,", 4);
    buf_cut(&b, 3);
    AUTO_FREE char *t = buf_take(&b);
    assert_string_equal(t, "1,2");
    assert_null(b.ptr);
}

static void json_strings_escape_and_repair(void **s)
{
    AUTO(buf) b = {0};
    static const char in[] = "a\"\\\n\t\x01 é \xff\xc3 z";
    buf_add_json_str(&b, in, sizeof in - 1);
    AUTO_JSON *j = cJSON_Parse(buf_cstr(&b));
    assert_string_equal(j->valuestring, "a\"\\\n\t\x01 é \xef\xbf\xbd\xef\xbf\xbd z");
}

/* Eight bytes are looked at in one step: every byte in every place of two such steps. */
static void texts_are_read_alike_wherever_a_byte_stands(void **s)
{
    for (size_t at = 0; at < 19; at++)
        for (int c = 0; c < 256; c++) {
            char in[20] = "abcdefghijklmnopqrs";
            in[at] = (char)c;
            AUTO(buf) got = {0};
            AUTO(buf) want = {0};
            buf_add_json_str(&got, in, 19);
            buf_addf(&want, "\"%.*s", (int)at, in);
            if (strchr("\"\\\n\r\t", c) && c)
                buf_addf(&want, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c);
            else if (c < 0x20 || c == 0x7f)
                buf_addf(&want, "\\u%04x", (unsigned)c);
            else if (c < 0x80)
                buf_addc(&want, (char)c);
            else
                buf_adds(&want, "\xef\xbf\xbd");
            buf_addf(&want, "%s\"", in + at + 1);
            assert_string_equal(buf_cstr(&got), buf_cstr(&want));
            assert_true(utf8_valid(in, 19) == (c < 0x80));
            AUTO(buf) mended = {0};
            utf8_repair(&mended, in, 19);
            assert_int_equal(mended.len, c < 0x80 ? 19 : 21);
        }
}

static void what_is_formatted_fits_whatever_its_length(void **s)
{
    static const char digits[] = "0123456789012345678901234567890123456789012345678901234567890123"
                                 "4567890123456789012345678901234567890123456789012345678901234567";
    for (int before = 0; before < 128; before++)
        for (int n = 0; n < 128; n++) {
            AUTO(buf) b = {0};
            buf_addf(&b, "%.*s", before, digits);
            buf_addf(&b, "%.*s|", n, digits);
            assert_int_equal(b.len, before + n + 1);
            assert_memory_equal(b.ptr + before, digits, (size_t)n);
            assert_string_equal(b.ptr + before + n, "|");
        }
}

static void utf8_rejects_what_the_standard_rejects(void **s)
{
    static const char *const bad[] = {"\xc0\x80",         "\xe0\x80\x80", "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80", "\x80",         "\xe2\x82"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
    assert_true(utf8_valid("aé€😀", strlen("aé€😀")));
    assert_int_equal(utf8_incomplete_tail("a\xe2\x82", 3), 2);
    assert_int_equal(utf8_incomplete_tail("a\xe2\x82\xac", 4), 0);
    assert_int_equal(utf8_incomplete_tail("a\xff", 2), 0);
    assert_int_equal(utf8_cut("aé", 3, 2), 1);
}

static void iso_times_go_both_ways(void **s)
{
    char text[32];
    clock_iso(INT64_C(1795200000123), text);
    assert_int_equal(clock_parse_iso(text), INT64_C(1795200000123));
    assert_int_equal(clock_parse_iso("soon"), 0);
}

/* Found before a document is built, which would take minutes. */
static void yaml_refuses_depth_at_once(void **s)
{
    static const char *const units[] = {"[", "[ #]\n", "{a: ", "- ", "[[],"};
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        struct error e = {0};
        AUTO(buf) text = {0};
        for (int n = 0; n < 100000; n++)
            buf_adds(&text, units[i]);
        int64_t since = clock_us();
        assert_null(yaml_parse(buf_cstr(&text), text.len, "f.yaml", &e));
        assert_has(e.text, "nested too deep");
        assert_true(clock_us() - since < 20 * 1000000);
    }
}

static void yaml_keeps_lines_and_refuses_doubles(void **s)
{
    struct error e = {0};
    static const char text[] = "a: 1\nb:\n  - x\n  - 'y'\nc: {d: ~}\n";
    AUTO_YAML *y = yaml_parse(text, sizeof text - 1, "f.yaml", &e);
    assert_int_equal(yaml_get(y, "b")->items[1]->line, 4);
    assert_true(yaml_is_null(yaml_get(yaml_get(y, "c"), "d")));
    assert_null(yaml_parse("a: 1\na: 2\n", 10, "f.yaml", &e));
    assert_has(e.text, "f.yaml:2");
    assert_null(yaml_parse("a: [1\n", 6, "f.yaml", &e));
    assert_has(e.text, "f.yaml:");
    AUTO_YAML *none = yaml_parse("", 0, "f.yaml", &e);
    assert_int_equal(none->kind, YAML_MAP);
}

static void yaml_bombs_are_capped(void **s)
{
    AUTO(buf) b = {0};
    buf_adds(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 9; i++)
        buf_addf(&b, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    struct error e = {0};
    assert_null(yaml_parse(buf_cstr(&b), b.len, "bomb.yaml", &e));
    assert_has(e.text, "too many aliases");
}

struct sample {
    bool on;
    int64_t count;
    double share;
    char *kind;
    struct opt_list words;
};
static const struct opt rows[] = {
    {"on", OPT_BOOL, offsetof(struct sample, on), .def = "true"},
    {"count", OPT_INT, offsetof(struct sample, count), .def = "3", .min = 1, .max = 9,
     .alias = "number|n"},
    {"share", OPT_NUM, offsetof(struct sample, share), .def = "0.5"},
    {"kind", OPT_ENUM, offsetof(struct sample, kind), .def = "a", .choices = "a|b"},
    {"words", OPT_LIST, offsetof(struct sample, words)},
    {0},
};

static void options_take_defaults_aliases_and_lists(void **st)
{
    struct sample s = {0};
    struct error e = {0};
    opt_defaults(rows, &s);
    assert_true(s.on && s.count == 3 && s.share == 0.5);
    static const char text[] = "n: 5\nkind: b\nwords: [x, y]\non: no\n";
    AUTO_YAML *y = yaml_parse(text, sizeof text - 1, "f", &e);
    assert_true(opt_overlay(rows, &s, y, "it", &e));
    assert_true(!s.on && s.count == 5 && s.words.count == 2);
    AUTO_FREE char *shown = opt_format(&rows[4], &s);
    assert_string_equal(shown, "[x, y]");
    opt_clear(rows, &s);
}

static void option_errors_help(void **st)
{
    static const struct {
        const char *text, *want;
    } cases[] = {{"cuont: 1", "did you mean \"count\""}, {"count: x", "a whole number from 1 to 9"},
                 {"count: 10", "from 1 to 9"},           {"kind: c", "a|b"},
                 {"on: maybe", "true or false"},         {"words: {a: b}", "a list"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sample s = {0};
        struct error e = {0};
        AUTO_YAML *y = yaml_parse(cases[i].text, strlen(cases[i].text), "f.yaml", &e);
        assert_false(opt_overlay(rows, &s, y, "it", &e));
        assert_has(e.text, cases[i].want);
        assert_has(e.text, "f.yaml:1");
        opt_clear(rows, &s);
    }
}

static void secrets_are_masked(void **s)
{
    AUTO(buf) out = {0};
    log_hide("sk-secret-value");
    static const char *const pieces[] = {"x sk-", "secr", "et-value sk-se", "c", " sk-secret-val"};
    AUTO(buf) held = {0}, parted = {0};
    for (size_t i = 0; i < COUNT_OF(pieces); i++)
        log_mask_part(&held, &parted, pieces[i], strlen(pieces[i]));
    assert_string_equal(buf_cstr(&parted), "x [hidden] sk-sec ");
    log_mask_rest(&held, &parted);
    assert_string_equal(buf_cstr(&parted), "x [hidden] sk-sec sk-secret-val");
    log_mask(&out, "a sk-secret-value b sk-secret-valu", 34);
    assert_string_equal(buf_cstr(&out), "a [hidden] b sk-secret-valu");
}

static void credentials_of_a_configuration_are_masked(void **s)
{
    static const char *const hidden[] = {"tok-of-a-header", "passw0rd-x",   "query-key-1",
                                         "env-value-1",     "word-value-1", "q7Rz4kLm9Xc2Vb8Nw3Ty",
                                         "user-token-1"};
    static const char *const shown[] = {"production", "example.com",   "/usr/lib/server",
                                        "name-of-me", "--stdio-is-it", "page-number"};
    credential_hide("Authorization", "Bearer tok-of-a-header");
    credential_hide_url(
        "https://name-of-me:passw0rd-x@example.com/a?api_key=query-key-1&p=page-number#x");
    credential_hide_url("https://user-token-1@example.com/");
    credential_hide("SERVICE_TOKEN", "env-value-1");
    credential_hide("NODE_ENV", "production");
    credential_hide("ANYTHING", "q7Rz4kLm9Xc2Vb8Nw3Ty");
    credential_hide_word("--api-key", "word-value-1");
    credential_hide_word("-y", "/usr/lib/server");
    credential_hide_word(NULL, "--stdio-is-it");
    for (size_t i = 0; i < COUNT_OF(hidden); i++) {
        AUTO(buf) out = {0};
        log_mask(&out, hidden[i], strlen(hidden[i]));
        if (strcmp(buf_cstr(&out), "[hidden]") != 0)
            fail_msg("%s: %s", hidden[i], buf_cstr(&out));
    }
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        AUTO(buf) out = {0};
        log_mask(&out, shown[i], strlen(shown[i]));
        assert_string_equal(buf_cstr(&out), shown[i]);
    }
    /* base64 of a:, of ab: and of abc: before "env-value-1", and after it more */
    static const char *const coded[] = {
        "YTplbnYtdmFsdWUtMQ==", "YWI6ZW52LXZhbHVlLTE=", "YWJjOmVudi12YWx1ZS0xISEh"};
    for (size_t i = 0; i < COUNT_OF(coded); i++) {
        AUTO(buf) out = {0};
        log_mask(&out, coded[i], strlen(coded[i]));
        assert_non_null(strstr(buf_cstr(&out), "[hidden]"));
    }
    log_close();
}

static void whole_numbers_are_written_whole(void **s)
{
    static const int64_t numbers[] = {0, 7, -7, 10, 1234567890123456789, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        AUTO(buf) out = {0}, want = {0};
        buf_add_int(&out, numbers[i]);
        buf_addf(&want, "%" PRId64, numbers[i]);
        assert_string_equal(buf_cstr(&out), buf_cstr(&want));
    }
}

static int fired;
static void fire(void *arg)
{
    fired += *(int *)arg;
}
static void on_readable(void *arg, int fd, short revents)
{
    char c;
    fired += read(fd, &c, 1) == 1 ? 100 : 0;
}

static int looked;
static void on_maybe_readable(void *arg, int fd, short revents)
{
    char c;
    looked++;
    fired += read(fd, &c, 1) == 1 ? 100 : 0;
}

/* The limit of open files beneath what is open: poll(2) refuses, and nobody may spin for it. */
static void a_loop_that_cannot_wait_looks_now_and_then(void **s)
{
    struct error e = {0};
    struct rlimit old, low = {2, 0};
    struct loop *l = loop_new(&e);
    int p[2];
    fired = looked = 0;
    assert_int_equal(pipe2(p, O_NONBLOCK | O_CLOEXEC), 0);
    loop_fd_add(l, p[0], POLLIN, on_maybe_readable, NULL);
    loop_fd_add(l, p[0], POLLIN, on_maybe_readable, NULL);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low.rlim_max = old.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int64_t until = clock_ms() + 200;
    while (clock_ms() < until)
        loop_step(l, until);
    int steps = looked / 2;
    assert_int_equal(write(p[1], "x", 1), 1);
    loop_step(l, clock_ms() + 1000);
    setrlimit(RLIMIT_NOFILE, &old);
    assert_in_range(steps, 1, 20);
    assert_int_equal(fired, 100);
    close(p[0]);
    close(p[1]);
    loop_free(l);
}

static void loop_runs_timers_descriptors_and_wakes(void **s)
{
    struct error e = {0};
    struct loop *l = loop_new(&e);
    int one = 1, ten = 10, p[2];
    fired = 0;
    loop_timer_add(l, clock_ms() + 5, fire, &one);
    struct loop_timer *gone = loop_timer_add(l, clock_ms() + 5, fire, &ten);
    loop_timer_remove(l, gone);
    while (fired == 0)
        loop_step(l, -1);
    assert_int_equal(fired, 1);
    assert_int_equal(pipe(p), 0);
    struct loop_fd *w = loop_fd_add(l, p[0], POLLIN, on_readable, NULL);
    assert_int_equal(write(p[1], "xy", 2), 2);
    loop_step(l, -1);
    assert_int_equal(fired, 101);
    loop_fd_remove(l, w);
    loop_wake(l);
    loop_step(l, -1);
    assert_int_equal(fired, 101);
    close(p[0]);
    close(p[1]);
    loop_free(l);
}

static void json_errors_give_the_place(void **s)
{
    struct error e = {0};
    assert_null(json_parse("{\"a\":1}\n x", 10, &e));
    assert_has(e.text, "line 2");
    assert_null(json_parse("{\"a\":", 5, &e));
    assert_has(e.text, "ends early");
}

/* Text in, the same text out: what a double cannot hold, and what needs no digits kept. */
static void json_numbers_keep_their_digits(void **state)
{
    static const char *const same[] = {
        "{\"id\":1154321098765432109}",
        "9007199254740991",
        "-9007199254740993",
        "[1,[2,{\"a\":9007199254740993}],3,18446744073709551616,123456789012345678901234567890]",
        "{\"text\":\"12345678901234567890 \\\" -1\",\"n\":1152921504606846977}",
        "{\"12345678901234567890\":1}",
        "[3.14159265358979323846,1e400,-1.5E+300,0.1,1.5,-0]",
        "[1000000000000000000,0,-1,2147483648]",
    };
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        AUTO_JSON *j = json_parse(same[i], strlen(same[i]), NULL);
        AUTO_JSON *copy = cJSON_Duplicate(j, true);
        AUTO_FREE char *text = json_print(copy), *lines = json_print_lines(j);
        assert_string_equal(text, same[i]);
        AUTO_JSON *again = json_parse(lines, strlen(lines), NULL);
        AUTO_FREE char *back = json_print(again);
        assert_string_equal(back, same[i]);
    }
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_int(j, "a", INT64_MAX);
    json_add_int(j, "b", -5);
    json_add(j, "c", cJSON_CreateNumber(0.1 + 0.2));
    json_add(j, "d", cJSON_CreateNumber(9007199254740991.0));
    json_add(j, "e", json_number(1, "0x1"));
    json_add(j, "f", cJSON_CreateNumber(INFINITY));
    AUTO_FREE char *text = json_print(j);
    assert_string_equal(text, "{\"a\":9223372036854775807,\"b\":-5,\"c\":0.3,"
                              "\"d\":9007199254740991,\"e\":1,\"f\":null}");
    static const char odd[] = "[1,{},[],{\"a\":\"\\u0001\\n/é\"},true,false,null]";
    AUTO_JSON *o = json_parse(odd, strlen(odd), NULL);
    AUTO_FREE char *compact = json_print(o), *pretty = json_print_lines(o),
                   *theirs = cJSON_Print(o);
    assert_string_equal(compact, odd);
    assert_string_equal(pretty, theirs);
    AUTO_FREE char *nothing = json_print(NULL);
    assert_string_equal(nothing, "null");
}

/* A key may hold quotes and backslashes, and stand in JSON, also in JSON inside JSON. */
static void secrets_are_hidden_in_json_too(void **state)
{
    static const char secret[] = "sk-\"q\"-\\tail\\-9";
    AUTO(buf) one = {0}, two = {0};
    log_hide(secret);
    log_hide("sk-\"q\"-"); /* begins alike: the longer one is hidden whole */
    buf_add_json_str(&one, secret, strlen(secret));
    buf_add_json_str(&two, one.ptr, one.len);
    const char *const texts[] = {secret, buf_cstr(&one), buf_cstr(&two)};
    const char *const want[] = {"[hidden]", "\"[hidden]\"", "\"\\\"[hidden]\\\"\""};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        AUTO(buf) out = {0};
        log_mask(&out, texts[i], strlen(texts[i]));
        assert_string_equal(buf_cstr(&out), want[i]);
    }
    log_close();
}

static void json_strictness(void **state)
{
    static const char *const good[] = {"{}",     " [1, -0.5e+3,\t0]\r\n", "\"a\\n\\\"b\"", "-1",
                                       "1E9999", "{\"01\":\"1.\"}",       "\"\x7f\""};
    static const char *const bad[] = {
        "",     "[01]",       "[1.]",   "[-]",   "[1.e5]",  "[1e]", "\"a\nb\"", "{\"\t\":1}",
        "[1]x", "[1,\x0b 2]", "[\x01]", "[-01]", "{'a':1}", "[.5]", "[+1]",     "\"\xf4\""};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(json_is_strict(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(json_is_strict(bad[i], strlen(bad[i])));
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {cmocka_unit_test(json_numbers_keep_their_digits),
                                       cmocka_unit_test(json_strictness),
                                       cmocka_unit_test(secrets_are_hidden_in_json_too),
                                       T(buf_grows_cuts_and_takes),
                                       T(json_strings_escape_and_repair),
                                       T(texts_are_read_alike_wherever_a_byte_stands),
                                       T(what_is_formatted_fits_whatever_its_length),
                                       T(utf8_rejects_what_the_standard_rejects),
                                       T(iso_times_go_both_ways),
                                       T(yaml_keeps_lines_and_refuses_doubles),
                                       T(yaml_refuses_depth_at_once),
                                       T(yaml_bombs_are_capped),
                                       T(options_take_defaults_aliases_and_lists),
                                       T(option_errors_help),
                                       T(secrets_are_masked),
                                       T(credentials_of_a_configuration_are_masked),
                                       T(whole_numbers_are_written_whole),
                                       T(loop_runs_timers_descriptors_and_wakes),
                                       T(a_loop_that_cannot_wait_looks_now_and_then),
                                       T(json_errors_give_the_place)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
