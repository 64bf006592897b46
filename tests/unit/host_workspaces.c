#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/file.h"
#include "host/workspaces.h"
#include "host/workspaces_remove.h"
#include "host_help.h"

static char *beneath(const char *rel)
{
    return mem_printf("%s/%s", root, rel);
}

static void put(const char *rel, const char *text)
{
    AUTO_FREE char *path = beneath(rel);
    struct error e = {0};
    assert_true(file_write_fast(path, text, strlen(text), &e));
}

static void make_dir(const char *rel)
{
    AUTO_FREE char *path = beneath(rel);
    struct error e = {0};
    assert_true(file_make_dirs(path, &e));
}

static bool is_there(const char *rel)
{
    AUTO_FREE char *path = beneath(rel);
    struct stat st;
    return lstat(path, &st) == 0;
}

/* The name of a new workspace for this goal; caller frees. */
static char *create(const char *goal)
{
    struct error e = {0};
    AUTO_FREE char *path = workspaces_create(root, goal, "session-1", &e);
    if (!path)
        print_message("%s\n", e.text);
    assert_non_null(path);
    assert_memory_equal(path, WORKSPACES_DIR "/", sizeof WORKSPACES_DIR);
    return mem_strdup(path + sizeof WORKSPACES_DIR);
}

/* A marker with a time of its own. */
static void mark(const char *name, const char *goal, const char *created)
{
    AUTO_FREE char *dir = mem_printf(WORKSPACES_DIR "/%s", name);
    AUTO_FREE char *path = mem_printf("%s/" WORKSPACE_MARKER, dir);
    AUTO_FREE char *text =
        mem_printf("{\"goal\": \"%s\", \"session\": \"s\", \"created\": \"%s\"}", goal, created);
    make_dir(dir);
    put(path, text);
}

static void free_list(struct workspace_info *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        workspace_info_fini(&list[i]);
    free(list);
}

/* "name=score name=score …" */
static void assert_found(const char *query, const char *want)
{
    struct workspace_info *list = NULL;
    struct error e = {0};
    size_t n = 0;
    AUTO(buf) got = {0};
    assert_true(workspaces_find(root, query, &list, &n, &e));
    for (size_t i = 0; i < n; i++)
        buf_addf(&got, "%s%s=%lld", i ? " " : "", list[i].name, (long long)list[i].score);
    free_list(list, n);
    assert_string_equal(buf_cstr(&got), want);
}

