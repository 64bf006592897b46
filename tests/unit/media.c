/* What bytes are, told from their heads; base64 there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/media.h"

#define S(text) text, sizeof(text) - 1

static void heads_say_what_it_is(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        enum media_kind kind;
        int64_t width, height;
    } cases[] = {
        {S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0"), MEDIA_PNG, 640, 480},
        {S("GIF89a\x80\x02\xe0\x01"), MEDIA_GIF, 640, 480},
        {S("RIFFxxxxWEBPVP8Xxxxx\0\0\0\0\x7f\x02\0\xdf\x01\0"), MEDIA_WEBP, 640, 480},
        {S("RIFFxxxxWEBPVP8Lxxxx\x2f\x7f\xc2\x77\0xxxxx"), MEDIA_WEBP, 640, 480},
        {S("RIFFxxxxWEBPVP8 xxxxxxx\x9d\x01\x2a\x80\x02\xe0\x01"), MEDIA_WEBP, 640, 480},
        {S("\xff\xd8\xff\xe0\0\x04xx\xff\xff\xc0\0\x11\x08\x01\xe0\x02\x80xxx"), MEDIA_JPEG, 640,
         480},
        {S("%PDF-1.7\n"), MEDIA_PDF, 0, 0},
        /* cut, of no size, of another kind */
        {S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01"), MEDIA_NONE, 0, 0},
        {S("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\x01\xe0"), MEDIA_NONE, 0, 0},
        {S("GIF89a\0\0\xe0\x01"), MEDIA_NONE, 0, 0},
        {S("\xff\xd8\xff\xe0\xff\xff"), MEDIA_NONE, 0, 0},
        {S("\xff\xd8\xff\xe0\0\0\xff\xe0\0\0"), MEDIA_NONE, 0, 0},
        {S("RIFFxxxxWEBPVP8?xxxxxxxxxxxxxxxxxx"), MEDIA_NONE, 0, 0},
        {S("I am a text"), MEDIA_NONE, 0, 0},
        {S(""), MEDIA_NONE, 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct media is;
        bool known = media_look(cases[i].bytes, cases[i].n, &is);
        assert_true(known == (cases[i].kind != MEDIA_NONE));
        if (!known)
            continue;
        assert_int_equal(is.kind, cases[i].kind);
        assert_int_equal(is.width, cases[i].width);
        assert_int_equal(is.height, cases[i].height);
    }
}

/* Cut anywhere nothing is read behind its end: the sanitizers look on. */
static void heads_are_cut_anywhere(void **state)
{
    static const char jpeg[] = "\xff\xd8\xff\xe0\0\x04xx\xff\xff\xc0\0\x11\x08\x01\xe0\x02\x80xxx";
    for (size_t n = 0; n < sizeof jpeg; n++) {
        struct media is;
        AUTO(buf) copy = {0};
        buf_add(&copy, jpeg, n);
        (void)media_look(buf_cstr(&copy), n, &is);
    }
}

static void base64_there_and_back(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        AUTO(buf) text = {0};
        AUTO(buf) bytes = {0};
        base64_add(&text, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(buf_cstr(&text), pairs[i][1]);
        assert_true(base64_read(&bytes, buf_cstr(&text), text.len));
        assert_string_equal(buf_cstr(&bytes), pairs[i][0]);
    }
    static const char *const wrong[] = {"Zg==Zg==", "Z*==", "Zg=a", "\xff"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        AUTO(buf) bytes = {0};
        assert_false(base64_read(&bytes, wrong[i], strlen(wrong[i])));
    }
    AUTO(buf) lines = {0};
    assert_true(base64_read(&lines, "Zm9v\r\n Yg", 9));
    assert_string_equal(buf_cstr(&lines), "foob");
}

static void keys_tell_bytes_apart(void **state)
{
    char a[33], b[33], c[33];
    media_key("abc", 3, a);
    media_key("abd", 3, b);
    media_key("abc", 3, c);
    assert_int_equal(strlen(a), 32);
    assert_string_not_equal(a, b);
    assert_string_equal(a, c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_say_what_it_is), cmocka_unit_test(heads_are_cut_anywhere),
        cmocka_unit_test(base64_there_and_back), cmocka_unit_test(keys_tell_bytes_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
