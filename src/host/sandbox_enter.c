#include "host/sandbox_enter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/openat2.h"
#include "base/path.h"
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

static int child_open_tree(int dir, const char *path)
{
    return (int)syscall(SYS_open_tree, dir, path,
                        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
}

/* What was asked for, not what a command has put in its place since. */
static int child_open_exact(const char *path)
{
    int fd = openat2_exact(path, O_PATH | O_DIRECTORY);
    int tree =
        fd < 0 ? -1
               : (int)syscall(SYS_open_tree, fd, "",
                              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
    int saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return tree;
}

static int child_set_attr(int fd, const char *path, unsigned flags, uint64_t attr)
{
    struct mount_attr a = {.attr_set = attr};
    return (int)syscall(SYS_mount_setattr, fd, path, flags, &a, sizeof a);
}

/* The descriptor goes on naming what was mounted. */
static int child_move(int fd, int dir, const char *to)
{
    return (int)syscall(SYS_move_mount, fd, "", dir, to,
                        MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_SYMLINKS);
}

/* Cover a directory by an empty file system, a file by nothing readable: that to which the name
 * leads, for it may be a link. */
static int child_hide(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return 0;
    if (S_ISDIR(st.st_mode))
        return mount("none", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,mode=0700");
    return mount("/dev/null", path, NULL, MS_BIND, NULL);
}

/* Beneath dir, a descriptor: what a name outside leads to may have been moved by a command that
 * runs meanwhile. A mount point cannot be renamed. */
static int child_lock(int dir, const char *name)
{
    bool pin = *name == *SANDBOX_PIN;
    name += pin;
    int fd = child_open_tree(dir, name);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    int rc = pin ? 0 : child_set_attr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY);
    if (rc == 0)
        rc = child_move(fd, dir, name);
    close(fd);
    return rc;
}

static int child_lock_all(const struct sandbox *s, const int *places)
{
    for (size_t i = 0; i < s->locked.len; i++)
        for (size_t p = 0; p < s->places.len; p++)
            if (places[p] >= 0 && strcmp(s->places.ptr[p].to, s->locked.ptr[i].place) == 0 &&
                s->places.ptr[p].writable && child_lock(places[p], s->locked.ptr[i].name) != 0)
                return -1;
    return 0;
}

/* The directories above a mount point and itself, a file for what is no directory. What cannot be
 * made is there already, or the mount will say what is wrong. */
static void child_make_point(const char *path, int of)
{
    char at[PATH_MAX];
    struct stat st;
    size_t n = strlen(path);
    if (n >= sizeof at || fstat(of, &st) != 0 || access(path, F_OK) == 0)
        return;
    memcpy(at, path, n + 1);
    for (char *p = at + 1; (p = strchr(p, '/')); *p++ = '/') {
        *p = '\0';
        mkdir(at, 0755);
    }
    if (S_ISDIR(st.st_mode))
        mkdir(at, 0755);
    else
        close(open(at, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644));
}

/* Clones of what will be shown, taken while all can still be seen and written. */
struct shown {
    int tmp[2], places[SANDBOX_PLACES], workspace;
};

static int child_open_shown(const struct sandbox *s, struct shown *o, const char **step)
{
    *step = "open the temporary directory";
    for (size_t i = 0; i < COUNT_OF(o->tmp); i++)
        if ((o->tmp[i] = child_open_tree(AT_FDCWD, s->tmp)) < 0)
            return -1;
    o->workspace = -1;
    for (size_t i = 0; i < s->places.len; i++) {
        const struct sandbox_place *p = &s->places.ptr[i];
        o->places[i] = p->exact ? child_open_exact(p->from) : child_open_tree(AT_FDCWD, p->from);
        if (p->exact)
            STEP("open what was granted", o->places[i] < 0);
        if (strcmp(p->to, s->workspace) == 0)
            o->workspace = o->places[i];
        if (o->places[i] >= 0 && !p->writable)
            STEP("show read-only", child_set_attr(o->places[i], "", AT_EMPTY_PATH | AT_RECURSIVE,
                                                  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
    }
    STEP("open the workspace", o->workspace < 0);
    return 0;
}

/* 0 where there is no such directory to replace. */
static int child_cover(const char *dir, const char *type, unsigned long flags, const char *data)
{
    return access(dir, F_OK) == 0 ? mount("none", dir, type, MS_NOSUID | flags, data) : 0;
}

/* What programs share by name with everybody: each command has its own instead. */
static int child_private_places(const struct sandbox *s, const struct shown *o, const char **step)
{
    static const char *const temporary[] = {"/tmp", "/var/tmp"};
    STEP("hide /run", child_cover("/run", "tmpfs", MS_NODEV, "size=64k,mode=0755"));
    STEP("private /dev/shm", child_cover("/dev/shm", "tmpfs", MS_NODEV, s->shm_options));
    STEP("private terminals",
         child_cover("/dev/pts", "devpts", MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"));
    if (access("/dev/ptmx", F_OK) == 0)
        STEP("private terminals", mount("/dev/pts/ptmx", "/dev/ptmx", NULL, MS_BIND, NULL));
    for (size_t i = 0; i < COUNT_OF(temporary); i++)
        if (access(temporary[i], F_OK) == 0)
            STEP("private temporary directories", child_move(o->tmp[i], AT_FDCWD, temporary[i]));
    return 0;
}

static int child_hide_secrets(const struct sandbox *s, bool above)
{
    for (size_t i = 0; i < s->hidden.len; i++)
        if (path_is_within(s->workspace, s->hidden.ptr[i]) == above &&
            child_hide(s->hidden.ptr[i]) != 0)
            return -1;
    return 0;
}

/* Connecting needs no writable mount: sockets that others listen on are covered one by one. `list`
 * is /proc/net/unix of the network outside; their names end its lines. */
static int child_hide_sockets(const struct sandbox *s, int list)
{
    char text[16384];
    size_t have = 0;
    for (ssize_t n; (n = read(list, text + have, sizeof text - 1 - have)) > 0;) {
        have += (size_t)n;
        text[have] = '\0';
        char *line = text;
        for (char *end; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            char *path = strchr(line, '/');
            struct stat st;
            if (path && !path_is_within(path, s->workspace) && lstat(path, &st) == 0 &&
                S_ISSOCK(st.st_mode) && mount("/dev/null", path, NULL, MS_BIND, NULL) != 0)
                return -1;
        }
        have -= (size_t)(line - text);
        memmove(text, line, have);
    }
    return 0;
}

/* The world read-only but for the workspace and the temporary directories. */
static int child_mounts(const struct sandbox *s, int sockets, const char **step)
{
    struct shown o;
    STEP("private mounts", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    if (child_open_shown(s, &o, step) != 0)
        return -1;
    STEP("read-only root",
         child_set_attr(AT_FDCWD, "/", AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
    if (child_private_places(s, &o, step) != 0)
        return -1;
    STEP("hide secrets", child_hide_secrets(s, true));
    *step = "mount the workspace";
    for (size_t i = 0; i < s->places.len; i++) {
        if (o.places[i] < 0)
            continue;
        child_make_point(s->places.ptr[i].to, o.places[i]);
        if (child_move(o.places[i], AT_FDCWD, s->places.ptr[i].to) != 0)
            return -1;
    }
    STEP("hide secrets", child_hide_secrets(s, false));
    STEP("hide sockets", child_hide_sockets(s, sockets));
    STEP("lock .git and .mien", child_lock_all(s, o.places));
    STEP("mount /proc", mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
    STEP("enter the workspace", fchdir(o.workspace));
    syscall(SYS_close_range, o.tmp[0], ~0U, CLOSE_RANGE_CLOEXEC);
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
    for (size_t i = 0; i < SANDBOX_SHARED; i++)
        if (s->shared[i] >= 0 && setns(s->shared[i], 0) != 0 && (i > 0 || errno != EINVAL))
            return -1; /* EINVAL: there was no other user namespace, we are in it */
    return 0;
}

/* Inside the user namespace it counts what runs there, outside all that the user runs. */
static int child_limit_processes(const struct sandbox *s)
{
    rlim_t n = (rlim_t)s->limits.processes;
    struct rlimit now;
    if (!n || getrlimit(RLIMIT_NPROC, &now) != 0)
        return 0;
    n = now.rlim_max < n ? now.rlim_max : n;
    return setrlimit(RLIMIT_NPROC, &(struct rlimit){n, n});
}

/* Two forks: one to become pid 1, one so that pid 1 is not the command. */
static int child_namespaces(const struct sandbox *s, const char **step)
{
    int sockets;
    STEP("list the sockets outside", (sockets = open("/proc/net/unix", O_RDONLY | O_CLOEXEC)) < 0);
    STEP("join the commands' namespaces", sandbox_child_join(s));
    STEP("limit processes", child_limit_processes(s));
    STEP("new namespaces", unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS));
    *step = "fork";
    pid_t first = _Fork();
    if (first < 0)
        return -1;
    if (first > 0)
        child_follow(first);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (child_mounts(s, sockets, step) != 0)
        return -1;
    /* The command may trace what it can name, but never this process, which may still mount. Its
     * own program can be traced again from its exec on. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    *step = "fork";
    pid_t command = _Fork();
    if (command < 0)
        return -1;
    if (command > 0) {
        child_drop_capabilities();
        child_reap(command);
    }
    return 0;
}

int sandbox_enter(const struct sandbox *s, const char **step)
{
    static const char *const own_terminal[] = {"/dev/tty",
                                               NULL}; /* of the session: ours is another */
    static const char *const terminals[] = {"/dev/pts", "/dev/ptmx", "/dev/tty", NULL};
    *step = "";
    if (sandbox_level(s) == SANDBOX_NONE)
        return 0;
    bool full = s->level == SANDBOX_FULL;
    struct landlock_rules inner = {s->full_ro.ptr, s->full_rw.ptr, s->granted.ptr,
                                   terminals,      s->devices.ptr, true};
    struct landlock_rules outer = {s->ro.ptr,    s->rw.ptr,      s->granted.ptr,
                                   own_terminal, s->devices.ptr, s->network};
    const struct seccomp_program *filter = full ? &s->inner : &s->outer;
    if (full && child_namespaces(s, step) != 0)
        return -1;
    STEP("drop capabilities", child_drop_capabilities());
    STEP("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (s->level == SANDBOX_LANDLOCK || landlock_abi() >= SANDBOX_MIN_LANDLOCK)
        STEP("Landlock", landlock_confine(full ? &inner : &outer));
    if (filter->len)
        STEP("seccomp", seccomp_install(filter->code, filter->len));
    return 0;
}
