/* The tables of keys and commands: sorted, whole, without conflicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ui/app/command_line.h"
#include "ui/app/commands.h"
#include "ui/input/decoder.h"
#include "ui/input/keys.h"

static void commands_are_sorted_and_whole(void **state)
{
    for (const struct command *c = commands; c->name; c++) {
        assert_non_null(c->run);
        assert_true(strlen(c->help) > 4);
        if (c != commands)
            assert_true(strcmp(c[-1].name, c->name) < 0);
        assert_ptr_equal(command_find(c->name, strlen(c->name)), c);
        if (c->alias)
            assert_ptr_equal(command_find(c->alias, strlen(c->alias)), c);
    }
}

static void arity_follows_the_row(void **state)
{
    int least, most;
    command_arity(&(struct command){.args = ""}, &least, &most);
    assert_true(least == 0 && most == 0);
    command_arity(&(struct command){.args = "<a> [b]"}, &least, &most);
    assert_true(least == 1 && most == 2);
    command_arity(&(struct command){.args = "<text...>"}, &least, &most);
    assert_true(least == 1 && most == -1);
}

static void tells_commands_from_words(void **state)
{
    assert_true(commands_is_command("/help"));
    assert_true(commands_is_command("/task add x"));
    assert_false(commands_is_command("/etc/passwd is what?"));
    assert_false(commands_is_command("//literal"));
    assert_false(commands_is_command("/ "));
    assert_false(commands_is_command("words"));
}

static void keys_do_not_conflict(void **state)
{
    for (const struct key *k = keys; k->name; k++)
        for (const struct key *o = k + 1; o->name; o++)
            if (k->context == o->context)
                assert_string_not_equal(k->name, o->name);
}

static void every_key_can_be_typed(void **state)
{
    for (const struct key *k = keys; k->name; k++) {
        AUTO(buf) bytes = {0};
        assert_true(decoder_encode(k->name, &bytes));
        assert_true(strlen(k->help) > 3);
        assert_ptr_equal(keys_find(k->context, k->name), k);
    }
}

static void labels_are_for_people(void **state)
{
    char out[32];
    keys_label("C-c", out, sizeof out);
    assert_string_equal(out, "Ctrl-C");
    keys_label("M-Enter", out, sizeof out);
    assert_string_equal(out, "Alt-Enter");
    keys_label("j", out, sizeof out);
    assert_string_equal(out, "j");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_sorted_and_whole), cmocka_unit_test(arity_follows_the_row),
        cmocka_unit_test(tells_commands_from_words),     cmocka_unit_test(keys_do_not_conflict),
        cmocka_unit_test(every_key_can_be_typed),        cmocka_unit_test(labels_are_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
