#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/repair.h"
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

/* Six hundred messages of a kilobyte, and a few words beside. */
#define MANY 600
static char *many(const char *id)
{
    struct error e = {0};
    struct store *s = store_open(dir, id, true, &e);
    char body[1024];
    assert_non_null(s);
    for (int i = 1; i <= MANY; i++) {
        snprintf(body, sizeof body, "{\"n\":%d,\"text\":\"%0*d\"}", i, 900, i);
        assert_true(store_put_message(s, i, body, &e) && store_put_event(s, i, "{}", &e));
    }
    assert_true(store_put_meta(s, "title", "kept", &e) && store_put_call(s, "c1", &e) &&
                store_put_ledger(s, 5, "WRITE", "x", &e) && store_commit(s, &e));
    store_close(s);
    return mem_printf("%s/%s.db", dir, id);
}

static void spoil(const char *path, long from, long bytes, int with)
{
    FILE *f = fopen(path, "r+");
    assert_int_equal(fseek(f, from, SEEK_SET), 0);
    for (long i = 0; i < bytes; i++)
        fputc(with, f);
    fclose(f);
}

static long size_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (long)st.st_size;
}

static struct store_repaired repaired(const char *id)
{
    struct error e = {0};
    struct store_repaired r;
    if (!store_repair(dir, id, &r, &e))
        fail_msg("%s", e.text);
    return r;
}

static void a_whole_session_is_left_alone(void **st)
{
    struct error e = {0};
    struct store_repaired r = {0};
    AUTO_FREE char *path = many("good");
    r = repaired("good");
    assert_true(r.whole);
    assert_int_equal(r.messages, MANY);
    assert_null(r.kept);
    struct store *s = store_open(dir, "good", false, &e);
    assert_false(store_repair(dir, "good", &r, &e));
    assert_int_equal(e.code, ERR_BUSY);
    store_close(s);
    assert_false(store_repair(dir, "none", &r, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

/* What lies before, behind and between damaged pages comes back. */
static void what_can_be_read_is_saved(void **st)
{
    struct error e = {0};
    AUTO_FREE char *path = many("holes");
    long size = size_of(path);
    spoil(path, size / 3 / 4096 * 4096, 4096, 0xff);
    spoil(path, size / 2 / 4096 * 4096, 8192, 0xff);
    struct store_repaired r = repaired("holes");
    assert_false(r.whole);
    assert_true(r.messages + r.events > 2 * MANY * 9 / 10 && r.lost > 0);
    assert_int_equal(r.messages + r.events + r.lost, 2 * MANY);
    assert_int_equal(size_of(r.kept), size);
    free(r.kept);
    struct store *s = store_open(dir, "holes", false, &e);
    assert_non_null(s);
    AUTO(buf) all = {0};
    int64_t damaged;
    assert_true(store_each_message(s, collect, &all, &damaged, &e));
    assert_int_equal(damaged, 0);
    assert_has(buf_cstr(&all), "600={\"n\":600");
    AUTO_FREE char *title = store_get_meta(s, "title");
    assert_string_equal(title, "kept");
    assert_true(store_has_call(s, "c1"));
    assert_true(store_put_message(s, MANY + 1, "{}", &e) && store_commit(s, &e));
    store_close(s);
    r = repaired("holes");
    assert_true(r.whole);
}

static void a_file_that_was_cut_or_lost_its_head_comes_back(void **st)
{
    AUTO_FREE char *cut = many("cut"), *head = many("head"), *flipped = many("flipped");
    assert_int_equal(truncate(cut, size_of(cut) * 2 / 3 / 4096 * 4096), 0);
    struct store_repaired r = repaired("cut");
    assert_true(!r.whole && r.messages > MANY / 2 && r.messages < MANY);
    free(r.kept);
    spoil(head, 0, 16, 'x');
    r = repaired("head");
    assert_true(!r.whole && r.messages == MANY && r.lost == 0);
    free(r.kept);
    AUTO_FREE char *page = many("page");
    spoil(page, 0, 4096, 'x');
    r = repaired("page");
    assert_true(!r.whole && r.messages == MANY && r.events == MANY && r.lost == 0);
    free(r.kept);
    /* One byte of a text: the page is sound, the checksum is not. */
    spoil(flipped, size_of(flipped) / 2 / 4096 * 4096 + 2000, 1, '9');
    r = repaired("flipped");
    assert_true(!r.whole && r.lost == 1);
    free(r.kept);
}

static void what_holds_nothing_is_refused_and_left(void **st)
{
    struct error e = {0};
    struct store_repaired r;
    AUTO_FREE char *path = many("gone"), *beside = mem_printf("%s.damaged", path);
    long size = size_of(path);
    spoil(path, 0, size, 'z');
    assert_false(store_repair(dir, "gone", &r, &e));
    assert_int_equal(e.code, ERR_PARSE);
    assert_int_equal(size_of(path), size);
    struct stat there;
    assert_int_not_equal(stat(beside, &there), 0);
    assert_int_equal(truncate(path, 100), 0);
    assert_false(store_repair(dir, "gone", &r, &e));
    assert_has(e.text, "shorter than a page");
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
    const struct CMUnitTest tests[] = {F(what_was_committed_comes_back),
                                       F(one_holder_at_a_time),
                                       F(a_holder_that_dies_lets_go),
                                       F(bad_ids_and_missing_sessions),
                                       F(damage_is_named_and_left),
                                       F(a_whole_session_is_left_alone),
                                       F(what_can_be_read_is_saved),
                                       F(a_file_that_was_cut_or_lost_its_head_comes_back),
                                       F(what_holds_nothing_is_refused_and_left),
                                       F(lists_survive_without_their_index)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
