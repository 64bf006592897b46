/* layout and markdown: wrapping, and that no word is ever lost. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "ui/term/links.h"
#include "ui/term/theme.h"
#include "ui/views/item_layout.h"
#include "ui/views/text_wrap.h"

static void check_wrap(const char *text, struct wrap w, const char *expected)
{
    AUTO(line) line = {0};
    AUTO(text_rows) l = {0};
    AUTO(buf) out = {0};
    line_adds(&line, 0, text);
    text_rows_wrap(&l, &line, &w);
    for (size_t i = 0; i < l.rows.len; i++) {
        buf_adds(&out, i > 0 ? "/" : "");
        text_rows_text(&l, i, &out);
    }
    assert_string_equal(buf_cstr(&out), expected);
}

static void breaks_at_spaces(void **state)
{
    check_wrap("one two three", (struct wrap){.width = 8}, "one two/three");
    check_wrap("one two three", (struct wrap){.width = 7}, "one two/three");
    check_wrap("abcdefghij", (struct wrap){.width = 4}, "abcd/efgh/ij");
    check_wrap("", (struct wrap){.width = 4}, "");
    check_wrap("a b", (struct wrap){.width = 1}, "a/b");
}

static void indents_what_follows(void **state)
{
    check_wrap("- one two three", (struct wrap){.width = 8, .indent = 2}, "- one/  two/  three");
    check_wrap("- abcdefghij", (struct wrap){.width = 8, .indent = 2}, "- abcdef/  ghij");
}

static void code_breaks_anywhere(void **state)
{
    check_wrap("if (a b)", (struct wrap){.width = 5, .hard = true}, "if (a/ b)");
}

static void wide_characters_break_anywhere(void **state)
{
    check_wrap("日本語", (struct wrap){.width = 5}, "日本/語");
    check_wrap("> 日本語", (struct wrap){.width = 7, .indent = 2}, "> 日本/  語");
    check_wrap("日", (struct wrap){.width = 1}, "日");
}

static void tabs_become_spaces(void **state)
{
    check_wrap("a\tb", (struct wrap){.width = 20}, "a   b");
}

/* The rows of an item as one text. */
static void item_rows_text(struct item *it, int width, struct buf *out)
{
    item_layout(it, width);
    for (size_t i = 0; i < it->rows.wrapped.rows.len; i++) {
        text_rows_text(&it->rows.wrapped, i, out);
        buf_addc(out, '\n');
    }
}

static void item_free(struct item *it)
{
    buf_fini(&it->text);
    item_layout_drop(it);
}

static void check_markdown(const char *text, const char *expected)
{
    struct item it = {.kind = ITEM_TEXT};
    AUTO(buf) out = {0};
    buf_adds(&it.text, text);
    item_rows_text(&it, 40, &out);
    assert_string_equal(buf_cstr(&out), expected);
    item_free(&it);
}

static void renders_markdown(void **state)
{
    check_markdown("# Title\ntext **bold** and `code`", "Title\ntext bold and code\n");
    check_markdown("- a\n  * b\n12. c", "• a\n  • b\n12. c\n");
    check_markdown("```c\nint **x;\n```\nafter", "╭ c\n│ int **x;\n╰\nafter\n");
    check_markdown("\n\na\n\n\n\nb\n\n", "a\n\nb\n");
    check_markdown("> quoted", "│ quoted\n");
}

