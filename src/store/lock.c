#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/mem.h"
#include "store/store.h"

int64_t store_holder(const char *dir, const char *id)
{
    AUTO_FREE char *path = mem_printf("%s/%s.lock", dir, id);
    AUTO_FD int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    char text[32] = "";
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    int64_t pid = atoll(text);
    return pid > 0 ? pid : -1;
}

int lock_take(const char *dir, const char *id, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s.lock", dir, id);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        error_errno(e, errno, "cannot lock the session %s", id);
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        char text[32] = "";
        ssize_t n = read(fd, text, sizeof text - 1);
        text[n > 0 ? n : 0] = '\0';
        close(fd);
        error_set(e, ERR_BUSY,
                  "the session %s is open in process %lld; close it there, or start "
                  "a new one without --resume",
                  id, atoll(text));
        return -1;
    }
    char text[32];
    int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || !file_write_all(fd, text, (size_t)n))
        errno = 0; /* the holder's number is a courtesy; the lock itself holds */
    return fd;
}

void lock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}
