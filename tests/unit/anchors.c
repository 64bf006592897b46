/* Edits by line and hash: right lines, stale anchors, what must not meet. */
#include "test.h"

#include "base/mem.h"
#include "behaviors/lib/anchors.h"

static char *anchor(int line, const char *text)
{
    AUTO(buf) out = {0};
    anchor_add(&out, line, text, strlen(text));
    return buf_take(&out);
}

static void expect(const char *text, const struct anchor_edit *edits, size_t n, const char *want)
{
    AUTO(buf) out = {0};
    struct anchor_result r;
    struct error e = {0};
    bool ok = anchors_apply(text, strlen(text), edits, n, &out, &r, &e);
    if (!ok)
        assert_string_equal(e.text, want);
    else
        assert_string_equal(buf_cstr(&out), want);
}

static void lines_are_replaced_where_they_stand(void **s)
{
    AUTO_FREE char *one = anchor(1, "one"), *two = anchor(2, "two"), *three = anchor(3, "three");
    expect("one\ntwo\nthree\n", (struct anchor_edit[]){{two, NULL, ""}}, 1, "one\nthree\n");
    expect("one\ntwo\nthree\n", (struct anchor_edit[]){{three, NULL, "3"}, {one, two, "a\n\nb\n"}},
           2, "a\n\nb\n3\n");
    expect("\xef\xbb\xbfone\r\ntwo", (struct anchor_edit[]){{one, NULL, "1\n1b"}}, 1,
           "\xef\xbb\xbf"
           "1\r\n1b\r\ntwo");
    expect("one\ntwo", (struct anchor_edit[]){{two, NULL, "2\n"}}, 1, "one\n2");
    expect("one  \ntwo", (struct anchor_edit[]){{one, NULL, "1"}}, 1, "1\ntwo");
}

static void what_cannot_be_is_said(void **s)
{
    AUTO_FREE char *one = anchor(1, "one"), *two = anchor(2, "two"), *other = anchor(1, "other");
    AUTO_FREE char *stale =
        mem_printf("line 1 is no longer %s but %s \"one\"; read it again", other, one);
    expect("one\ntwo\n", (struct anchor_edit[]){{other, NULL, "x"}}, 1, stale);
    expect("one\ntwo\n", (struct anchor_edit[]){{two, NULL, "x"}, {one, two, "y"}}, 2,
           "two edits meet in line 2; make them one");
    AUTO_FREE char *turned = mem_printf("%s comes after %s", two, one);
    expect("one\ntwo\n", (struct anchor_edit[]){{two, one, "x"}}, 1, turned);
    expect("", (struct anchor_edit[]){{one, NULL, "x"}}, 1, "there is no line 1; the file has 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(lines_are_replaced_where_they_stand),
                                       T(what_cannot_be_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
