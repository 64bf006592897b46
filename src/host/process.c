#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "host/sandbox.h"

#define TERM_GRACE_MS 700

struct process {
    struct loop *loop;
    struct process_spec spec;
    pid_t supervisor;
    int control, out;
    struct loop_fd *control_watch, *out_watch;
    struct loop_timer *timer;
    bool running, stopping, timed_out;
    int code;
    char note[256];
    struct buf head, tail; /* tail: up to twice keep, shortened when full */
    int64_t total;
};

/* ---- child side: async-signal-safe calls only ---- */

static void child_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        if (sig != SIGKILL && sig != SIGSTOP)
            signal(sig, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_limits(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 1024});
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1u << 30, 1u << 30});
}

/* Everything else belongs to mien: a process that may outlive it must not hold its locks. */
static void child_keep_two(int *control, int *out)
{
    int a = fcntl(*control, F_DUPFD_CLOEXEC, 100), b = fcntl(*out, F_DUPFD_CLOEXEC, 100);
    unsigned low = (unsigned)MIN(a, b), high = (unsigned)MAX(a, b);
    if (a < 0 || b < 0)
        _exit(126);
    syscall(SYS_close_range, 3, low - 1, 0);
    if (high > low + 1)
        syscall(SYS_close_range, low + 1, high - 1, 0);
    syscall(SYS_close_range, high + 1, ~0U, 0);
    *control = a;
    *out = b;
}

NORETURN static void child_fail(int control, const char *step)
{
    char text[200];
    int n = snprintf(text, sizeof text, "E%s: %s", step, strerror(errno));
    ssize_t w = write(control, text, n > 0 ? (size_t)n : 0);
    (void)w;
    _exit(126);
}

NORETURN static void child_command(const struct process_spec *spec, int control, int out,
                                   const char *shell, char **argv, char **env)
{
    setpgid(0, 0);
    child_limits();
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        child_fail(control, "redirect");
    if (chdir(spec->cwd) != 0)
        child_fail(control, "enter the workspace");
    const char *step = "";
    if (sandbox_enter(spec->sandbox, &step) != 0)
        child_fail(control, step);
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    execve(shell, argv, env);
    child_fail(control, "run the shell");
}

