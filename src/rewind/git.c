#include "rewind/git.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "host/process_env.h"

#define ARGS_MAX 40
#define ERRORS_KEPT 4096

bool git_init(struct git *g, const char *dir, struct error *e)
{
    *g = (struct git){.program = process_find_program("git", NULL, NULL, NULL)};
    if (!g->program)
        return error_set(e, ERR_NOT_FOUND, "the git program is not installed");
    g->dir = mem_strdup(dir);
    return true;
}

void git_fini(struct git *g)
{
    free(g->program);
    free(g->dir);
    *g = (struct git){0};
}

static pid_t spawn(const struct git *g, const char *const *args, const char *worktree,
                   const char *index, int in, int out, int errors, struct error *e)
{
    AUTO_FREE char *dir = mem_printf("GIT_DIR=%s", g->dir);
    AUTO_FREE char *tree = mem_printf("GIT_WORK_TREE=%s", worktree ? worktree : "");
    AUTO_FREE char *file = mem_printf("GIT_INDEX_FILE=%s", index ? index : "");
    const char *env[16] = {"PATH=/usr/local/bin:/usr/bin:/bin",
                           "HOME=/nonexistent",
                           "LC_ALL=C",
                           "GIT_CONFIG_NOSYSTEM=1",
                           "GIT_CONFIG_GLOBAL=/dev/null",
                           "GIT_ATTR_NOSYSTEM=1",
                           "GIT_NO_REPLACE_OBJECTS=1",
                           "GIT_OPTIONAL_LOCKS=0",
                           "GIT_TERMINAL_PROMPT=0",
                           "GIT_PAGER=cat",
                           dir};
    size_t n = 11;
    if (worktree)
        env[n++] = tree;
    if (index)
        env[n++] = file;
    const char *argv[ARGS_MAX + 8] = {"git",
                                      "-c",
                                      "core.hooksPath=/dev/null",
                                      "-c",
                                      "core.fsmonitor=false",
                                      "-c",
                                      "core.quotePath=false"};
    for (size_t i = 0, words = 7; args[i] && words < COUNT_OF(argv) - 1; i++)
        argv[words++] = args[i];
    union {
        const char **in;
        char **out;
    } words = {argv}, variables = {env};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawn_file_actions_adddup2(&files, errors, 2);
    posix_spawn_file_actions_addchdir_np(&files, worktree ? worktree : g->dir);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setpgroup(&how, 0); /* a Ctrl-C at the terminal is not meant for it */
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETPGROUP);
    pid_t pid = -1;
    int rc = posix_spawn(&pid, g->program, &files, &how, words.out, variables.out);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
    if (rc == 0)
        return pid;
    error_errno(e, rc, "cannot run %s", g->program);
    return -1;
}

static int end_of(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Both ends are read until they are closed. */
static void drain(int out, int errors, struct buf *text, struct buf *said)
{
    struct pollfd fds[2] = {{out, POLLIN, 0}, {errors, POLLIN, 0}};
    struct buf *to[2] = {text, said};
    char part[65536];
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        for (int i = 0; i < 2; i++) {
            if (fds[i].fd < 0 || !fds[i].revents)
                continue;
            ssize_t n = read(fds[i].fd, part, sizeof part);
            if (n > 0 && (i == 0 || said->len < ERRORS_KEPT))
                buf_add(to[i], part, (size_t)n);
            else if (n == 0 || (n < 0 && errno != EINTR))
                fds[i].fd = -1;
        }
    }
}

/* said: the end of what it wrote as errors. -1: it did not run. */
static int run(const struct git *g, const char *const *args, const char *worktree,
               const char *index, struct buf *out, struct buf *said, struct error *e)
{
    int to[2] = {-1, -1}, err[2] = {-1, -1};
    AUTO_FD int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (none < 0 || pipe2(to, O_CLOEXEC) != 0) {
        error_errno(e, errno, "cannot run git");
        return -1;
    }
    if (pipe2(err, O_CLOEXEC) != 0) {
        error_errno(e, errno, "cannot run git");
        close(to[0]);
        close(to[1]);
        return -1;
    }
    pid_t pid = spawn(g, args, worktree, index, none, to[1], err[1], e);
    close(to[1]);
    close(err[1]);
    if (pid > 0)
        drain(to[0], err[0], out, said);
    close(to[0]);
    close(err[0]);
    return pid > 0 ? end_of(pid) : -1;
}

