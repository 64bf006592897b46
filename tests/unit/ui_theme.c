/* theme: shipped themes load, errors say where and what was meant, colours are fitted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "ui/term/color.h"
#include "ui/term/theme.h"

/* Load a theme "my" with this text from a directory of the user's themes. */
static bool load_text(struct theme *t, const char *text, struct error *e)
{
    char dir[] = "/tmp/mien-theme-XXXXXX";
    assert_non_null(mkdtemp(dir));
    AUTO_FREE char *path = mem_printf("%s/my.yaml", dir);
    assert_true(file_write(path, text, strlen(text), NULL));
    bool ok = theme_load(t, "my", dir, e);
    unlink(path);
    rmdir(dir);
    return ok;
}

static void check_error(const char *text, const char *expected)
{
    struct theme t;
    struct error e = {0};
    assert_false(load_text(&t, text, &e));
    const char *file = strstr(e.text, "my.yaml:");
    assert_non_null(file);
    assert_string_equal(file, expected);
}

static void load_one(void *arg, const char *name)
{
    struct theme t;
    struct error e = {0};
    if (!theme_load(&t, name, NULL, &e))
        fail_msg("%s: %s", name, e.text);
    (*(int *)arg)++;
}

static void shipped_themes_load(void **state)
{
    int count = 0;
    theme_each(NULL, load_one, &count);
    assert_true(count >= 3);
}

static void errors_name_the_place(void **state)
{
    check_error("text: {fg: \"#12345\"}",
                "my.yaml:1: \"#12345\" is no colour: use \"#rrggbb\", a name or 0-255");
    check_error("text: {}\nheadin: {bold: true}",
                "my.yaml:2: no role is called \"headin\"; did you mean heading");
    check_error("text: {bol: true}", "my.yaml:1: unknown key \"bol\"; did you mean bold");
    check_error("text: {bold: 3}", "my.yaml:1: bold must be true or false");
    check_error("text: red", "my.yaml:1: text must be a map like {fg: \"#7aa2f7\", bold: true}");
}

static void an_unknown_theme_lists_the_names(void **state)
{
    struct theme t;
    struct error e = {0};
    assert_false(theme_load(&t, "neon", NULL, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_non_null(strstr(e.text, "no theme named \"neon\"; try: "));
    assert_non_null(strstr(e.text, "dark"));
}

static void roles_fall_back(void **state)
{
    struct theme t;
    static const char text[] = "accent: {fg: \"#010203\", bold: true}\ntool: {bg: 7}";
    assert_true(load_text(&t, text, NULL));
    assert_int_equal(t.looks[ROLE_TOOL].fg, 0x010203);
    assert_int_equal(t.looks[ROLE_TOOL].bg, COLOR_INDEX | 7);
    assert_int_equal(t.looks[ROLE_TOOL].attrs, 0);
    assert_int_equal(t.looks[ROLE_USER].attrs, ATTR_BOLD);
    assert_int_equal(t.looks[ROLE_TEXT].fg, COLOR_DEFAULT);
}

static void colours_are_fitted(void **state)
{
    assert_int_equal(color_to_256(0xff0000), 196);
    assert_int_equal(color_to_256(0xffffff), 231);
    assert_int_equal(color_to_256(0x808080), 244);
    assert_int_equal(color_to_16(0xff0000), 9);
    assert_int_equal(color_to_16(0x000000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_themes_load),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(an_unknown_theme_lists_the_names),
        cmocka_unit_test(roles_fall_back),
        cmocka_unit_test(colours_are_fitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
