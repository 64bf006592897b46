#include "host/process_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "host/sandbox.h"
#include "host/sandbox_enter.h"
#include "host/sandbox_net.h"

#define TERM_GRACE_MS 700
#define KEPT_MAX (4 + SANDBOX_FDS)

static void child_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        if (sig != SIGKILL && sig != SIGSTOP)
            signal(sig, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* grace: at the first a signal that says why, behind it the end. */
static void child_limit(int resource, rlim_t most, rlim_t grace)
{
    struct rlimit now;
    if (most && getrlimit(resource, &now) == 0 && now.rlim_max > most + grace)
        setrlimit(resource, &(struct rlimit){most, most + grace});
}

static void child_limits(const struct sandbox *s)
{
    const struct sandbox_limits *l = sandbox_limits(s);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 1024});
    child_limit(RLIMIT_FSIZE, (rlim_t)l->file_mb << 20, 0);
    child_limit(RLIMIT_DATA, (rlim_t)l->memory_mb << 20, 0);
    child_limit(RLIMIT_CPU, (rlim_t)l->cpu_seconds, 2);
    /* Where memory runs out, a command goes before mien and before what the user runs. */
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    ssize_t w = fd < 0 ? 0 : write(fd, "800", 3);
    (void)w;
    if (fd >= 0)
        close(fd);
}

NORETURN static void child_fail(int control, const char *step)
{
    char text[200];
    int n = snprintf(text, sizeof text, "E%s: %s", step, strerror(errno));
    ssize_t w = write(control, text, n > 0 ? (size_t)n : 0);
    (void)w;
    _exit(126);
}

/* The descriptors that stay, in order, none of them a standard one. Returns how many. */
static size_t child_kept(struct process_child *c, int keep[static KEPT_MAX])
{
    int *const own[] = {&c->control, &c->input, &c->output, &c->errors};
    size_t n = 0;
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        if (*own[i] >= 0 && *own[i] < 3 && (*own[i] = fcntl(*own[i], F_DUPFD_CLOEXEC, 3)) < 0)
            _exit(126);
        if (*own[i] >= 0)
            keep[n++] = *own[i];
    }
    n += sandbox_fds(c->sandbox, keep + n);
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && keep[j - 1] > keep[j]; j--) {
            int larger = keep[j - 1];
            keep[j - 1] = keep[j];
            keep[j] = larger;
        }
    return n;
}

/* Everything else belongs to mien: a process that may outlive it must not hold its locks. */
static void child_close_others(struct process_child *c)
{
    int keep[KEPT_MAX];
    size_t n = child_kept(c, keep);
    unsigned from = 3;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned)keep[i] > from)
            syscall(SYS_close_range, from, keep[i] - 1, 0);
        from = (unsigned)keep[i] + 1;
    }
    syscall(SYS_close_range, from, ~0U, 0);
}

static void child_redirect(const struct process_child *c)
{
    int in = c->input >= 0 ? c->input : open("/dev/null", O_RDONLY | O_CLOEXEC);
    int err = c->errors >= 0 ? c->errors : c->output;
    if (in < 0 || dup2(in, 0) < 0 || dup2(c->output, 1) < 0 || dup2(err, 2) < 0)
        child_fail(c->control, "redirect");
}

NORETURN static void child_command(const struct process_child *c)
{
    /* Whoever leads a group cannot begin a session; at level full the command is another's child.
     */
    if (!c->terminal || sandbox_level(c->sandbox) == SANDBOX_FULL)
        setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a supervisor killed from outside sweeps no more */
    if (c->limited)
        child_limits(c->sandbox);
    child_redirect(c);
    if (c->cwd && chdir(c->cwd) != 0)
        child_fail(c->control, "enter the workspace");
    const char *step = "";
    if (sandbox_enter(c->sandbox, &step) != 0)
        child_fail(c->control, step);
    /* Again: what lies there now may be another mount. */
    if (c->cwd && chdir(c->cwd) != 0)
        child_fail(c->control, "enter the workspace");
    if (c->terminal && (setsid() < 0 || ioctl(0, TIOCSCTTY, 0) != 0))
        child_fail(c->control, "take its terminal");
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    execve(c->program, c->argv, c->env);
    child_fail(c->control, "run the program");
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

/* Its own standard streams, and no end of the command's pipes, or they would never close. */
static void supervisor_let_go(const struct process_child *c)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    if (c->control > 3)
        syscall(SYS_close_range, 3, c->control - 1, 0);
    syscall(SYS_close_range, c->control + 1, ~0U, 0);
}

void process_child_run(struct process_child *c)
{
    child_reset_signals();
    signal(SIGPIPE, SIG_IGN);
    setsid();
    child_close_others(c);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t command = _Fork();
    if (command == 0) {
        signal(SIGPIPE, SIG_DFL);
        child_command(c);
    }
    if (command < 0)
        child_fail(c->control, "fork");
    supervisor_let_go(c);
    supervisor_run(c->control, command);
}
