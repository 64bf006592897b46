/* What was done, as a model is told when it no longer sees it. */
#include "test.h"

#include "run/deeds.h"

static void note_all(struct deeds *d)
{
    static const char *const lines[][2] = {{"READ", "src/a file.c 1-200"},
                                           {"GOAL", "no deed"},
                                           {"READ", "b.c 5-9"},
                                           {"WRITE", "out.txt"},
                                           {"REMOVE", "old.txt"},
                                           {"BASH", "make → rc 2"},
                                           {"READ", "src/a file.c 900-1000"},
                                           {"READ", "src/a file.c 150-400"},
                                           {"READ", "x"},
                                           {"READ", "c.c 9-5"},
                                           {"APPEND", "out.txt"},
                                           {"CHECK", "true → green"}};
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        deeds_note(d, lines[i][0], lines[i][1]);
}

static const char all[] = "FILES READ (lines): b.c 5-9; src/a file.c 1-400,900-1000\n"
                          "FILES CHANGED: old.txt (removed); out.txt\n"
                          "COMMANDS: make → rc 2; true → green\n";

static void each_file_stands_once_with_its_lines(void **s)
{
    struct deeds d = {0}, again = {0};
    struct error e = {0};
    AUTO(buf) text = {0}, kept = {0};
    note_all(&d);
    deeds_add_text(&d, 4000, &text);
    assert_string_equal(buf_cstr(&text), all);
    AUTO_FREE char *saved = deeds_save(&d);
    assert_true(deeds_load(&again, saved, &e));
    deeds_add_text(&again, 4000, &kept);
    assert_string_equal(buf_cstr(&kept), all);
    assert_false(deeds_load(&again, "{", &e));
    deeds_fini(&d);
    deeds_fini(&again);
}

static void the_oldest_are_left_out_and_counted(void **s)
{
    struct deeds d = {0};
    AUTO(buf) text = {0};
    for (int i = 0; i < 1000; i++) {
        AUTO_FREE char *line = mem_printf("f%d.c 1-%d", i, i + 1);
        deeds_note(&d, "READ", line);
        deeds_note(&d, "BASH", line);
    }
    deeds_add_text(&d, 400, &text);
    assert_true(text.len < 600);
    assert_has(buf_cstr(&text), "f999.c 1-1000\n");
    assert_has(buf_cstr(&text), " older ones not listed) f");
    assert_has(buf_cstr(&text), "(1560 more, older, are not known any more)");
    deeds_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(each_file_stands_once_with_its_lines),
                                       T(the_oldest_are_left_out_and_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
