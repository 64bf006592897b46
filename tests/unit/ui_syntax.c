/* syntax: what a table colours, that nothing is lost, and what bad tables and lines do. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/data.h"
#include "base/mem.h"
#include "ui/term/theme.h"
#include "ui/views/diff_view.h"
#include "ui/views/syntax.h"

/* "k:while p:( …": each piece with the letter of its role. */
static char *scan(const char *language, const char *text)
{
    const struct syntax *x = syntax_find(language, strlen(language));
    assert_non_null(x);
    struct syntax_state st = {0};
    struct buf out = {0};
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, "\n");
        AUTO(line) l = {0};
        syntax_line(x, &st, s, n, &l);
        for (size_t i = 0; i < l.text.len; i++) {
            static const char letters[] = "tkyonmfp";
            style role = STYLE_ROLE_OF(l.styles.ptr[i]);
            assert_true(role >= ROLE_SYNTAX_TEXT && role <= ROLE_SYNTAX_PUNCTUATION);
            if (i == 0 || l.styles.ptr[i] != l.styles.ptr[i - 1])
                buf_addf(&out, "%s%c:", i ? "|" : "", letters[role - ROLE_SYNTAX_TEXT]);
            buf_addc(&out, l.text.ptr[i]);
        }
        buf_addc(&out, '\n');
        s += n + (s[n] == '\n');
    }
    return buf_take(&out);
}

static void expect(const char *language, const char *text, const char *want)
{
    AUTO_FREE char *got = scan(language, text);
    assert_string_equal(got, want);
}

static void words_have_their_colours(void **s)
{
    expect("c", "static int f(char *s)", "k:static|t: |y:int|t: |f:f|p:(|y:char|t: |p:*|t:s|p:)\n");
    expect("x.h", "#include <a.h>", "k:#include|t: |p:<|t:a|p:.|t:h|p:>\n");
    expect("c", "x = 'a' + 0x1f; // why",
           "t:x |p:=|t: |o:'a'|t: |p:+|t: |n:0x1f|p:;|t: |m:// why\n");
    expect("c", "/* a\n b */ int", "m:/* a\nm: b */|t: |y:int\n");
    expect("python", "def f(self): return \"a # b\" # c",
           "k:def|t: |f:f|p:(|n:self|p:):|t: |k:return|t: |o:\"a # b\"|t: |m:# c\n");
    expect("py", "'''one\ntwo''' if", "o:'''one\no:two'''|t: |k:if\n");
    expect("rust", "fn f<'a>(x: &'a str)",
           "k:fn|t: f|p:<'|t:a|p:>(|t:x|p::|t: |p:&'|t:a |y:str|p:)\n");
    expect("sh", "for f in $HOME/*; do echo \"$f\"; done",
           "k:for|t: f |k:in|t: |y:$HOME|p:/*;|t: |k:do|t: |y:echo|t: |o:\"$f\"|p:;|t: |k:done\n");
    expect("json", "{\"a\": [1, true, \"b\"]}",
           "p:{|f:\"a\"|p::|t: |p:[|n:1|p:,|t: |n:true|p:,|t: |o:\"b\"|p:]}\n");
    expect("yaml", "- key: value # c", "p:-|t: |f:key|p::|t: value |m:# c\n");
    expect("toml", "a.b = 'c'", "f:a.b|t: |p:=|t: |o:'c'\n");
    expect("sql", "Select a From t -- x", "k:Select|t: a |k:From|t: t |m:-- x\n");
    expect("html", "<a href=\"x\">t</a>", "p:<|k:a|t: |y:href|p:=|o:\"x\"|p:>|t:t|p:</|k:a|p:>\n");
}

