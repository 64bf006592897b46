/* canvas and cluster: clipping, wide characters, what emoji become. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "support/canvas_dump.h"
#include "ui/term/canvas.h"

static void check(const struct canvas *c, const char *expected)
{
    AUTO(buf) out = {0};
    canvas_dump(c, &out);
    assert_string_equal(buf_cstr(&out), expected);
}

static void clips_to_the_area(void **state)
{
    AUTO(canvas) c = {0};
    canvas_init(&c, 2, 6);
    struct area a = {0, 2, 1, 3};
    assert_int_equal(canvas_put(&c, a, 0, 0, 1, "abcdef", -1), 3);
    canvas_put(&c, a, 1, 0, 1, "no", -1);
    canvas_put(&c, a, 0, -1, 1, "-Z", -1);
    check(&c, "|  Zbc |\n|      |\n");
}

static void wide_characters_never_straddle(void **state)
{
    AUTO(canvas) c = {0};
    canvas_init(&c, 1, 5);
    canvas_put(&c, canvas_area(&c), 0, 0, 0, "日本語", -1);
    check(&c, "|日本 |\n");
    canvas_put(&c, canvas_area(&c), 0, 1, 0, "x", -1);
    check(&c, "| x本 |\n");
    canvas_put(&c, canvas_area(&c), 0, 2, 0, "y", -1);
    check(&c, "| xy  |\n");
}

static void clusters_are_safe_to_draw(void **state)
{
    assert_int_equal(cluster_str_width("e\xcc\x81", 3), 1);
    assert_int_equal(cluster_str_width("👍🏽", strlen("👍🏽")), 2);
    assert_int_equal(cluster_str_width("👩‍💻", strlen("👩‍💻")), 2);
    assert_int_equal(cluster_str_width("❤️", strlen("❤️")), 1);
    assert_int_equal(cluster_str_width("\xcc\x81", 2), 1);
    assert_int_equal(cluster_str_width("\xff\x01", 2), 2);
    struct cluster k;
    cluster_next("👩‍💻!", strlen("👩‍💻!"), &k);
    assert_int_equal(k.len, 4);
    assert_int_equal(k.used, strlen("👩‍💻"));
}

static void fit_counts_columns(void **state)
{
    assert_int_equal(cluster_fit("日本語", 9, 5), 6);
    assert_int_equal(cluster_fit("abc", 3, 9), 3);
    assert_int_equal(cluster_fit("abc", 3, 0), 0);
}

static void cells_compare_as_a_whole(void **state)
{
    AUTO(canvas) a = {0};
    AUTO(canvas) b = {0};
    canvas_init(&a, 1, 2);
    canvas_init(&b, 1, 2);
    canvas_put(&a, canvas_area(&a), 0, 0, 1, "long\xcc\x81", -1);
    canvas_put(&a, canvas_area(&a), 0, 0, 1, "x", -1);
    canvas_put(&b, canvas_area(&b), 0, 0, 1, "x", -1);
    assert_true(canvas_cell_equal(canvas_at(&a, 0, 0), canvas_at(&b, 0, 0)));
    canvas_restyle(&b, canvas_area(&b), 0, 0, 1, 2);
    assert_false(canvas_cell_equal(canvas_at(&a, 0, 0), canvas_at(&b, 0, 0)));
}

static void nothing_fits_into_nothing(void **state)
{
    AUTO(canvas) c = {0};
    canvas_init(&c, 0, 0);
    canvas_put(&c, canvas_area(&c), 0, 0, 0, "x", -1);
    canvas_fill(&c, canvas_area(&c), 1);
    check(&c, "");
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clips_to_the_area),
        cmocka_unit_test(wide_characters_never_straddle),
        cmocka_unit_test(clusters_are_safe_to_draw),
        cmocka_unit_test(fit_counts_columns),
        cmocka_unit_test(cells_compare_as_a_whole),
        cmocka_unit_test(nothing_fits_into_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
