#include "host/sandbox.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "host/landlock.h"
#include "host/seccomp.h"

#define SANDBOX_MIN_LANDLOCK 3

struct sandbox {
    enum sandbox_level level;
    bool network;
    char *workspace, *tmp;
    VEC(const char *) ro, rw; /* Landlock, NULL-terminated */
    VEC(const char *) hidden; /* directories covered by an empty tmpfs */
    VEC(const char *) locked; /* files and directories of the workspace kept read-only */
    VEC(char *) owned;
    char uid_map[64], gid_map[64];
    struct sock_filter filter[SECCOMP_MAX];
    size_t filter_len;
};

/* What a command has no business reading, relative to HOME. */
static const char *const secrets[] = {".ssh",
                                      ".gnupg",
                                      ".aws",
                                      ".azure",
                                      ".kube",
                                      ".docker",
                                      ".config/gh",
                                      ".config/gcloud",
                                      ".config/mien",
                                      ".netrc",
                                      ".password-store",
                                      ".mozilla",
                                      ".local/state/mien"};
static const char *const locked_names[] = {".git/config", ".git/hooks", ".mien", ".mcp.json"};

const char *sandbox_level_name(enum sandbox_level l)
{
    return l == SANDBOX_FULL ? "full" : l == SANDBOX_LANDLOCK ? "landlock" : "none";
}

static const char *sandbox_own(struct sandbox *s, char *text)
{
    VEC_PUSH(&s->owned, text);
    return text;
}

static bool sandbox_is_secret(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < COUNT_OF(secrets); i++)
        if (strncmp(secrets[i], name, n) == 0 && (!secrets[i][n] || secrets[i][n] == '/'))
            return true;
    return false;
}

/* Landlock has no exceptions: to hide some of a directory, allow its other entries. */
static void sandbox_allow_entries(struct sandbox *s, const char *dir, const char *except, bool home)
{
    DIR *d = opendir(dir);
    struct dirent *ent;
    while (d && (ent = readdir(d))) {
        if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
            continue;
        if (home && sandbox_is_secret(ent->d_name))
            continue;
        char *path = mem_printf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, ent->d_name);
        if (except && strcmp(path, except) == 0)
            free(path);
        else
            VEC_PUSH(&s->ro, sandbox_own(s, path));
    }
    if (d)
        closedir(d);
}

static void sandbox_list_readable(struct sandbox *s, const char *home)
{
    char top[PATH_MAX] = "";
    if (*home == '/' && home[1])
        snprintf(top, sizeof top, "%.*s", (int)(1 + strcspn(home + 1, "/")), home);
    sandbox_allow_entries(s, "/", *top ? top : NULL, false);
    if (*top && strcmp(top, home) != 0)
        sandbox_allow_entries(s, top, home, false);
    if (*top)
        sandbox_allow_entries(s, home, NULL, true);
    VEC_PUSH(&s->ro, s->workspace);
    VEC_PUSH(&s->ro, NULL);
}

struct sandbox *sandbox_new(const char *workspace, const char *tmp, bool network)
{
    struct sandbox *s = mem_alloc(sizeof *s);
    const char *set = getenv("HOME"), *home = set ? set : "";
    s->network = network;
    s->workspace = mem_strdup(workspace);
    s->tmp = mem_strdup(tmp);
    sandbox_list_readable(s, home);
    VEC_PUSH(&s->rw, s->workspace);
    VEC_PUSH(&s->rw, s->tmp);
    VEC_PUSH(&s->rw, NULL);
    for (size_t i = 0; *home == '/' && i < COUNT_OF(secrets); i++)
        VEC_PUSH(&s->hidden, sandbox_own(s, mem_printf("%s/%s", home, secrets[i])));
    for (size_t i = 0; i < COUNT_OF(locked_names); i++)
        VEC_PUSH(&s->locked, sandbox_own(s, mem_printf("%s/%s", workspace, locked_names[i])));
    snprintf(s->uid_map, sizeof s->uid_map, "%u %u 1", geteuid(), geteuid());
    snprintf(s->gid_map, sizeof s->gid_map, "%u %u 1", getegid(), getegid());
    s->filter_len = seccomp_make(s->filter, network);
    return s;
}

void sandbox_free(struct sandbox *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->owned.len; i++)
        free(s->owned.ptr[i]);
    VEC_FREE(&s->owned);
    VEC_FREE(&s->ro);
    VEC_FREE(&s->rw);
    VEC_FREE(&s->hidden);
    VEC_FREE(&s->locked);
    free(s->workspace);
    free(s->tmp);
    free(s);
}

enum sandbox_level sandbox_level(const struct sandbox *s)
{
    return s ? s->level : SANDBOX_NONE;
}