static void every_table_keeps_every_byte(void **s)
{
    static const char text[] =
        "a b(c) \"d\\\" e' f /* g */ // h # i `j` <k l=\"m\"> \xc3\xa9 $x @y 12.5 %\\";
    int tables = 0;
    for (const struct data_file *f = data_files; f->name; f++) {
        char name[64] = "";
        if (sscanf(f->name, "themes/syntax/%63[^/.].yaml", name) != 1)
            continue;
        tables++;
        const struct syntax *x = syntax_find(name, strlen(name));
        assert_non_null(x);
        for (size_t n = 0; n < sizeof text; n++) {
            struct syntax_state st = {0};
            AUTO(line) l = {0};
            syntax_line(x, &st, text, n, &l);
            assert_int_equal(l.text.len, n);
            if (n)
                assert_memory_equal(l.text.ptr, text, n);
        }
    }
    assert_true(tables >= 20);
    static const char *const known[] = {"c",
                                        "c++",
                                        "python",
                                        "js",
                                        "ts",
                                        "rust",
                                        "go",
                                        "bash",
                                        "json",
                                        "yaml",
                                        "toml",
                                        "html",
                                        "css",
                                        "sql",
                                        "java",
                                        "kt",
                                        "cs",
                                        "php",
                                        "rb",
                                        "lua",
                                        "swift",
                                        "pl",
                                        "make",
                                        "Makefile",
                                        "Dockerfile",
                                        "hs",
                                        "zig",
                                        "src/a.tsx",
                                        ".bashrc",
                                        "diff",
                                        "CMakeLists.txt"};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (!syntax_find(known[i], strlen(known[i])))
            fail_msg("no table for %s", known[i]);
    assert_null(syntax_find("nothing-like-it", 15));
    assert_null(syntax_find("", 0));
}

static void a_table_of_the_users(void **s)
{
    char top[] = "/tmp/mien-syntax-XXXXXX";
    assert_non_null(mkdtemp(top));
    AUTO_FREE char *dir = mem_printf("%s/syntax", top);
    assert_int_equal(mkdir(dir, 0700), 0);
    static const char *const files[][2] = {
        {"mine.yaml", "names: [mine]\ninherit: c\nkeyword: [unlessy]\n"},
        {"loop.yaml", "names: [loop]\ninherit: loop2\nkeyword: [a]\n"},
        {"loop2.yaml", "names: [loop2]\ninherit: loop\nkeyword: [b]\n"},
        {"odd.yaml",
         "names: 3\nline: {a: b}\nblock: [[x], [y, z, w], q]\nkeyword: {}\nlong: [[\"\", \"\"]]\n"},
        {"broken.yaml", "names: [broken\n"},
    };
    syntax_fini();
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", dir, files[i][0]);
        FILE *f = fopen(path, "w");
        fputs(files[i][1], f);
        fclose(f);
    }
    syntax_set_dir(top);
    expect("mine", "unlessy while", "k:unlessy|t: |k:while\n");
    expect("loop", "a b", "k:a|t: |k:b\n");
    expect("odd", "x y", "t:x y\n");
    assert_null(syntax_find("broken", 6));
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", dir, files[i][0]);
        unlink(path);
    }
    rmdir(dir);
    rmdir(top);
    syntax_fini();
}

static void long_lines_take_no_time(void **s)
{
    AUTO(buf) b = {0};
    for (int i = 0; i < 200000; i++)
        buf_adds(&b, i % 7 ? "word " : "'\"/*\"");
    const struct syntax *x = syntax_find("js", 2);
    struct syntax_state st = {0};
    AUTO(line) l = {0};
    int64_t began = clock_us();
    syntax_line(x, &st, b.ptr, b.len, &l);
    assert_int_equal(l.text.len, b.len);
    assert_true(clock_us() - began < 3000000);
}

static void a_diff_is_counted_by_its_hunks(void **s)
{
    int added, removed;
    diff_view_count("--- a\n+++ b\n@@ -1,2 +1,2 @@\n--- x\n-y\n+++ x\n+z\n", &added, &removed);
    assert_int_equal(added, 2);
    assert_int_equal(removed, 2);
    diff_view_count("-a\n+b\n+c\n", &added, &removed);
    assert_int_equal(added, 2);
    assert_int_equal(removed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(words_have_their_colours), T(every_table_keeps_every_byte),
                                       T(long_lines_take_no_time), T(a_table_of_the_users),
                                       T(a_diff_is_counted_by_its_hunks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