static void addresses_lead_somewhere(void **state)
{
    static const struct {
        const char *text, *linked, *url; /* linked: what is underlined; NULL: nothing is */
    } rows[] = {
        {"see https://a.example/b.", "https://a.example/b", "https://a.example/b"},
        {"(http://a.example/x_(y))", "http://a.example/x_(y)", "http://a.example/x_(y)"},
        {"[w](https://a.example/x_(y))!", "w", "https://a.example/x_(y)"},
        {"**https://a.example**, b", "https://a.example", "https://a.example"},
        {"[https://a.example](https://a.example)", "https://a.example", "https://a.example"},
        {"[w](javascript:x)", "w", NULL},
        {"whttps://a.example", NULL, NULL},
        {"https:// and http://", NULL, NULL}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct line line = {0};
        AUTO(buf) linked = {0};
        const char *url = NULL;
        markdown_inline(rows[i].text, strlen(rows[i].text), ROLE_TEXT, &line);
        for (size_t k = 0; k < line.text.len; k++) {
            if (STYLE_ROLE_OF(line.styles.ptr[k]) != ROLE_LINK)
                continue;
            buf_addc(&linked, line.text.ptr[k]);
            url = link_url(STYLE_LINK_OF(line.styles.ptr[k]));
        }
        assert_string_equal(buf_cstr(&linked), rows[i].linked ? rows[i].linked : "");
        assert_string_equal(url ? url : "", rows[i].url ? rows[i].url : "");
        line_fini(&line);
    }
    for (int i = 0; i < 300; i++) { /* numbers end; the words stay */
        AUTO_FREE char *url = mem_printf("https://a.example/%d", i);
        uint8_t number = link_number(url, strlen(url));
        assert_true(number ? strcmp(link_url(number), url) == 0 : i > 200);
    }
    assert_int_equal(link_number("https://a.example/\033", 19), 0);
}

static void marks_that_do_not_close_stay(void **state)
{
    check_markdown("2 * 3 * 4", "2 * 3 * 4\n");
    check_markdown("a **b", "a **b\n");
    check_markdown("snake_case_name and __init__.py", "snake_case_name and __init__.py\n");
    check_markdown("`open", "`open\n");
    check_markdown("#no heading", "#no heading\n");
    check_markdown("\\*not bold\\*", "*not bold*\n");
}

static void streaming_gives_the_same_rows(void **state)
{
    static const char text[] = "# Head\n\nA **bold** word, `code`, and more text to be wrapped at "
                               "the edge.\n- item one\n- item two is longer than one row of forty\n"
                               "```\ncode\n\n  more\n```\nlast words without a newline";
    struct item whole = {.kind = ITEM_TEXT}, piece = {.kind = ITEM_TEXT};
    AUTO(buf) a = {0};
    AUTO(buf) b = {0};
    buf_adds(&whole.text, text);
    item_rows_text(&whole, 40, &a);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        buf_addc(&piece.text, text[i]);
        item_layout(&piece, 40);
    }
    item_rows_text(&piece, 40, &b);
    assert_string_equal(buf_cstr(&a), buf_cstr(&b));
    item_free(&whole);
    item_free(&piece);
}

/* Letters in a row: every one must come out again, in order, whatever the marks around. */
static void no_letter_is_lost(void **state)
{
    static const char marks[] = "*_`#->[]~ \n\\(.)";
    uint32_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct item it = {.kind = ITEM_TEXT};
        char letter = 'a';
        for (int i = 0; i < 40; i++) {
            seed = seed * 1664525u + 1013904223u;
            if (seed >> 28 < 6 && letter <= 'z')
                buf_addc(&it.text, letter++);
            else
                buf_addc(&it.text, marks[(seed >> 16) % (sizeof marks - 1)]);
        }
        AUTO(buf) out = {0};
        item_rows_text(&it, 10, &out);
        char next = 'a';
        for (size_t i = 0; i < out.len; i++)
            next = (char)(next + (out.ptr[i] == next));
        assert_int_equal(next, letter);
        item_free(&it);
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breaks_at_spaces),
        cmocka_unit_test(indents_what_follows),
        cmocka_unit_test(code_breaks_anywhere),
        cmocka_unit_test(wide_characters_break_anywhere),
        cmocka_unit_test(tabs_become_spaces),
        cmocka_unit_test(renders_markdown),
        cmocka_unit_test(addresses_lead_somewhere),
        cmocka_unit_test(marks_that_do_not_close_stay),
        cmocka_unit_test(streaming_gives_the_same_rows),
        cmocka_unit_test(no_letter_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
