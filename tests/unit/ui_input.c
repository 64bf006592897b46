/* input, placeholders, history, draft: what is typed survives. */
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "ui/input/draft.h"
#include "ui/input/input.h"
#include "ui/input/placeholder.h"

static char dir[] = "/tmp/mien-input-XXXXXX";

static void feed(const char *s)
{
    for (; *s; s++)
        input_feed(s, 1);
}

static void submit_and_remember(const char *s)
{
    feed(s);
    input_feed("\r", 1);
    AUTO_FREE char *line = input_take_submitted();
    assert_string_equal(line, s);
    input_history_add(line);
}

static void history_survives_with_its_lines(void **state)
{
    AUTO_FREE char *path = mem_printf("%s/history", dir);
    input_init(path);
    submit_and_remember("one");
    feed("two");
    input_insert("\n", 1);
    feed("lines");
    input_feed("\r", 1);
    AUTO_FREE char *line = input_take_submitted();
    assert_string_equal(line, "two\nlines");
    input_history_add(line);
    submit_and_remember(" hidden");
    input_fini();
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    input_init(path);
    input_feed("\033[A", 3);
    assert_string_equal(input_text(), "two\nlines");
    input_feed("\033[A", 3); /* into the entry's first line */
    input_feed("\033[A", 3);
    assert_string_equal(input_text(), "one");
    input_clear();
    input_fini();
}

static void unknown_keys_insert_nothing(void **state)
{
    input_init(NULL);
    input_feed("\033[99~", 5);
    input_feed("\033[1;9Q", 6);
    assert_string_equal(input_text(), "");
    assert_int_equal(input_underflows(), 0);
    input_fini();
}

static void a_cleared_line_comes_back_once(void **state)
{
    input_init(NULL);
    feed("precious");
    input_clear();
    assert_true(input_is_empty());
    assert_true(input_restore());
    assert_string_equal(input_text(), "precious");
    assert_false(input_restore());
    input_clear();
    input_fini();
}

static void asking_keeps_the_draft(void **state)
{
    input_init(NULL);
    feed("my draft");
    input_feed("\002", 1);
    input_ask("title: ", "old");
    assert_string_equal(input_text(), "old");
    assert_string_equal(input_prompt(), "title: ");
    AUTO_FREE char *draft = input_draft();
    assert_string_equal(draft, "my draft");
    input_ask_end();
    assert_string_equal(input_text(), "my draft");
    assert_int_equal(input_point(), 7);
    input_clear();
    input_fini();
}

static void a_paste_is_one_undo_step(void **state)
{
    input_init(NULL);
    feed("a");
    input_paste("pasted words", 12);
    input_feed("\037", 1);
    assert_string_equal(input_text(), "a");
    input_clear();
    input_fini();
}

static void big_pastes_fold(void **state)
{
    AUTO(buf) big = {0};
    for (int i = 0; i < 812; i++)
        buf_addf(&big, "line %d\n", i);
    input_init(NULL);
    feed("see ");
    input_paste(big.ptr, big.len);
    assert_int_equal(strlen(input_text()), 8); /* one character */
    size_t bytes;
    assert_string_equal(placeholder_label(input_text() + 4, &bytes), "[paste 1: 812 lines]");
    assert_int_equal(bytes, 4);
    AUTO_FREE char *whole = input_expand();
    assert_int_equal(strlen(whole), 4 + big.len);
    assert_memory_equal(whole + 4, big.ptr, big.len);
    assert_null(placeholder_label("[paste 1: 812 lines]", &bytes));
    input_clear();
    input_fini();
}

/* What is sent of the line after these keys. */
static char *after_keys(const struct buf *big, const char *keys)
{
    input_init(NULL);
    feed("a ");
    input_paste(big->ptr, big->len);
    feed(" b");
    for (size_t n; *keys; keys += n) {
        n = *keys == '\033' ? strcspn(keys + 1, "\033\001\002\027\177\037") + 1 : 1;
        input_feed(keys, n);
    }
    char *text = input_expand();
    input_clear();
    input_fini();
    return text;
}

static void a_big_paste_is_one_piece(void **state)
{
    AUTO(buf) big = {0};
    for (int i = 0; i < 200; i++)
        buf_addf(&big, "line %d\n", i);
    AUTO_FREE char *erased = after_keys(&big, "\177\177\177");
    assert_string_equal(erased, "a "); /* Backspace takes it whole */
    AUTO_FREE char *left = after_keys(&big, "\002\002\002\177");
    assert_int_equal(strlen(left), big.len + 3); /* three to the left is before it */
    assert_memory_equal(left, "aline 0", 7);
    AUTO_FREE char *killed = after_keys(&big, "\027\027");
    assert_string_equal(killed, "a ");
    AUTO_FREE char *back = after_keys(&big, "\027\027\037\037");
    assert_int_equal(strlen(back), big.len + 4); /* undo brings it back */
    AUTO_FREE char *word = after_keys(&big, "\001\033d");
    assert_int_equal(strlen(word), big.len + 3);
}

/* Over kill -9 the borders of what was pasted stay. */
static void a_draft_keeps_its_pastes_apart(void **state)
{
    AUTO(buf) big = {0};
    for (int i = 0; i < 30; i++)
        buf_addf(&big, "line %d\n", i);
    input_init(NULL);
    feed("keep this ");
    input_paste(big.ptr, big.len);
    feed(" and that");
    AUTO_FREE char *saved = input_draft();
    AUTO_FREE char *whole = input_expand();
    input_clear();
    input_fini();
    input_init(NULL);
    input_take_draft(saved);
    assert_int_equal(strlen(input_text()), 10 + 4 + 9);
    AUTO_FREE char *again = input_expand();
    assert_string_equal(again, whole);
    input_clear();
    input_fini();
}

static void the_draft_survives(void **state)
{
    AUTO_FREE char *path = mem_printf("%s/draft", dir);
    assert_null(draft_open(path));
    assert_int_equal(draft_deadline(), -1);
    draft_update("half a thought", 1000);
    assert_int_equal(draft_deadline(), 1500);
    draft_update("half a thought more", 1400);
    assert_int_equal(draft_deadline(), 1500);
    draft_close();
    AUTO_FREE char *old = draft_open(path);
    assert_string_equal(old, "half a thought more");
    draft_update("", 2000);
    draft_close();
    assert_false(file_exists(path));
}

static int remove_files(void **state)
{
    static const char *const names[] = {"history", "draft"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", dir, names[i]);
        unlink(path);
    }
    return rmdir(dir);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    setenv("INPUTRC", "/dev/null", 1);
    if (!mkdtemp(dir))
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history_survives_with_its_lines),
        cmocka_unit_test(unknown_keys_insert_nothing),
        cmocka_unit_test(a_cleared_line_comes_back_once),
        cmocka_unit_test(asking_keeps_the_draft),
        cmocka_unit_test(a_paste_is_one_undo_step),
        cmocka_unit_test(big_pastes_fold),
        cmocka_unit_test(a_big_paste_is_one_piece),
        cmocka_unit_test(a_draft_keeps_its_pastes_apart),
        cmocka_unit_test(the_draft_survives),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