bool git_ask(const struct git *g, const char *const *args, int *code, struct buf *out,
             struct error *e)
{
    AUTO(buf) said = {0};
    *code = run(g, args, NULL, NULL, out, &said, e);
    return *code >= 0;
}

bool git_run(const struct git *g, const char *const *args, const char *worktree, const char *index,
             struct buf *out, struct error *e)
{
    AUTO(buf) said = {0}, text = {0};
    int code = run(g, args, worktree, index, out ? out : &text, &said, e);
    if (code <= 0)
        return code == 0;
    while (said.len && said.ptr[said.len - 1] == '\n')
        buf_cut(&said, said.len - 1);
    const char *line = strrchr(buf_cstr(&said), '\n');
    return error_set(e, ERR_IO, "git %s ended with %d: %s", args[0], code,
                     line ? line + 1 : buf_cstr(&said));
}

int64_t git_start(const struct git *g, const char *const *args)
{
    struct error e;
    AUTO_FD int none = open("/dev/null", O_RDWR | O_CLOEXEC);
    return none < 0 ? -1 : spawn(g, args, NULL, NULL, none, none, none, &e);
}

bool git_over(int64_t pid, bool wait)
{
    int status;
    pid_t got;
    do
        got = waitpid((pid_t)pid, &status, wait ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    return got != 0;
}

/* ---- one object after the other ---- */

struct git_reader {
    pid_t pid;
    int to, from;
    struct buf text; /* read and not yet used */
};

struct git_reader *git_reader_new(const struct git *g, struct error *e)
{
    static const char *const args[] = {"cat-file", "--batch", NULL};
    int to[2], from[2];
    AUTO_FD int none = open("/dev/null", O_WRONLY | O_CLOEXEC);
    /* A socket: writing to one whose reader is gone raises no signal. */
    if (none < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, to) != 0) {
        error_errno(e, errno, "cannot run git");
        return NULL;
    }
    if (pipe2(from, O_CLOEXEC) != 0) {
        error_errno(e, errno, "cannot run git");
        close(to[0]);
        close(to[1]);
        return NULL;
    }
    pid_t pid = spawn(g, args, NULL, NULL, to[1], from[1], none, e);
    close(to[1]);
    close(from[1]);
    if (pid < 0) {
        close(to[0]);
        close(from[0]);
        return NULL;
    }
    struct git_reader *r = mem_alloc(sizeof *r);
    *r = (struct git_reader){.pid = pid, .to = to[0], .from = from[0]};
    return r;
}

static bool fill(struct git_reader *r, struct error *e)
{
    char part[65536];
    ssize_t n;
    do
        n = read(r->from, part, sizeof part);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return error_set(e, ERR_IO, "git ended while objects were read");
    buf_add(&r->text, part, (size_t)n);
    return true;
}

bool git_read(struct git_reader *r, const struct object_id *id, struct buf *out, struct error *e)
{
    char line[OBJECT_HEX + 1];
    const char *end;
    object_hex(id, line);
    line[OBJECT_HEX - 1] = '\n';
    if (send(r->to, line, OBJECT_HEX, MSG_NOSIGNAL) != OBJECT_HEX)
        return error_errno(e, errno, "cannot ask git for an object");
    while (!r->text.len || !(end = memchr(r->text.ptr, '\n', r->text.len)))
        if (!fill(r, e))
            return false;
    size_t head = (size_t)(end - r->text.ptr) + 1;
    AUTO_FREE char *words = mem_strndup(r->text.ptr, head - 1);
    const char *size = strrchr(words, ' ');
    buf_drop_head(&r->text, head);
    if (!size || size[1] < '0' || size[1] > '9')
        return error_set(e, ERR_NOT_FOUND, "the snapshots lack the object %.40s", words);
    size_t n = strtoull(size + 1, NULL, 10);
    while (r->text.len < n + 1)
        if (!fill(r, e))
            return false;
    buf_add(out, r->text.ptr, n);
    buf_drop_head(&r->text, n + 1);
    return true;
}

void git_reader_free(struct git_reader *r)
{
    if (!r)
        return;
    close(r->to);
    close(r->from);
    (void)end_of(r->pid);
    buf_fini(&r->text);
    free(r);
}
