#include "base/openat2.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPENAT2_TRIES 64

/* One component at a time, links and ".." refused: for kernels or filters without openat2. */
static int openat2_walk(int root, const char *rel, int flags, mode_t mode)
{
    int dir = fcntl(root, F_DUPFD_CLOEXEC, 3);
    while (dir >= 0) {
        char part[NAME_MAX + 1];
        size_t n = strcspn(rel, "/");
        if (n > NAME_MAX || (n == 2 && strncmp(rel, "..", 2) == 0)) {
            errno = EXDEV;
            break;
        }
        memcpy(part, n ? rel : ".", n ? n : 1);
        part[n ? n : 1] = '\0';
        rel += n;
        rel += strspn(rel, "/");
        int fd = *rel ? openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                      : openat(dir, part, flags | O_NOFOLLOW, mode);
        int saved = errno;
        close(dir);
        errno = saved;
        if (!*rel || fd < 0)
            return fd;
        dir = fd;
    }
    int saved = errno;
    if (dir >= 0)
        close(dir);
    errno = saved;
    return -1;
}

int openat2_beneath(int root, const char *rel, int flags, mode_t mode)
{
    if (!rel || !*rel || *rel == '/' || strlen(rel) >= PATH_MAX) {
        errno = rel && *rel == '/' ? EXDEV : EINVAL;
        return -1;
    }
    flags |= O_CLOEXEC | (flags & O_PATH ? 0 : O_NOCTTY | O_NONBLOCK);
    struct open_how how = {.flags = (uint64_t)flags,
                           .mode = flags & O_CREAT ? mode : 0,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    for (int i = 0; i < OPENAT2_TRIES; i++) { /* EAGAIN: a rename raced with ".." */
        int fd = (int)syscall(SYS_openat2, root, rel, &how, sizeof how);
        if (fd >= 0)
            return fd;
        if (errno == ENOSYS || errno == EPERM)
            return openat2_walk(root, rel, flags, mode);
        if (errno != EAGAIN)
            return -1;
    }
    errno = EAGAIN;
    return -1;
}

int openat2_exact(const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)flags | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
        return fd;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    fd = root < 0 ? -1 : openat2_walk(root, path + strspn(path, "/"), flags | O_CLOEXEC, 0);
    int saved = errno;
    if (root >= 0)
        close(root);
    errno = saved;
    return fd;
}
