/* theme: shipped themes load, errors say where and what was meant, colours are fitted. */
#include <math.h>
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

/* Without colours it is weight that tells: what came stands out, what went does not. */
static void mono_tells_by_weight(void **state)
{
    struct error e = {0};
    struct theme t;
    assert_true(theme_load(&t, "mono", NULL, &e));
    assert_true(t.looks[ROLE_DIFF_ADD].attrs & ATTR_BOLD);
    assert_true(t.looks[ROLE_DIFF_DEL].attrs & ATTR_DIM);
    assert_false(t.looks[ROLE_DIFF_DEL].attrs & ATTR_BOLD);
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

/* ---- contrast, as WCAG computes it ---- */

static double linear(int v)
{
    double c = v / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(int32_t rgb)
{
    return 0.2126 * linear(rgb >> 16 & 0xff) + 0.7152 * linear(rgb >> 8 & 0xff) +
           0.0722 * linear(rgb & 0xff);
}

static double ratio(int32_t a, int32_t b)
{
    double la = luminance(a), lb = luminance(b);
    return (MAX(la, lb) + 0.05) / (MIN(la, lb) + 0.05);
}

#define SYNTAX                                                                   \
    ROLE_SYNTAX_TEXT, ROLE_SYNTAX_KEYWORD, ROLE_SYNTAX_TYPE, ROLE_SYNTAX_STRING, \
        ROLE_SYNTAX_NUMBER, ROLE_SYNTAX_FUNCTION, ROLE_SYNTAX_PUNCTUATION
/* Words of the transcript and the tree stand on the terminal's page. */
static const enum role on_page[] = {
    ROLE_TEXT,         ROLE_MUTED,       ROLE_ACCENT,       ROLE_GOOD,           ROLE_WARN,
    ROLE_BAD,          ROLE_REASONING,   ROLE_HEADING,      ROLE_CODE,           ROLE_STRONG,
    ROLE_EMPHASIS,     ROLE_BULLET,      ROLE_LINK,         ROLE_TABLE_HEAD,     ROLE_QUOTE,
    ROLE_TOOL,         ROLE_TOOL_ARGS,   ROLE_TOOL_RESULT,  ROLE_TOOL_OUTPUT,    ROLE_DIFF_ADD,
    ROLE_DIFF_DEL,     ROLE_NOTICE,      ROLE_TREE_GOAL,    ROLE_TREE_DONE,      ROLE_TREE_ACTIVE,
    ROLE_TREE_PENDING, ROLE_TREE_FAILED, ROLE_TREE_CLAIMED, ROLE_TREE_DIM,       ROLE_KEY,
    ROLE_HINT,         ROLE_TOAST,       ROLE_GAUGE_USED,   ROLE_SYNTAX_COMMENT, SYNTAX};
static const enum role on_panel[] = {ROLE_INPUT, ROLE_PROMPT, ROLE_MUTED,
                                     ROLE_WARN,  ROLE_ACCENT, ROLE_TOAST};
static const enum role on_header[] = {ROLE_HEADER,     ROLE_HEADER_NAME, ROLE_HEADER_GOAL,
                                      ROLE_HEADER_DIM, ROLE_HEADER_MODE, ROLE_HEADER_WARN};
static const enum role on_band[] = {ROLE_USER};
static const enum role on_menu[] = {ROLE_MENU, ROLE_MENU_HELP, ROLE_KEY};
static const enum role on_selected[] = {ROLE_MENU_SELECTED};
static const enum role on_dialog[] = {ROLE_DIALOG,     ROLE_DIALOG_TITLE, ROLE_DIALOG_DETAIL,
                                      ROLE_DIALOG_WHY, ROLE_DIFF_NUMBER,  SYNTAX};
static const enum role on_cursor[] = {ROLE_CURSOR};
static const enum role on_row[] = {ROLE_DIFF_NUMBER, ROLE_TEXT, SYNTAX};
static const enum role on_word[] = {ROLE_TEXT};
static const enum role comments[] = {ROLE_SYNTAX_COMMENT};

static const struct surface {
    enum role surface;
    const enum role *words;
    size_t count;
    double least;
} surfaces[] = {
#define ON(role, list, least)                    \
    {                                            \
        ROLE_##role, list, COUNT_OF(list), least \
    }
    ON(TEXT, on_page, 4.5),          ON(PANEL, on_panel, 4.5),
    ON(HEADER, on_header, 4.5),      ON(BAND, on_band, 4.5),
    ON(MENU, on_menu, 4.5),          ON(MENU_SELECTED, on_selected, 4.5),
    ON(DIALOG, on_dialog, 4.5),      ON(CURSOR, on_cursor, 4.5),
    ON(DIFF_ADD_ROW, on_row, 4.5),   ON(DIFF_DEL_ROW, on_row, 4.5),
    ON(DIFF_ADD_WORD, on_word, 4.5), ON(DIFF_DEL_WORD, on_word, 4.5),
    ON(DIFF_ADD_ROW, comments, 3.5), ON(DIFF_DEL_ROW, comments, 3.5),
};

static void words_can_be_read(void **state)
{
    static const struct {
        const char *name;
        int32_t page;
        double more; /* what it promises beyond the least */
    } themes[] = {{"dark", 0x14161b, 1},
                  {"ember", 0x14161b, 1},
                  {"light", 0xffffff, 1},
                  {"paper", 0xffffff, 1},
                  {"contrast", 0x000000, 7 / 4.5},
                  {"blue-orange", 0x14161b, 1},
                  {"blue-orange-light", 0xffffff, 1}};
    int bad = 0;
    for (size_t i = 0; i < COUNT_OF(themes); i++) {
        struct theme t;
        struct error e = {0};
        assert_true(theme_load(&t, themes[i].name, NULL, &e));
        for (size_t k = 0; k < COUNT_OF(surfaces); k++) {
            const struct surface *s = &surfaces[k];
            int32_t surface = t.looks[s->surface].bg;
            for (size_t w = 0; w < s->count; w++) {
                const struct look *l = &t.looks[s->words[w]];
                int32_t bg = l->bg != COLOR_DEFAULT     ? l->bg
                             : surface != COLOR_DEFAULT ? surface
                                                        : themes[i].page;
                int32_t fg = l->fg != COLOR_DEFAULT ? l->fg : t.looks[ROLE_TEXT].fg;
                if (fg == COLOR_DEFAULT || ratio(fg, bg) >= s->least * themes[i].more)
                    continue;
                print_message("%s: role %d on surface %d: #%06x on #%06x is %.2f\n", themes[i].name,
                              (int)s->words[w], (int)s->surface, (unsigned)fg, (unsigned)bg,
                              ratio(fg, bg));
                bad++;
            }
        }
    }
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_themes_load),   cmocka_unit_test(words_can_be_read),
        cmocka_unit_test(errors_name_the_place), cmocka_unit_test(an_unknown_theme_lists_the_names),
        cmocka_unit_test(roles_fall_back),       cmocka_unit_test(mono_tells_by_weight),
        cmocka_unit_test(colours_are_fitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