/* Kill children until none is left; orphans come to us because we are their sub-reaper. */
static void supervisor_sweep(void)
{
    char path[64], list[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    for (int round = 0; round < 2000; round++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? 0 : read(fd, list, sizeof list - 1);
        if (fd >= 0)
            close(fd);
        if (n <= 0)
            return;
        list[n] = '\0';
        for (char *p = list; *p;) {
            long pid = strtol(p, &p, 10);
            if (pid > 0)
                kill((pid_t)pid, SIGKILL);
            while (*p == ' ')
                p++;
        }
        waitpid(-1, NULL, 0);
    }
}

static void supervisor_terminate(pid_t command, int pidfd)
{
    kill(-command, SIGTERM);
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    while (poll(&p, 1, TERM_GRACE_MS) < 0 && errno == EINTR)
        ;
    kill(-command, SIGKILL);
    kill(command, SIGKILL);
}

NORETURN static void supervisor_run(int control, pid_t command)
{
    prctl(PR_SET_DUMPABLE, 0);
    int pidfd = (int)syscall(SYS_pidfd_open, command, 0);
    struct pollfd p[2] = {{.fd = control, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
    while (poll(p, 2, -1) < 0 && errno == EINTR)
        ;
    char order;
    /* Read the order: closing with unread data would reset the socket and lose our report. */
    if (p[0].revents & POLLIN && read(control, &order, 1) < 0)
        p[1].revents = 0;
    if (!(p[1].revents & POLLIN))
        supervisor_terminate(command, pidfd);
    int status = 0;
    while (waitpid(command, &status, 0) < 0 && errno == EINTR)
        ;
    supervisor_sweep();
    char report[32];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    int n = snprintf(report, sizeof report, "X%d", code);
    ssize_t w = write(control, report, (size_t)n);
    (void)w;
    _exit(0);
}

NORETURN static void supervisor(const struct process_spec *spec, int control, int out,
                                const char *shell, char **argv, char **env)
{
    child_reset_signals();
    signal(SIGPIPE, SIG_IGN);
    setsid();
    child_keep_two(&control, &out);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t command = _Fork();
    if (command == 0) {
        signal(SIGPIPE, SIG_DFL);
        child_command(spec, control, out, shell, argv, env);
    }
    if (command < 0)
        child_fail(control, "fork");
    close(out);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    supervisor_run(control, command);
}

/* ---- parent side ---- */

static void process_keep(struct process *p, const char *s, size_t n)
{
    size_t room = p->spec.keep > p->head.len ? p->spec.keep - p->head.len : 0;
    size_t first = MIN(n, room);
    buf_add(&p->head, s, first);
    buf_add(&p->tail, s + first, n - first);
    if (p->tail.len > 2 * p->spec.keep)
        buf_drop_head(&p->tail, p->tail.len - p->spec.keep);
    p->total += (int64_t)n;
}

static bool process_drain(struct process *p)
{
    char chunk[65536];
    for (;;) {
        ssize_t n = read(p->out, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
        process_keep(p, chunk, (size_t)n);
        if (p->spec.output)
            p->spec.output(p->spec.arg, chunk, (size_t)n);
    }
}

static void process_on_output(void *arg, int fd, short revents)
{
    struct process *p = arg;
    if (process_drain(p))
        return;
    loop_fd_remove(p->loop, p->out_watch);
    p->out_watch = NULL;
}

static void process_end(struct process *p)
{
    process_drain(p);
    loop_fd_remove(p->loop, p->control_watch);
    loop_fd_remove(p->loop, p->out_watch);
    loop_timer_remove(p->loop, p->timer);
    p->control_watch = p->out_watch = NULL;
    p->timer = NULL;
    while (waitpid(p->supervisor, NULL, 0) < 0 && errno == EINTR)
        ;
    p->running = false;
}

static void process_on_control(void *arg, int fd, short revents)
{
    struct process *p = arg;
    char text[256];
    ssize_t n = read(fd, text, sizeof text - 1);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNRESET))
        return; /* a reset comes before the report when a stop raced with the end */
    text[n > 0 ? n : 0] = '\0';
    if (text[0] == 'E') {
        snprintf(p->note, sizeof p->note, "%s", text + 1);
        return;
    }
    p->code = text[0] == 'X' ? atoi(text + 1) : -1;
    if (*p->note || text[0] != 'X')
        p->code = -1;
    process_end(p);
}

static void process_on_timeout(void *arg)
{
    struct process *p = arg;
    p->timer = NULL;
    p->timed_out = true;
    process_stop(p);
}

static bool process_fork(struct process *p, struct error *e)
{
    int control[2], out[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0)
        return error_errno(e, errno, "cannot start a command");
    if (pipe2(out, O_CLOEXEC) != 0) {
        int saved = errno;
        close(control[0]);
        close(control[1]);
        return error_errno(e, saved, "cannot start a command");
    }
    char **env = process_env(p->spec.tmp);
    const char *shell = access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
    AUTO_FREE char *command = mem_strdup(p->spec.command);
    char name[] = "sh", flag[] = "-c";
    char *argv[] = {name, flag, command, NULL};
    p->supervisor = _Fork();
    if (p->supervisor == 0) {
        close(control[0]);
        supervisor(&p->spec, control[1], out[1], shell, argv, env);
    }
    int saved = errno;
    close(control[1]);
    close(out[1]);
    process_env_free(env);
    p->control = control[0];
    p->out = out[0];
    return p->supervisor > 0 || error_errno(e, saved, "cannot start a command");
}

struct process *process_start(struct loop *loop, const struct process_spec *spec, struct error *e)
{
    struct process *p = mem_alloc(sizeof *p);
    p->loop = loop;
    p->spec = *spec;
    p->code = -1;
    if (!process_fork(p, e)) {
        free(p);
        return NULL;
    }
    /* The strings are the caller's; only the child needed them. */
    p->spec.command = p->spec.cwd = p->spec.tmp = NULL;
    p->running = true;
    fcntl(p->out, F_SETFL, O_NONBLOCK);
    p->control_watch = loop_fd_add(loop, p->control, POLLIN, process_on_control, p);
    p->out_watch = loop_fd_add(loop, p->out, POLLIN, process_on_output, p);
    if (spec->timeout_ms > 0)
        p->timer = loop_timer_add(loop, clock_ms() + spec->timeout_ms, process_on_timeout, p);
    return p;
}

bool process_running(const struct process *p)
{
    return p && p->running;
}

void process_stop(struct process *p)
{
    if (!p->running || p->stopping)
        return;
    p->stopping = true;
    ssize_t w = write(p->control, "T", 1);
    (void)w; /* a dead supervisor reports by end of file */
}

int process_code(const struct process *p)
{
    return p->code;
}

bool process_timed_out(const struct process *p)
{
    return p->timed_out;
}

const char *process_note(const struct process *p)
{
    return p->note;
}

int64_t process_output_bytes(const struct process *p)
{
    return p->total;
}

bool process_output(const struct process *p, struct buf *out)
{
    size_t skip = p->tail.len > p->spec.keep ? p->tail.len - p->spec.keep : 0;
    int64_t missing = p->total - (int64_t)p->head.len - (int64_t)(p->tail.len - skip);
    const char *tail = buf_cstr(&p->tail) + skip;
    utf8_repair(out, buf_cstr(&p->head), p->head.len);
    if (missing > 0)
        buf_addf(out, "\n… %lld bytes left out …\n", (long long)missing);
    utf8_repair(out, tail, p->tail.len - skip);
    return missing > 0;
}

void process_free(struct process *p)
{
    if (!p)
        return;
    loop_fd_remove(p->loop, p->control_watch);
    loop_fd_remove(p->loop, p->out_watch);
    loop_timer_remove(p->loop, p->timer);
    close(p->control); /* a supervisor still there sees this and sweeps */
    close(p->out);
    if (p->running)
        while (waitpid(p->supervisor, NULL, 0) < 0 && errno == EINTR)
            ;
    buf_fini(&p->head);
    buf_fini(&p->tail);
    free(p);
}

char **process_env(const char *tmp)
{
    static const char *const pass[] = {"PATH", "HOME", "USER",   "LOGNAME",  "SHELL",
                                       "LANG", "TZ",   "LC_ALL", "LC_CTYPE", "LC_MESSAGES"};
    static const char *const fixed[] = {
        "TERM=dumb", "GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "PAGER=cat", "NO_COLOR=1", "CI=1",
        "MIEN=1"};
    VEC(char *) env = {0};
    for (size_t i = 0; i < COUNT_OF(pass); i++) {
        const char *v = getenv(pass[i]);
        if (v)
            VEC_PUSH(&env, mem_printf("%s=%s", pass[i], v));
    }
    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        VEC_PUSH(&env, mem_strdup(fixed[i]));
    VEC_PUSH(&env, mem_printf("TMPDIR=%s", tmp ? tmp : "/tmp"));
    VEC_PUSH(&env, NULL);
    return env.ptr;
}

void process_env_free(char **env)
{
    for (char **p = env; p && *p; p++)
        free(*p);
    free(env);
}
