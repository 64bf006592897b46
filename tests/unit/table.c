/* Cells as aligned text. */
#include "test.h"

#include <locale.h>

#include "base/table.h"

static const char *const heads[] = {"name", "calls", "errors", "why", NULL};

static char *printed(struct table *t)
{
    struct buf out = {0};
    table_print(t, &out);
    return buf_take(&out);
}

static void columns_are_as_wide_as_what_is_in_them(void **s)
{
    AUTO(table) t = {.heads = heads};
    table_cell(&t, "%s", "grüße");
    table_cell(&t, "%d", 7);
    table_cell(&t, "%d", 0);
    table_cell(&t, "%s", "");
    table_cell(&t, "%s", "a longer one");
    table_cell(&t, "%d", 12345678);
    table_cell(&t, "%d", 0);
    table_cell(&t, "%s", "it broke");
    AUTO_FREE char *text = printed(&t);
    assert_int_equal(table_rows(&t), 2);
    assert_string_equal(text, "name            calls  why\n"
                              "grüße               7\n"
                              "a longer one 12345678  it broke\n");
}

static void nothing_is_printed_of_nothing(void **s)
{
    AUTO(table) t = {.heads = heads};
    AUTO_FREE char *text = printed(&t);
    assert_string_equal(text, "");
}

static void the_first_column_stays_and_wide_characters_count_twice(void **s)
{
    static const char *const two[] = {"a", "b", NULL};
    AUTO(table) t = {.heads = two};
    table_cell(&t, "%s", "");
    table_cell(&t, "%s", "日本");
    table_cell(&t, "%s", "0");
    table_cell(&t, "%s", "x");
    AUTO_FREE char *text = printed(&t);
    assert_string_equal(text, "a  b\n   日本\n0  x\n");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        T(columns_are_as_wide_as_what_is_in_them), T(nothing_is_printed_of_nothing),
        T(the_first_column_stays_and_wide_characters_count_twice)};
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
