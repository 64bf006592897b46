#include "base/sweep.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define OPEN_AT_ONCE 16

int sweep_hold(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        futimens(fd, NULL);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* What a build made read-only could not be emptied. */
static int open_up(const char *path, const struct stat *st, int type, struct FTW *f)
{
    if ((type == FTW_D || type == FTW_DNR) && (st->st_mode & 0700) != 0700)
        chmod(path, 0700);
    return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *f)
{
    remove(path);
    return 0;
}

void sweep_tree(const char *dir)
{
    nftw(dir, open_up, OPEN_AT_ONCE, FTW_PHYS | FTW_MOUNT);
    nftw(dir, remove_entry, OPEN_AT_ONCE, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Is it ours, and old? */
static bool is_stale(int at, const char *name, int64_t seconds)
{
    struct stat st;
    return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && st.st_mtime + seconds < time(NULL);
}

int sweep_unused(const char *dir, const char *prefix, size_t length, int64_t seconds,
                 int64_t deadline_ms)
{
    DIR *d = opendir(dir);
    int gone = 0;
    for (struct dirent *e; d && clock_ms() < deadline_ms && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            (prefix && strncmp(e->d_name, prefix, strlen(prefix)) != 0) ||
            (length && strlen(e->d_name) != length) || !is_stale(dirfd(d), e->d_name, seconds))
            continue;
        AUTO_FREE char *path = mem_printf("%s/%s", dir, e->d_name);
        AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
            continue;
        sweep_tree(path);
        gone++;
    }
    if (d)
        closedir(d);
    return gone;
}
