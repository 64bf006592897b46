/* base/file: what is written anew is never written over. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sweep.h"

static char top[64];

static int setup(void **s)
{
    strcpy(top, "/tmp/mien-file-XXXXXX");
    return mkdtemp(top) ? 0 : -1;
}

static void a_new_file_is_made_and_not_replaced(void **s)
{
    AUTO_FREE char *path = mem_printf("%s/a.md", top);
    AUTO(buf) text = {0};
    struct error e = {0};
    assert_true(file_write_new(path, "one", 3, &e));
    assert_false(file_write_new(path, "two", 3, &e));
    assert_has(e.text, "exists already");
    assert_true(file_read(path, &text, 100, NULL));
    assert_string_equal(buf_cstr(&text), "one");
    unlink(path);
}

static void a_device_is_written_into(void **s)
{
    AUTO_FREE char *fifo = mem_printf("%s/fifo", top);
    struct error e = {0};
    struct stat st;
    char got[8] = {0};
    assert_int_equal(mkfifo(fifo, 0600), 0);
    int fd = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    assert_true(file_write_new(fifo, "words", 5, &e));
    assert_int_equal(read(fd, got, sizeof got), 5);
    assert_true(stat(fifo, &st) == 0 && S_ISFIFO(st.st_mode));
    close(fd);
    unlink(fifo);
}

static char *directory(const char *name, bool old)
{
    const struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char *path = mem_printf("%s/%s", top, name);
    assert_int_equal(mkdir(path, 0700), 0);
    if (old)
        assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
    return path;
}

static void only_what_nobody_uses_is_swept(void **s)
{
    struct stat st;
    AUTO_FREE char *dead = directory("mien-aaaaaa", true), *held = directory("mien-bbbbbb", true),
                   *young = directory("mien-cccccc", false),
                   *longer = directory("mien-ddddddd", true), *other = directory("x", true),
                   *link = mem_printf("%s/mien-eeeeee", top);
    AUTO_FREE char *deep = mem_printf("%s/locked", dead), *in = mem_printf("%s/file", deep),
                   *out = mem_printf("%s/out", deep);
    struct error e = {0};
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_true(file_write(in, "x", 1, &e));
    assert_int_equal(symlink(other, out), 0);
    assert_int_equal(chmod(deep, 0500), 0);
    assert_int_equal(symlink(other, link), 0);
    int lock = sweep_hold(held);
    const struct timespec past[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    utimensat(AT_FDCWD, held, past, 0);
    utimensat(AT_FDCWD, dead, past, 0);
    assert_true(lock >= 0 && sweep_hold(held) == -1);
    assert_int_equal(sweep_unused(top, "mien-", 11, 3600, clock_ms() + 10000), 1);
    assert_true(stat(dead, &st) != 0 && stat(held, &st) == 0 && stat(young, &st) == 0 &&
                stat(longer, &st) == 0 && stat(other, &st) == 0 && lstat(link, &st) == 0);
    close(lock);
    assert_int_equal(sweep_unused(top, "mien-", 11, 3600, clock_ms() + 10000), 1);
    assert_true(stat(held, &st) != 0);
    sweep_tree(top);
    assert_true(stat(top, &st) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(a_new_file_is_made_and_not_replaced),
                                       T(a_device_is_written_into),
                                       T(only_what_nobody_uses_is_swept)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