void sandbox_set_level(struct sandbox *s, enum sandbox_level l)
{
    s->level = l;
}

/* From here to sandbox_enter(): child side, async-signal-safe calls only. */

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

#define STEP(name, expr) \
    do {                 \
        *step = (name);  \
        if ((expr) != 0) \
            return -1;   \
    } while (0)

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
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno == EINTR)
            continue;
        if (pid == command || pid < 0)
            _exit(pid < 0 ? 125 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
}

static void child_follow(pid_t first)
{
    int status;
    while (waitpid(first, &status, 0) < 0 && errno == EINTR)
        ;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Two forks: one to become pid 1, one so that pid 1 is not the command. */
static int child_namespaces(const struct sandbox *s, const char **step)
{
    int flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                (s->network ? 0 : CLONE_NEWNET);
    STEP("new namespaces", unshare(flags));
    STEP("setgroups", child_write("/proc/self/setgroups", "deny"));
    STEP("uid map", child_write("/proc/self/uid_map", s->uid_map));
    STEP("gid map", child_write("/proc/self/gid_map", s->gid_map));
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
    if (s->level == SANDBOX_FULL && child_namespaces(s, step) != 0)
        return -1;
    STEP("drop capabilities", child_drop_capabilities());
    STEP("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (s->level == SANDBOX_LANDLOCK || landlock_abi() >= SANDBOX_MIN_LANDLOCK)
        STEP("Landlock", landlock_confine(s->level == SANDBOX_FULL ? everything : s->ro.ptr,
                                          s->rw.ptr, s->network));
    if (s->filter_len)
        STEP("seccomp", seccomp_install(s->filter, s->filter_len));
    return 0;
}

/* The canary: every attempt must fail. Exit codes name what got through. */
enum { CANARY_HELD = 0, CANARY_SETUP = 1, CANARY_WRITE = 2, CANARY_CONNECT = 3, CANARY_KILL = 4 };

static bool canary_wrote(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    close(fd);
    unlink(path);
    return true;
}

static void canary(const struct sandbox *s, const char *outside, int inside_port, pid_t outsider,
                   int report)
{
    const char *step;
    if (sandbox_enter(s, &step) != 0) {
        char why[160];
        int n = snprintf(why, sizeof why, "%s: %s", step, strerror(errno));
        ssize_t w = write(report, why, n > 0 ? (size_t)n : 0);
        (void)w;
        _exit(CANARY_SETUP);
    }
    if (canary_wrote(outside))
        _exit(CANARY_WRITE);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)inside_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (!s->network && fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        _exit(CANARY_CONNECT);
    /* Landlock scopes signals only from ABI 6 on; older kernels keep the rest. */
    if ((s->level == SANDBOX_FULL || landlock_abi() >= 6) && kill(outsider, 0) == 0)
        _exit(CANARY_KILL);
    _exit(CANARY_HELD);
}

static int canary_listen(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1) == 0 &&
        getsockname(fd, (struct sockaddr *)&a, &len) == 0)
        *port = ntohs(a.sin_port);
    return fd;
}

static int canary_run(const struct sandbox *s, char why[static 256])
{
    static const char *const meaning[] = {"", "", "a write outside got through",
                                          "a connection got through", "a signal got out"};
    AUTO_FREE char *outside = mem_printf("%s.canary-%d", s->tmp, (int)getpid());
    int port = 9, pipes[2];
    AUTO_FD int listener = canary_listen(&port); /* open while the canary tries to connect */
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return CANARY_SETUP;
    pid_t self = getpid();
    pid_t child = _Fork();
    if (child == 0)
        canary(s, outside, port, self, pipes[1]);
    close(pipes[1]);
    char text[200] = "";
    ssize_t n = read(pipes[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    close(pipes[0]);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    int code = child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : CANARY_SETUP;
    if (code != CANARY_HELD)
        snprintf(why, 256, "%s", *text ? text : code < 5 ? meaning[code] : "it died");
    return code;
}

enum sandbox_level sandbox_probe(struct sandbox *s, enum sandbox_level best, char why[static 256])
{
    why[0] = '\0';
    for (int level = best; level > SANDBOX_NONE; level--) {
        s->level = (enum sandbox_level)level;
        if (level == SANDBOX_LANDLOCK && landlock_abi() < SANDBOX_MIN_LANDLOCK) {
            snprintf(why, 256, "this kernel's Landlock is too old (ABI %d)", landlock_abi());
            continue;
        }
        if (s->filter_len && canary_run(s, why) == CANARY_HELD)
            return s->level;
    }
    return s->level = SANDBOX_NONE;
}
