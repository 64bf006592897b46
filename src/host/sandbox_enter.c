#include "host/sandbox_enter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "host/landlock.h"
#include "host/sandbox_priv.h"
#include "host/seccomp.h"

/* Name what is tried, leave when it fails. */
#define STEP(name, expr) \
    do {                 \
        *step = (name);  \
        if ((expr) != 0) \
            return -1;   \
    } while (0)

/* All of this is the child's side: async-signal-safe calls only. */

static int child_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

static int child_open_tree(const char *path)
{
    return (int)syscall(SYS_open_tree, AT_FDCWD, path,
                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

static int child_set_attr(int fd, const char *path, unsigned flags, uint64_t attr)
{
    struct mount_attr a = {.attr_set = attr};
    return (int)syscall(SYS_mount_setattr, fd, path, flags, &a, sizeof a);
}

static int child_move(int fd, const char *to)
{
    int rc = (int)syscall(SYS_move_mount, fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH);
    close(fd);
    return rc;
}

/* Cover a directory by an empty file system, a file by nothing readable. */
static int child_hide(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return (int)syscall(SYS_mount, "none", path, "tmpfs", 2 | 4 | 8, "size=4k,mode=0700");
    return (int)syscall(SYS_mount, "/dev/null", path, NULL, 4096, NULL); /* MS_BIND */
}

static int child_lock(const char *path)
{
    if (access(path, F_OK) != 0)
        return 0;
    int fd = child_open_tree(path);
    if (fd < 0)
        return -1;
    if (child_set_attr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY) != 0)
        return -1;
    return child_move(fd, path);
}

/* The world read-only but for the workspace and the temporary directory. */
static int child_mounts(const struct sandbox *s, const char **step)
{
    STEP("private mounts", syscall(SYS_mount, NULL, "/", NULL, 16384 | (1 << 18), NULL));
    int ws = child_open_tree(s->workspace), tmp = child_open_tree(s->tmp);
    STEP("open the workspace", ws < 0 || tmp < 0);
    STEP("read-only root",
         child_set_attr(AT_FDCWD, "/", AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
    for (size_t i = 0; i < s->hidden.len; i++)
        STEP("hide secrets", child_hide(s->hidden.ptr[i]));
    STEP("mount the temporary directory", child_move(tmp, s->tmp));
    STEP("mount the workspace", child_move(ws, s->workspace));
    for (size_t i = 0; i < s->locked.len; i++)
        STEP("lock .git and .mien", child_lock(s->locked.ptr[i]));
    STEP("mount /proc", syscall(SYS_mount, "proc", "/proc", "proc", 2 | 4 | 8, NULL));
    STEP("enter the workspace", chdir(s->workspace));
    return 0;
}

static int child_drop_capabilities(void)
{
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}, {0}};
    for (int cap = 0; cap <= 63; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return (int)syscall(SYS_capset, &h, none);
}

/* The first process of the pid namespace: reap everything, end with the command's status. */
static void child_reap(pid_t command)
{
    syscall(SYS_close_range, 0, ~0U, 0); /* or the command's pipes would never close */
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid == command || pid < 0)
            _exit(pid < 0 ? 125 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
}

/* Deaf to SIGTERM, so that its own death does not cut short what the command does about it. */
static void child_follow(pid_t first)
{
    int status;
    signal(SIGTERM, SIG_IGN);
    syscall(SYS_close_range, 0, ~0U, 0);
    while (waitpid(first, &status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int sandbox_child_map(const struct sandbox *s, const char **step)
{
    STEP("setgroups", child_write("/proc/self/setgroups", "deny"));
    STEP("uid map", child_write("/proc/self/uid_map", s->uid_map));
    STEP("gid map", child_write("/proc/self/gid_map", s->gid_map));
    return 0;
}

int sandbox_child_join(const struct sandbox *s)
{
    if (setns(s->loopback.user, CLONE_NEWUSER) != 0)
        return -1;
    return setns(s->loopback.net, CLONE_NEWNET);
}

/* Names of its own for everything; the user and network ones may be the shared ones. */
static int child_unshare(const struct sandbox *s, const char **step)
{
    int own = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
    if (sandbox_is_shared(s)) {
        STEP("join the shared network", sandbox_child_join(s));
        STEP("new namespaces", unshare(own));
        return 0;
    }
    STEP("new namespaces", unshare(own | CLONE_NEWUSER | (s->network ? 0 : CLONE_NEWNET)));
    return sandbox_child_map(s, step);
}

/* Two forks: one to become pid 1, one so that pid 1 is not the command. */
static int child_namespaces(const struct sandbox *s, const char **step)
{
    if (child_unshare(s, step) != 0)
        return -1;
    *step = "fork";
    pid_t first = _Fork();
    if (first < 0)
        return -1;
    if (first > 0)
        child_follow(first);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (child_mounts(s, step) != 0)
        return -1;
    *step = "fork";
    pid_t command = _Fork();
    if (command < 0)
        return -1;
    if (command > 0)
        child_reap(command);
    return 0;
}

int sandbox_enter(const struct sandbox *s, const char **step)
{
    /* The mounts hide what is secret already: one rule instead of one an entry of HOME. */
    static const char *const everything[] = {"/", NULL};
    *step = "";
    if (sandbox_level(s) == SANDBOX_NONE)
        return 0;
    bool shared = sandbox_is_shared(s);
    if (s->level == SANDBOX_FULL && child_namespaces(s, step) != 0)
        return -1;
    STEP("drop capabilities", child_drop_capabilities());
    STEP("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (s->level == SANDBOX_LANDLOCK || landlock_abi() >= SANDBOX_MIN_LANDLOCK)
        STEP("Landlock", landlock_confine(s->level == SANDBOX_FULL ? everything : s->ro.ptr,
                                          s->rw.ptr, s->network || shared));
    if (s->filter_len)
        STEP("seccomp", shared ? seccomp_install(s->loopback.filter, s->loopback.filter_len)
                               : seccomp_install(s->filter, s->filter_len));
    return 0;
}
