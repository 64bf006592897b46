/* sanitize: what is removed, and three properties over random input cut at random places. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/sanitize.h"
#include "base/utf8.h"

static void check(const char *in, unsigned flags, const char *expected)
{
    char *out = sanitize_text(in, flags);
    assert_string_equal(out, expected);
    free(out);
}

static void removes_control_sequences(void **state)
{
    check("a\033[31mred\033[0m b", 0, "ared b");
    check("\033]0;title\007x\033]8;;http://a\033\\y", 0, "xy");
    check("\033Pq data\033\\z\033_apc\033\\\033^pm\033\\\033Xsos\033\\!", 0, "z!");
    check("\033(Bx\033=y\0337z", 0, "xyz");
    check("\302\2332Jx \302\235title\302\234y", 0, "x y");
    check("\2332Jx", 0, "x");
    check("bell\007 back\010 del\177", 0, "bell back del");
}

static void keeps_text(void **state)
{
    check("plain\n\ttabbed", 0, "plain\n\ttabbed");
    check("日本語 café 👍🏽", 0, "日本語 café 👍🏽");
    check("", 0, "");
    check(NULL, 0, "");
}

static void a_newline_ends_a_string_sequence(void **state)
{
    check("\033]0;never ends\nshown", 0, "\nshown");
    check("\033[12\nshown", 0, "\nshown");
    check("\033]0;x\030shown", 0, "shown");
}

static void removes_invisible_characters(void **state)
{
    check("a\xe2\x80\xae"
          "b\xe2\x81\xa6"
          "c",
          0, "abc");
    check("z\xe2\x80\x8b"
          "w\xef\xbb\xbf"
          "j\xe2\x80\x8d"
          "x",
          0, "zwjx");
    check("t\xf3\xa0\x81\x81g", 0, "tg");
    check("\xe2\x80\xa8x", 0, "x");
}

static void repairs_bad_utf8(void **state)
{
    check("a\xff"
          "b",
          0,
          "a\xef\xbf\xbd"
          "b");
    check("a\xe2\x82", 0, "a\xef\xbf\xbd");
    check("\xed\xa0", 0, "\xef\xbf\xbd\xef\xbf\xbd");
}

static void carriage_returns(void **state)
{
    check("a\r\nb\r\r\nc", 0, "a\nb\nc");
    check("10%\r50%\r100%\n", 0, "10%50%100%\n");
    check("x\n10%\r50%\r100%\nok\r", SANITIZE_OVERWRITE, "x\n100%\nok");
}

static void shows_what_it_would_remove(void **state)
{
    check("rm \xe2\x80\xae x\033[2J\r!", SANITIZE_VISIBLE, "rm <U+202E> x<U+001B>[2J<U+000D>!");
    check("a\nb\tc", SANITIZE_ONE_LINE, "a b c");
}

static void caps_marks_and_lines(void **state)
{
    check("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81!", 0,
          "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81!");
    size_t n = 200000;
    char *line = malloc(n + 1);
    memset(line, 'x', n);
    line[n] = '\0';
    char *out = sanitize_text(line, 0);
    assert_int_equal(strcspn(out, "\n"), 65536);
    assert_int_equal(strlen(out), n + 3);
    free(out);
    free(line);
}

static uint32_t seed = 12345;

static uint32_t next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

/* Pieces that matter, so that random strings are hostile. */
static void add_random(struct buf *b)
{
    static const char *const pieces[] = {
        "\033",
        "[",
        "]",
        "31m",
        "\007",
        "\\",
        "\033\\",
        "\n",
        "\r",
        "\t",
        "x",
        "日",
        "é",
        "\xcc\x81",
        "\xe2\x80\xae",
        "\xe2\x80\x8d",
        "\xf0\x9f\x91\x8d",
        "\x9b",
        "\xc2\x9b",
        "\x9c",
        "\xff",
        "\xe2",
        "\x82",
        "P",
        "word ",
        "\030",
        "\177",
        "\xf3\xa0\x81\x81",
        "O",
        "(",
        "?",
        ";",
        "\xc2",
        "\xf0\x9f",
    };
    if (next_random() % 8 == 0)
        buf_addc(b, (char)(next_random() % 255 + 1));
    else
        buf_adds(b, pieces[next_random() % COUNT_OF(pieces)]);
}

