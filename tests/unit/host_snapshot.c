/* What changed in a directory: found by looking twice. */
#include "test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "host/snapshot.h"

static char top[64];

static void put(const char *name, const char *text)
{
    struct error e = {0};
    AUTO_FREE char *path = mem_printf("%s/%s", top, name);
    AUTO_FREE char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    assert_true(file_make_dirs(dir, &e) && file_write(path, text, strlen(text), &e));
}

static int setup(void **s)
{
    strcpy(top, "/tmp/mien-snapshot-XXXXXX");
    return mkdtemp(top) ? 0 : -1;
}

static int teardown(void **s)
{
    AUTO_FREE char *command = mem_printf("rm -rf %s", top);
    return system(command);
}

static void what_is_new_or_different_is_named(void **s)
{
    put("a/one", "1");
    put("b", "2");
    struct snapshot *before = snapshot_take(top, NULL);
    put("b", "22");
    put("c/d", "3");
    AUTO_JSON *list = snapshot_changed(before, top, 10, NULL);
    AUTO_FREE char *text = json_print(list);
    assert_string_equal(text, "[\"b\",\"c/d\"]");
    snapshot_free(before);
}

static int left;
static bool go_on(void *arg)
{
    return left-- > 0;
}

/* A look that was cut short says nothing of what it did not see. */
static void a_cut_look_names_nothing_unchanged(void **s)
{
    struct pause pause = {go_on, NULL};
    for (int i = 0; i < 50; i++) {
        AUTO_FREE char *name = mem_printf("f%02d", i);
        put(name, "x");
    }
    left = 20;
    struct snapshot *before = snapshot_take(top, &pause);
    AUTO_JSON *none = snapshot_changed(before, top, 100, NULL);
    assert_int_equal(cJSON_GetArraySize(none), 0);
    put("f01", "changed");
    put("f49", "changed, and not seen before");
    AUTO_JSON *list = snapshot_changed(before, top, 100, NULL);
    AUTO_FREE char *text = json_print(list);
    assert_string_equal(text, "[\"f01\"]");
    snapshot_free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_new_or_different_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_look_names_nothing_unchanged, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
