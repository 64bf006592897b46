/* base/file: what is written anew is never written over. */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

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
    rmdir(top);
}

int main(void)
{
    const struct CMUnitTest tests[] = {T(a_new_file_is_made_and_not_replaced),
                                       T(a_device_is_written_into)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