static void assert_clean(const struct buf *b)
{
    for (size_t i = 0; i < b->len;) {
        uint32_t c;
        size_t used = utf8_decode(b->ptr + i, b->len - i, &c);
        assert_int_not_equal(c, UTF8_BAD);
        assert_true(c >= 0x20 || c == '\n' || c == '\t');
        assert_false(c >= 0x7f && c <= 0x9f);
        assert_false((c >= 0x202a && c <= 0x202e) || (c >= 0x200b && c <= 0x200f));
        assert_false(c >= 0xe0000 && c <= 0xe0fff);
        i += used;
    }
}

static void clean_in_chunks(const struct buf *in, unsigned flags, struct buf *out)
{
    struct sanitizer z = {0};
    for (size_t i = 0; i < in->len;) {
        size_t some = 1 + next_random() % 5, n = MIN(some, in->len - i);
        sanitize_add(&z, in->ptr + i, n, flags, out);
        i += n;
    }
    sanitize_end(&z, flags, out);
}

static void properties_hold(void **state)
{
    static const unsigned flag_sets[] = {0, SANITIZE_VISIBLE, SANITIZE_ONE_LINE,
                                         SANITIZE_OVERWRITE};
    for (int round = 0; round < 20000; round++) {
        unsigned flags = flag_sets[round % COUNT_OF(flag_sets)];
        AUTO(buf) in = {0};
        AUTO(buf) chunked = {0};
        AUTO(buf) again = {0};
        buf_adds(&in, "");
        for (uint32_t n = next_random() % 30; n > 0; n--)
            add_random(&in);
        char *whole = sanitize_text(buf_cstr(&in), flags);
        clean_in_chunks(&in, flags, &chunked);
        assert_clean(&chunked);
        assert_string_equal(whole, buf_cstr(&chunked));
        clean_in_chunks(&chunked, flags, &again);
        assert_string_equal(buf_cstr(&again), whole);
        free(whole);
    }
}

/* The colours of a text, as letters: "r[red]" for colour 2 (1 + red). */
static void colored(const char *in, const char *want)
{
    AUTO_FREE char *text = sanitize_text(in, SANITIZE_COLORS);
    AUTO(buf) out = {0};
    for (const char *p = text; *p;) {
        unsigned color;
        size_t n = sanitize_color(p, &color);
        if (n > 0)
            buf_addf(&out, "<%u%s>", color & SGR_COLOR, color & SGR_BOLD ? "b" : "");
        else
            buf_addc(&out, *p);
        p += n ? n : 1;
    }
    assert_string_equal(buf_cstr(&out), want);
}

static void colors_stay_as_marks(void **state)
{
    colored("plain", "plain");
    colored("\033[31mred\033[0m plain", "<2>red<0> plain");
    colored("\033[1;32mok\033[22m.", "<3b>ok<3>.");
    colored("\033[mx\033[90mgrey", "x<9>grey");
    colored("\033[38;5;196mr\033[38;5;4mb\033[39m.", "<10>r<5>b<0>.");
    colored("\033[38;2;0;255;0mg\033[48;5;1mb", "<11>gb");
    colored("\033[?31mx\033[>4;1my\033[2Kz", "xyz");
    colored("\033[31mone\ntwo\033[0m\nthree", "<2>one\n<2>two\nthree");
    colored("\033[31m\033[32m\033[0mnothing", "nothing");
    colored("\033[1;2;3;4;5;6;7;8;9;31mtoo many", "too many");
    colored("\033[99999999999999mx", "x");
    colored("\xf4\x8f\xa0\x82no mark from outside", "no mark from outside");
    AUTO_FREE char *without = sanitize_text("\033[31mred\033[0m", 0);
    assert_string_equal(without, "red");
}

static void colors_survive_torn_chunks(void **state)
{
    static const char in[] = "a\033[1;31mb\033[0mc\033[38;5;2md";
    AUTO_FREE char *whole = sanitize_text(in, SANITIZE_COLORS);
    struct sanitizer z = {0};
    AUTO(buf) torn = {0};
    for (size_t i = 0; in[i]; i++)
        sanitize_add(&z, in + i, 1, SANITIZE_COLORS, &torn);
    sanitize_end(&z, SANITIZE_COLORS, &torn);
    assert_string_equal(buf_cstr(&torn), whole);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(removes_control_sequences),
        cmocka_unit_test(colors_stay_as_marks),
        cmocka_unit_test(colors_survive_torn_chunks),
        cmocka_unit_test(keeps_text),
        cmocka_unit_test(a_newline_ends_a_string_sequence),
        cmocka_unit_test(removes_invisible_characters),
        cmocka_unit_test(repairs_bad_utf8),
        cmocka_unit_test(carriage_returns),
        cmocka_unit_test(shows_what_it_would_remove),
        cmocka_unit_test(caps_marks_and_lines),
        cmocka_unit_test(properties_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
