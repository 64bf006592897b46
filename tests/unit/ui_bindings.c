/* bindings.yaml: keys of the user's own over the shipped table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "ui/input/keys.h"
#include "ui/views/help.h"

static void load(const char *yaml, struct buf *complaints)
{
    char path[] = "/tmp/mien-bindings-XXXXXX";
    int fd = mkstemp(path);
    struct error e = {0};
    assert_true(fd >= 0);
    assert_true(file_write(path, yaml, strlen(yaml), &e));
    close(fd);
    bindings_load(path, complaints);
    unlink(path);
}

static void a_key_does_what_another_does(void **state)
{
    AUTO(buf) told = {0};
    load("everywhere: {F3: Ctrl-T, F4: C-g, F2: none, Ctrl-X Ctrl-Y: F6}\n"
         "transcript: {Alt-j: j}\n",
         &told);
    assert_string_equal(buf_cstr(&told), "");
    assert_int_equal(keys_find(CONTEXT_GLOBAL, "F3")->action, ACTION_FOCUS_TREE);
    assert_int_equal(keys_find(CONTEXT_GLOBAL, "C-t")->action, ACTION_FOCUS_TREE);
    assert_int_equal(keys_find(CONTEXT_GLOBAL, "F4")->action, ACTION_EDITOR);
    assert_int_equal(keys_find(CONTEXT_GLOBAL, "C-x C-y")->action, ACTION_PICK_MODEL);
    assert_int_equal(keys_find(CONTEXT_TRANSCRIPT, "M-j")->n, 1);
    assert_null(keys_find(CONTEXT_GLOBAL, "F2"));
    /* What help says of F2 it says of the other key for it. */
    assert_string_equal(keys_for(CONTEXT_GLOBAL, "F2")->name, "C-x C-p");
    bindings_unload();
    assert_null(keys_find(CONTEXT_GLOBAL, "F3"));
}

static void keys_change_places(void **state)
{
    AUTO(buf) told = {0};
    load("everywhere: {F5: F6, F6: F5}\n", &told);
    assert_string_equal(buf_cstr(&told), "");
    assert_int_equal(keys_find(CONTEXT_GLOBAL, "F5")->action, ACTION_PICK_MODEL);
    assert_int_equal(keys_find(CONTEXT_GLOBAL, "F6")->action, ACTION_RETRY);
    assert_string_equal(keys_for(CONTEXT_GLOBAL, "F5")->name, "F6");
    bindings_unload();
}

static void what_cannot_be_is_told_and_left_out(void **state)
{
    static const struct {
        const char *yaml, *told;
    } cases[] = {
        {"everywhere: {F5: F6}\n", "nothing else would do \"go on with the unfinished goal\""},
        {"everywhere: {Ctrl-C: none}\n", "it is the way out"},
        {"everywhere: {Hyper-Q: F1}\n", "no key is called \"Hyper-Q\""},
        {"everywhere: {F3: F12}\n", "\"F12\" does nothing there"},
        {"kitchen: {F3: F1}\n", "\"kitchen\" is no place for keys"},
        {"everywhere: F1\n", "is no place for keys"},
        {"- F1\n", "is no place for keys"},
        {"everywhere: {F3: [F1]}\n", "does nothing there"},
        {"everywhere: {F3: ", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(buf) told = {0};
        load(cases[i].yaml, &told);
        assert_true(told.len > 0);
        if (!strstr(buf_cstr(&told), cases[i].told))
            fail_msg("%s: %s", cases[i].yaml, buf_cstr(&told));
        assert_null(keys_find(CONTEXT_GLOBAL, "F3"));
        assert_int_equal(keys_find(CONTEXT_GLOBAL, "F5")->action, ACTION_RETRY);
        bindings_unload();
    }
}

static void no_file_is_no_complaint(void **state)
{
    AUTO(buf) told = {0};
    bindings_load("/nonexistent/bindings.yaml", &told);
    bindings_load(NULL, &told);
    assert_int_equal(told.len, 0);
}

static void the_short_help_names_keys_there_are(void **state)
{
    for (const struct help_brief *b = help_brief; b->text; b++)
        if (b->key && b->context < CONTEXT_COUNT)
            assert_non_null(keys_for(b->context, b->key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_does_what_another_does),
        cmocka_unit_test(keys_change_places),
        cmocka_unit_test(what_cannot_be_is_told_and_left_out),
        cmocka_unit_test(no_file_is_no_complaint),
        cmocka_unit_test(the_short_help_names_keys_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