static void slugs_are_plain(void **s)
{
    static const struct {
        const char *text, *slug;
    } cases[] = {
        {"Build a To-Do app!", "build-a-to-do-app"},
        {"  leading, trailing...  ", "leading-trailing"},
        {"..", "workspace"},
        {"", "workspace"},
        {NULL, "workspace"},
        {"日本語", "workspace"},
        {"Größe 5 für Ärger", "gr-e-5-f-r-rger"},
        {"../../etc/passwd", "etc-passwd"},
        {"a\nb\tc", "a-b-c"},
        {"123456789 123456789 123456789 123456789 123456789 123456789",
         "123456789-123456789-123456789-123456789-123456789"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b c",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[SLUG_MAX + 1];
        workspace_slug(cases[i].text, out);
        assert_string_equal(out, cases[i].slug);
    }
}

static void the_same_goal_gets_its_own_place(void **s)
{
    AUTO_FREE char *a = create("Fix it"), *b = create("fix IT?"), *c = create("Fix it");
    assert_string_equal(a, "fix-it");
    assert_string_equal(b, "fix-it-2");
    assert_string_equal(c, "fix-it-3");
    struct workspace_info *list = NULL;
    struct error e = {0};
    size_t n = 0;
    put(WORKSPACES_DIR "/fix-it-2/one", "1");
    make_dir(WORKSPACES_DIR "/fix-it-2/sub");
    put(WORKSPACES_DIR "/fix-it-2/sub/two", "2");
    put(WORKSPACES_DIR "/fix-it-2/sub/" WORKSPACE_MARKER, "counts, for it marks nothing");
    assert_true(workspaces_find(root, "fix-it-2", &list, &n, &e));
    assert_int_equal(n, 3);
    assert_string_equal(list[0].name, "fix-it-2");
    assert_string_equal(list[0].path, WORKSPACES_DIR "/fix-it-2");
    assert_string_equal(list[0].goal, "fix IT?");
    assert_string_equal(list[0].session, "session-1");
    assert_true(list[0].ours);
    assert_int_equal(list[0].files, 3);
    assert_true(llabs(list[0].created_ms - clock_wall_ms()) < 60000);
    free_list(list, n);
}

static void makers_side_by_side_do_not_meet(void **s)
{
    enum { MAKERS = 6, EACH = 5 };
    for (int i = 0; i < MAKERS; i++)
        if (fork() == 0) {
            bool ok = true;
            struct error e = {0};
            for (int k = 0; k < EACH; k++) {
                AUTO_FREE char *path = workspaces_create(root, "same", "s", &e);
                ok &= path != NULL;
            }
            _exit(!ok);
        }
    for (int i = 0, status; i < MAKERS; i++) {
        wait(&status);
        assert_int_equal(status, 0);
    }
    struct workspace_info *list = NULL;
    struct error e = {0};
    size_t n = 0, ours = 0;
    assert_true(workspaces_find(root, NULL, &list, &n, &e));
    for (size_t i = 0; i < n; i++)
        ours += list[i].ours;
    assert_int_equal(n, MAKERS * EACH);
    assert_int_equal(ours, MAKERS * EACH);
    free_list(list, n);
}

static void a_link_is_no_home_for_them(void **s)
{
    AUTO_FREE char *elsewhere = mem_printf("%s/elsewhere", top), *all = beneath(WORKSPACES_DIR);
    struct workspace_info *list = NULL;
    struct error e = {0};
    size_t n = 0;
    mkdir(elsewhere, 0755);
    assert_int_equal(symlink(elsewhere, all), 0);
    assert_null(workspaces_create(root, "x", "s", &e));
    assert_int_equal(e.code, ERR_DENIED);
    assert_false(workspaces_find(root, NULL, &list, &n, &e));
    assert_int_equal(e.code, ERR_DENIED);
    assert_false(workspaces_remove(root, "x", &e));
    assert_int_equal(e.code, ERR_DENIED);
    assert_int_equal(rmdir(elsewhere), 0); /* still empty */
}

static void none_is_no_error(void **s)
{
    struct workspace_info *list = NULL;
    struct error e = {0};
    size_t n = 7;
    assert_found(NULL, "");
    assert_false(workspaces_remove(root, "x", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_false(workspaces_find("/no/such/root", NULL, &list, &n, &e));
    assert_int_equal(n, 0);
    assert_null(workspaces_create("/no/such/root", "x", "s", &e));
}

static void foreign_and_broken_ones_are_listed(void **s)
{
    AUTO_FREE char *outside = mem_printf("%s/outside", top);
    AUTO_FREE char *link = beneath(WORKSPACES_DIR "/link");
    AUTO_FREE char *inner = beneath(WORKSPACES_DIR "/foreign/up");
    AUTO_FREE char *marker = beneath(WORKSPACES_DIR "/linked/" WORKSPACE_MARKER);
    static const char *const broken[] = {"", "{", "[]", "{\"goal\": 1, \"created\": 2}",
                                         "{\"goal\": \"no time\"}"};
    mkdir(outside, 0755);
    mark("good", "a goal", "2026-01-02T03:04:05.006Z");
    make_dir(WORKSPACES_DIR "/foreign");
    put(WORKSPACES_DIR "/foreign/file", "x");
    assert_int_equal(symlink("..", inner), 0);
    put(WORKSPACES_DIR "/plain-file", "x");
    assert_int_equal(symlink(outside, link), 0);
    make_dir(WORKSPACES_DIR "/linked");
    assert_int_equal(symlink("../good/" WORKSPACE_MARKER, marker), 0);
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        AUTO_FREE char *dir = mem_printf(WORKSPACES_DIR "/broken%zu", i);
        AUTO_FREE char *path = mem_printf("%s/" WORKSPACE_MARKER, dir);
        make_dir(dir);
        put(path, broken[i]);
    }
    struct workspace_info *list = NULL;
    struct error e = {0};
    size_t n = 0;
    assert_true(workspaces_find(root, "", &list, &n, &e));
    assert_int_equal(n, 3 + COUNT_OF(broken));
    for (size_t i = 0; i < n; i++) {
        bool good = strcmp(list[i].name, "good") == 0;
        assert_int_equal(list[i].ours, good);
        assert_int_equal(list[i].goal != NULL, good);
        assert_int_equal(list[i].files, strcmp(list[i].name, "foreign") == 0);
        if (good)
            assert_int_equal(list[i].created_ms, 1767323045006);
    }
    free_list(list, n);
}

static void a_search_ranks(void **s)
{
    mark("todo-app", "Build a to-do application in Go", "2026-01-01T00:00:00.000Z");
    mark("weather", "Show the weather of Application City", "2026-01-02T00:00:00.000Z");
    mark("todo-app-2", "Tests for the todo app", "2026-01-03T00:00:00.000Z");
    make_dir(WORKSPACES_DIR "/notes"); /* foreign: only its name */
    static const struct {
        const char *query, *want;
    } cases[] = {
        {"todo", "todo-app-2=100 todo-app=100"},
        {"TODO!", "todo-app-2=100 todo-app=100"},
        {"weath", "weather=80"},
        {"eather", "weather=60"},
        {"application", "weather=100 todo-app=100"},
        {"todo weather", "todo-app-2=50 weather=50 todo-app=50"},
        {"todo tests", "todo-app-2=100 todo-app=50"},
        {"go zzz", "todo-app=50"},
        {"eather zzz", "weather=30"},
        {"eather zzz yyy", ""},
        {"weath zzz yyy", ""},
        {"notes", "notes=100"},
        {"zzz", ""},
        {"é", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_found(cases[i].query, cases[i].want);
}

static void without_words_the_newest_come_first(void **s)
{
    mark("b", "x", "2026-01-02T00:00:00.000Z");
    mark("c", "x", "2026-01-01T00:00:00.000Z");
    mark("a", "x", "2026-01-03T00:00:00.000Z");
    mark("d", "x", "2026-01-03T00:00:00.000Z");
    assert_found(NULL, "a=0 d=0 b=0 c=0");
    assert_found(" !? ", "a=0 d=0 b=0 c=0");
}

static void counting_ends_somewhere(void **s)
{
    AUTO_FREE char *name = create("many");
    AUTO_FREE char *dir = mem_printf("%s/" WORKSPACES_DIR "/many", root);
    int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 10050; i++) {
        char file[32];
        snprintf(file, sizeof file, "f%d", i);
        close(openat(at, file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    }
    close(at);
    struct workspace_info *list = NULL;
    struct error e = {0};
    size_t n = 0;
    assert_true(workspaces_find(root, NULL, &list, &n, &e));
    assert_int_equal(list[0].files, 10000);
    free_list(list, n);
    assert_true(workspaces_remove(root, "many", &e)); /* removal does not end there */
    assert_false(is_there(WORKSPACES_DIR "/many"));
}

static void removal_takes_all_and_follows_nothing(void **s)
{
    AUTO_FREE char *name = create("gone"), *other = create("stays");
    AUTO_FREE char *outside = mem_printf("%s/outside", top), *kept = mem_printf("%s/kept", outside);
    AUTO_FREE char *to_dir = beneath(WORKSPACES_DIR "/gone/to-dir");
    AUTO_FREE char *to_file = beneath(WORKSPACES_DIR "/gone/deep/to-file");
    AUTO_FREE char *closed = beneath(WORKSPACES_DIR "/gone/closed");
    AUTO_FREE char *fifo = beneath(WORKSPACES_DIR "/gone/fifo");
    struct error e = {0};
    mkdir(outside, 0755);
    assert_true(file_write_fast(kept, "x", 1, &e));
    make_dir(WORKSPACES_DIR "/gone/deep/er/and/deeper");
    put(WORKSPACES_DIR "/gone/deep/er/and/file", "x");
    make_dir(WORKSPACES_DIR "/gone/closed");
    put(WORKSPACES_DIR "/gone/closed/file", "x");
    chmod(closed, 0555);
    assert_int_equal(symlink(outside, to_dir), 0);
    assert_int_equal(symlink(kept, to_file), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    if (!workspaces_remove(root, "gone", &e))
        print_message("%s\n", e.text);
    assert_false(is_there(WORKSPACES_DIR "/gone"));
    assert_true(file_exists(kept));
    assert_found(NULL, "stays=0");
}

static void removal_refuses_what_is_not_ours(void **s)
{
    AUTO_FREE char *name = create("ours");
    AUTO_FREE char *link = beneath(WORKSPACES_DIR "/link");
    AUTO_FREE char *fake = beneath(WORKSPACES_DIR "/fake");
    AUTO_FREE char *marker = beneath(WORKSPACES_DIR "/fake/" WORKSPACE_MARKER);
    make_dir(WORKSPACES_DIR "/foreign");
    put(WORKSPACES_DIR "/foreign/file", "x");
    make_dir(WORKSPACES_DIR "/corrupt");
    put(WORKSPACES_DIR "/corrupt/" WORKSPACE_MARKER, "{oops");
    put(WORKSPACES_DIR "/file", "x");
    make_dir("x");
    put("x/" WORKSPACE_MARKER, "{\"goal\":\"g\",\"created\":\"2026-01-01T00:00:00.000Z\"}");
    put(WORKSPACES_DIR "/" WORKSPACE_MARKER,
        "{\"goal\":\"g\",\"created\":\"2026-01-01T00:00:00.000Z\"}");
    assert_int_equal(symlink("ours", link), 0);
    assert_int_equal(mkdir(fake, 0755), 0);
    assert_int_equal(symlink("../ours/" WORKSPACE_MARKER, marker), 0);
    static const char *const names[] = {"foreign", "corrupt", "file", "link",   "fake",   "../x",
                                        ".",       "..",      "",     "ours/.", "./ours", "/x"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct error e = {0};
        assert_false(workspaces_remove(root, names[i], &e));
        assert_int_equal(e.code, ERR_DENIED);
    }
    struct error e = {0};
    assert_false(workspaces_remove(root, "none", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_true(is_there("x/" WORKSPACE_MARKER));
    assert_true(is_there(WORKSPACES_DIR "/ours/" WORKSPACE_MARKER));
    assert_true(is_there(WORKSPACES_DIR "/foreign/file"));
    assert_true(is_there(WORKSPACES_DIR "/corrupt"));
    assert_true(is_there(WORKSPACES_DIR "/file"));
}

/* In a mount namespace of a child's own; 77: not possible here. */
static int remove_across_a_mount(void)
{
    AUTO_FREE char *outside = mem_printf("%s/outside", top);
    AUTO_FREE char *inside = beneath(WORKSPACES_DIR "/mounted/inside");
    struct error e = {0};
    char map[64];
    int fd;
    snprintf(map, sizeof map, "0 %u 1", geteuid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return 77;
    if ((fd = open("/proc/self/uid_map", O_WRONLY)) < 0 || write(fd, map, strlen(map)) < 0)
        return 77;
    close(fd);
    if (mount(outside, inside, NULL, MS_BIND, NULL) != 0)
        return 77;
    if (workspaces_remove(root, "mounted", &e))
        return 1;
    return e.code == ERR_DENIED && is_there(WORKSPACES_DIR "/mounted/inside/kept") ? 0 : 2;
}

static void removal_stays_on_its_mount(void **s)
{
    AUTO_FREE char *name = create("mounted");
    AUTO_FREE char *outside = mem_printf("%s/outside", top), *kept = mem_printf("%s/kept", outside);
    int status = 0;
    mkdir(outside, 0755);
    fclose(fopen(kept, "w"));
    make_dir(WORKSPACES_DIR "/mounted/inside");
    pid_t child = fork();
    if (child == 0)
        _exit(remove_across_a_mount());
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(file_exists(kept));
}

static void what_is_too_deep_is_said(void **s)
{
    AUTO_FREE char *name = create("deep");
    AUTO_FREE char *dir = beneath(WORKSPACES_DIR "/deep");
    struct error e = {0};
    int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(mkdirat(at, "d", 0755), 0);
        int next = openat(at, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(at);
        at = next;
    }
    close(at);
    assert_false(workspaces_remove(root, "deep", &e));
    assert_int_equal(e.code, ERR_LIMIT);
    struct workspace_info *list = NULL;
    size_t n = 0;
    assert_true(workspaces_find(root, NULL, &list, &n, &e)); /* listing has its own bound */
    assert_true(n == 1 && list[0].ours);
    free_list(list, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(slugs_are_plain),
                                       F(the_same_goal_gets_its_own_place),
                                       F(makers_side_by_side_do_not_meet),
                                       F(a_link_is_no_home_for_them),
                                       F(none_is_no_error),
                                       F(foreign_and_broken_ones_are_listed),
                                       F(a_search_ranks),
                                       F(without_words_the_newest_come_first),
                                       F(counting_ends_somewhere),
                                       F(removal_takes_all_and_follows_nothing),
                                       F(removal_refuses_what_is_not_ours),
                                       F(removal_stays_on_its_mount),
                                       F(what_is_too_deep_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
