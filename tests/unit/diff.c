/* diff: what it says makes the one text to the other, and says no more than needed. */
#include "test.h"

#include "base/clock.h"
#include "base/diff.h"
#include "base/mem.h"

static char *diff(const char *a, const char *b)
{
    struct buf out = {0};
    diff_unified(a, strlen(a), b, strlen(b), &out);
    return out.len ? buf_take(&out) : mem_strdup("");
}

static void expect(const char *a, const char *b, const char *want)
{
    AUTO_FREE char *got = diff(a, b);
    assert_string_equal(got, want);
}

static void shared_lines_are_no_change(void **s)
{
    expect("a\nb\n", "a\nb\n", "");
    expect("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n");
    expect("a\n", "", "@@ -1,1 +0,0 @@\n-a\n");
    expect("    while (*p == ' ')\n        p++;\n    return p;\n",
           "    while (isspace(*p))\n        p++; /* tabs */\n    return p;\n",
           "@@ -1,3 +1,3 @@\n-    while (*p == ' ')\n-        p++;\n+    while (isspace(*p))\n"
           "+        p++; /* tabs */\n     return p;\n");
    expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n11\n12\n",
           "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    expect("a\r\nb\r\n", "a\r\nc\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n");
    expect("a\nb", "a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    /* What could stand higher or lower stands where its block ends. */
    expect("f {\n}\n", "f {\n}\ng {\n}\n", "@@ -1,2 +1,4 @@\n f {\n }\n+g {\n+}\n");
}

static void far_changes_are_hunks_of_their_own(void **s)
{
    AUTO(buf) a = {0}, b = {0};
    for (int i = 1; i <= 40; i++) {
        buf_addf(&a, "%d\n", i);
        buf_addf(&b, i == 5 || i == 12 || i == 30 ? "x%d\n" : "%d\n", i);
    }
    AUTO_FREE char *got = diff(buf_cstr(&a), buf_cstr(&b));
    assert_has(got, "@@ -2,14 +2,14 @@\n"); /* 5 and 12 with what lies between */
    assert_has(got, "@@ -27,7 +27,7 @@\n");
    assert_null(strstr(got, " 20\n"));
}

/* Apply it. */
static char *patched(const char *a, const char *hunks)
{
    struct buf out = {0};
    const char *at = a;
    int line = 1;
    for (const char *p = hunks; *p; p += strcspn(p, "\n") + 1) {
        size_t n = strcspn(p, "\n");
        int from, count;
        if (sscanf(p, "@@ -%d,%d", &from, &count) == 2) {
            for (int upto = from + (count == 0); line < upto; line++) {
                size_t l = strcspn(at, "\n") + 1;
                buf_add(&out, at, l);
                at += l;
            }
        } else if (*p != '\\') {
            if (*p != '-')
                buf_add(&out, p + 1, n);
            if (*p != '+') {
                assert_memory_equal(at, p + 1, n - 1);
                at += n;
                line++;
            }
        }
    }
    buf_adds(&out, at);
    return buf_take(&out);
}

static void random_edits_come_back(void **s)
{
    srand(7);
    for (int round = 0; round < 300; round++) {
        AUTO(buf) a = {0}, b = {0};
        int lines = rand() % 60, kinds = 1 + rand() % 12;
        for (int i = 0; i < lines; i++) {
            int word = rand() % kinds;
            if (rand() % 5 || round % 3 == 0)
                buf_addf(&a, "l%d\n", word);
            if (rand() % 5)
                buf_addf(&b, "l%d\n", rand() % 6 ? word : rand() % kinds);
        }
        AUTO_FREE char *hunks = diff(buf_cstr(&a), buf_cstr(&b));
        AUTO_FREE char *got = patched(buf_cstr(&a), hunks);
        assert_string_equal(got, buf_cstr(&b));
    }
}

static void much_is_compared_in_no_time(void **s)
{
    AUTO(buf) a = {0}, b = {0}, c = {0};
    for (int i = 0; i < 10000; i++) {
        buf_addf(&a, "line %d\n", i);
        buf_addf(&b, i % 100 ? "line %d\n" : "other %d\n", i);
        buf_addf(&c, "line %d\n", (i * 7919) % 10000); /* all there, nothing in order */
    }
    AUTO(buf) one = {0}, two = {0};
    int64_t began = clock_us();
    diff_unified(a.ptr, a.len, b.ptr, b.len, &one);
    int64_t few = clock_us() - began;
    assert_true(few < 200000);
    AUTO_FREE char *got = patched(buf_cstr(&a), buf_cstr(&one));
    assert_string_equal(got, buf_cstr(&b));
    began = clock_us();
    diff_unified(a.ptr, a.len, c.ptr, c.len, &two);
    assert_true(clock_us() - began < 5000000);
    AUTO_FREE char *all = patched(buf_cstr(&a), buf_cstr(&two));
    assert_string_equal(all, buf_cstr(&c));
    print_message("10,000 lines: %lld us\n", (long long)few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(shared_lines_are_no_change),
                                       T(far_changes_are_hunks_of_their_own),
                                       T(random_edits_come_back), T(much_is_compared_in_no_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
