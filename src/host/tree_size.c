#include "host/tree_size.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64

static void add(int dir, int depth, int64_t *bytes)
{
    DIR *d = fdopendir(dir);
    struct dirent *ent;
    if (!d)
        close(dir);
    while (d && (ent = readdir(d))) {
        struct stat st;
        if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0 ||
            fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        *bytes += (int64_t)st.st_blocks * 512;
        int below =
            S_ISDIR(st.st_mode) && depth < DEPTH_MAX
                ? openat(dirfd(d), ent->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                : -1;
        if (below >= 0)
            add(below, depth + 1, bytes);
    }
    if (d)
        closedir(d);
}

int64_t tree_size(const char *dir)
{
    int64_t bytes = 0;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        add(fd, 0, &bytes);
    return bytes;
}
