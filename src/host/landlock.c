#include "host/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/openat2.h"

enum {
    NR_CREATE = 444,
    NR_ADD_RULE = 445,
    NR_RESTRICT = 446,
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_BLOCK = 1 << 11,
    FS_V1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL_DEV = 1 << 15,
    NET_BIND_CONNECT = 3,
    SCOPE_SOCKET_SIGNAL = 3,
    RULE_PATH = 1,
    CREATE_VERSION = 1
};

struct ruleset {
    uint64_t fs, net, scoped;
};

struct path_rule {
    uint64_t access;
    int32_t fd;
} __attribute__((packed));

int landlock_abi(void)
{
    long abi = syscall(NR_CREATE, NULL, 0, CREATE_VERSION);
    return abi < 1 ? 0 : (int)abi;
}

/* A path that is not there needs no rule. */
static int landlock_allow_fd(int ruleset, int fd, uint64_t access)
{
    if (fd < 0)
        return errno == ENOENT || errno == EACCES ? 0 : -1;
    struct stat st;
    if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
        access &= FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
    struct path_rule r = {access, fd};
    long rc = access ? syscall(NR_ADD_RULE, ruleset, RULE_PATH, &r, 0) : 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return (int)rc;
}

static int landlock_allow(int ruleset, const char *path, uint64_t access)
{
    return landlock_allow_fd(ruleset, open(path, O_PATH | O_CLOEXEC), access);
}

static int landlock_allow_all(int ruleset, uint64_t fs, const struct landlock_rules *r)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                          "/dev/urandom"};
    int bad = 0;
    uint64_t write = fs & ~(uint64_t)(FS_MAKE_CHAR | FS_MAKE_BLOCK | FS_IOCTL_DEV);
    for (const char *const *p = r->ro; *p; p++) {
        bool names_only = strcmp(*p, "/") == 0 || strcmp(*p, "/dev") == 0;
        bad |= landlock_allow(ruleset, *p,
                              names_only ? FS_READ_DIR : FS_EXECUTE | FS_READ_FILE | FS_READ_DIR);
    }
    for (const char *const *p = r->rw; *p; p++)
        bad |= landlock_allow(ruleset, *p, write);
    for (const char *const *p = r->granted; p && *p; p++)
        bad |= landlock_allow_fd(ruleset, openat2_exact(*p, O_PATH), write);
    const char *const *const more[] = {r->dev, r->devices};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        for (const char *const *p = more[i]; p && *p; p++)
            bad |= landlock_allow(ruleset, *p,
                                  (FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV) & fs);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        bad |=
            landlock_allow(ruleset, devices[i], (FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE) & fs);
    return bad;
}

int landlock_confine(const struct landlock_rules *r)
{
    int abi = landlock_abi();
    if (abi < 1) {
        errno = ENOSYS;
        return -1;
    }
    struct ruleset a = {.fs = FS_V1};
    if (abi >= 2)
        a.fs |= FS_REFER;
    if (abi >= 3)
        a.fs |= FS_TRUNCATE;
    if (abi >= 5)
        a.fs |= FS_IOCTL_DEV;
    if (abi >= 4 && !r->network)
        a.net = NET_BIND_CONNECT;
    if (abi >= 6)
        a.scoped = SCOPE_SOCKET_SIGNAL;
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int ruleset = (int)syscall(NR_CREATE, &a, size, 0);
    if (ruleset < 0)
        return -1;
    int rc = landlock_allow_all(ruleset, a.fs, r);
    if (rc == 0)
        rc = (int)syscall(NR_RESTRICT, ruleset, 0);
    int saved = errno;
    close(ruleset);
    errno = saved;
    return rc;
}
