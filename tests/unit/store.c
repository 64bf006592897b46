#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/store.h"

static char dir[64];

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

static int setup(void **s)
{
    strcpy(dir, "/tmp/mien-store-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **s)
{
    return nftw(dir, gone, 16, FTW_DEPTH | FTW_PHYS);
}

static void collect(void *arg, int64_t seq, const char *body, size_t n)
{
    buf_addf(arg, "%lld=%s;", (long long)seq, body);
}

static void what_was_committed_comes_back(void **st)
{
    struct error e = {0};
    struct store *s = store_open(dir, "one", true, &e);
    assert_non_null(s);
    assert_true(store_put_message(s, 1, "{\"a\":1}", &e) &&
                store_put_message(s, 2, "{\"b\":2}", &e));
    assert_true(store_put_meta(s, "title", "t", &e) && store_put_mode(s, "m", "formal", &e));
    assert_true(store_put_ledger(s, 5, "WRITE", "x", &e) && store_commit(s, &e));
    assert_true(store_put_message(s, 3, "{}", &e));
    store_close(s); /* not committed: gone */
    s = store_open(dir, "one", false, &e);
    AUTO(buf) all = {0};
    int64_t damaged;
    assert_true(store_each_message(s, collect, &all, &damaged, &e));
    assert_string_equal(buf_cstr(&all), "1={\"a\":1};2={\"b\":2};");
    AUTO_FREE char *title = store_get_meta(s, "title"), *mode = store_get_mode(s, "m"),
                   *none = store_get_mode(s, "x");
    assert_string_equal(title, "t");
    assert_string_equal(mode, "formal");
    assert_null(none);
    store_close(s);
}

static void one_holder_at_a_time(void **st)
{
    struct error e = {0};
    struct store *s = store_open(dir, "one", true, &e);
    assert_int_equal(store_holder(dir, "one"), getpid());
    assert_null(store_open(dir, "one", false, &e));
    assert_int_equal(e.code, ERR_BUSY);
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    assert_has(e.text, pid);
    assert_false(store_remove(dir, "one", &e));
    store_close(s);
    assert_int_equal(store_holder(dir, "one"), 0);
    assert_true(store_remove(dir, "one", &e));
}

static void a_holder_that_dies_lets_go(void **st)
{
    struct error e = {0};
    pid_t child = fork();
    if (child == 0) {
        struct store *s = store_open(dir, "one", true, &e);
        if (s && store_put_message(s, 1, "{}", &e) && store_commit(s, &e))
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    struct store *s = store_open(dir, "one", false, &e);
    assert_non_null(s);
    AUTO(buf) all = {0};
    int64_t damaged;
    assert_true(store_each_message(s, collect, &all, &damaged, &e));
    assert_string_equal(buf_cstr(&all), "1={};");
    store_close(s);
}

static void bad_ids_and_missing_sessions(void **st)
{
    struct error e = {0};
    static const char *const bad[] = {
        "", "../x", "a/b", ".x", "-x", "a b", "0123456789012345678901234567890123"};
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_null(store_open(dir, bad[i], true, &e));
    assert_null(store_open(dir, "none", false, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    char id[32];
    store_new_id(id);
    assert_true(store_id_valid(id));
}

static void damage_is_named_and_left(void **st)
{
    struct error e = {0};
    AUTO_FREE char *path = mem_printf("%s/bad.db", dir);
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 2000; i++)
        fputs("not a database ", f);
    fclose(f);
    struct stat before, after;
    stat(path, &before);
    assert_null(store_open(dir, "bad", false, &e));
    assert_int_equal(e.code, ERR_PARSE);
    assert_has(e.text, "damaged");
    stat(path, &after);
    assert_int_equal(before.st_size, after.st_size);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void lists_survive_without_their_index(void **st)
{
    struct error e = {0};
    for (int i = 0; i < 3; i++) {
        char id[8];
        snprintf(id, sizeof id, "s%d", i);
        struct store *s = store_open(dir, id, true, &e);
        assert_true(store_put_meta(s, "workspace", i == 2 ? "/b" : "/a", &e) &&
                    store_put_meta(s, "title", id, &e) && store_commit(s, &e));
        struct store_info info = {.workspace = mem_strdup(i == 2 ? "/b" : "/a"),
                                  .title = mem_strdup(id),
                                  .updated_ms = 1000 + i};
        assert_true(i == 0 || store_put_info(s, &info, &e)); /* s0 has no index file */
        store_info_fini(&info);
        store_close(s);
    }
    struct store_info *list;
    size_t n;
    assert_true(store_list(dir, "/a", &list, &n, &e));
    assert_int_equal(n, 2);
    bool found = false;
    for (size_t i = 0; i < n; i++) {
        found |= strcmp(list[i].id, "s0") == 0 && strcmp(list[i].title, "s0") == 0;
        store_info_fini(&list[i]);
    }
    free(list);
    assert_true(found);
}

int main(void)
{
#define F(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        F(what_was_committed_comes_back), F(one_holder_at_a_time),
        F(a_holder_that_dies_lets_go),    F(bad_ids_and_missing_sessions),
        F(damage_is_named_and_left),      F(lists_survive_without_their_index)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
