/* decoder: names of tokens, torn input, swallowed answers, pastes. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ui/input/decoder.h"

/* Tokens of the bytes as "name name", pastes as {text}. step: bytes given at a time. */
static void decode(const char *bytes, size_t n, size_t step, struct buf *out)
{
    struct decoder d = {0};
    struct token t;
    int64_t now = 1000;
    for (size_t i = 0; i < n; i += step) {
        decoder_add(&d, bytes + i, MIN(step, n - i), now);
        while (decoder_next(&d, now, &t))
            if (t.kind == TOKEN_PASTE)
                buf_addf(out, "{%s} ", t.bytes);
            else if (t.kind == TOKEN_MOUSE)
                buf_addf(out, "mouse%d ", t.button);
            else if (t.kind == TOKEN_BACKGROUND)
                buf_adds(out, t.button ? "light " : "dark ");
            else
                buf_addf(out, "%s ", *t.name ? t.name : "?");
    }
    now += 10000;
    while (decoder_next(&d, now, &t))
        buf_addf(out, "%s ", t.kind == TOKEN_PASTE ? t.bytes : *t.name ? t.name : "?");
    assert_int_equal(decoder_deadline(&d), -1);
    decoder_fini(&d);
}

static void check(const char *bytes, const char *expected)
{
    for (size_t step = 1; step <= 64; step = step == 1 ? 2 : step * 4) {
        AUTO(buf) out = {0};
        decode(bytes, strlen(bytes), step, &out);
        assert_string_equal(buf_cstr(&out), expected);
    }
}

static void names_keys(void **state)
{
    check("a\xc3\xa9\xe6\x97\xa5", "a é 日 ");
    check("\r\t\177\001\003\037", "Enter Tab Backspace C-a C-c C-_ ");
    check("\033[A\033OB\033[1;5C\033[3~\033[5~\033[Z", "Up Down C-Right Del PgUp S-Tab ");
    check("\033OP\033[15~\033[13;2u\033[27;2;13~", "F1 F5 S-Enter S-Enter ");
    check("\033x\033\r\033\177", "M-x M-Enter M-Backspace ");
    check("\033[1;3A", "M-Up ");
    check("\033[99~", "? ");
}

static void a_lone_escape_waits(void **state)
{
    struct decoder d = {0};
    struct token t;
    decoder_add(&d, "\033", 1, 1000);
    assert_false(decoder_next(&d, 1010, &t));
    assert_int_equal(decoder_deadline(&d), 1030);
    assert_true(decoder_next(&d, 1030, &t));
    assert_string_equal(t.name, "Esc");
    decoder_fini(&d);
    check("\033\033[A", "Esc Up ");
}

static void swallows_answers(void **state)
{
    check("x\033[?64;1;2cy", "x y ");
    check("\033]11;rgb:0000/0000/0000\033\\a\033]11;rgb:ff/f0/f\007b", "dark a light b ");
    check("\033]10;rgb:0000/0000/0000\033\\a\033]52;c;AAAA\007b", "a b ");
    check("\033[?2026;2$y\033[24;80R\033P>|iTerm2 3.6.4\033\\z", "z ");
    check("\033[?1u", "");
}

static void pastes_are_one_token(void **state)
{
    check("\033[200~one\rtwo\r\nthree\033[201~x", "{one\ntwo\nthree} x ");
    check("\033[200~a\033[31mb\007\033[201~", "{ab} ");
    check("\033[200~\033[201~", "{} ");
}

static void mouse_and_focus(void **state)
{
    check("\033[<64;10;5M", "mouse64 ");
}

static void bad_bytes_are_dropped(void **state)
{
    check("a\xff\xfe"
          "b\x80"
          "c",
          "a b c ");
}

static void encode_and_decode_agree(void **state)
{
    static const char *const names[] = {"Up",      "F1",      "Enter", "Tab", "PgDn",
                                        "S-Tab",   "C-c",     "M-x",   "é",   "C-End",
                                        "M-Enter", "S-Enter", "Del",   "C-_", "Backspace"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        AUTO(buf) bytes = {0};
        AUTO(buf) out = {0};
        assert_true(decoder_encode(names[i], &bytes));
        decode(bytes.ptr, bytes.len, 64, &out);
        buf_cut(&out, out.len - 1);
        assert_string_equal(buf_cstr(&out), names[i]);
    }
}

static void random_bytes_never_hang(void **state)
{
    uint32_t seed = 99;
    for (int round = 0; round < 5000; round++) {
        char bytes[40];
        static const char likely[] = "\033[]O?<;0123~\r\x9bPX_^mAuR";
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = seed >> 30 ? likely[(seed >> 8) % (sizeof likely - 1)] : (char)(seed >> 16);
        }
        AUTO(buf) out = {0};
        decode(bytes, sizeof bytes, 1 + seed % 7, &out);
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_keys),
        cmocka_unit_test(a_lone_escape_waits),
        cmocka_unit_test(swallows_answers),
        cmocka_unit_test(pastes_are_one_token),
        cmocka_unit_test(mouse_and_focus),
        cmocka_unit_test(bad_bytes_are_dropped),
        cmocka_unit_test(encode_and_decode_agree),
        cmocka_unit_test(random_bytes_never_hang),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
