#include "host/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "host/process_child.h"
#include "host/process_env.h"
#include "host/sandbox_cache.h"
#include "host/tree_size.h"

#define TERMINAL_ROWS 24
#define TERMINAL_COLS 120
#define DRAIN_TURN 16   /* reads before the loop gets its turn again: a flood is no stop */
#define FRAME_MAX 65536 /* bytes of a line that is still waited for */
#define LOOK_MS 1000
#define LOOK_MS_MOST 32000
#define LOOK_SHARE 20  /* a look may take that part of the time */
#define DRAIN_LAST 256 /* reads at the end, more than a pipe holds */

struct stream {
    int fd;
    struct loop_fd *watch;
};

struct process {
    struct loop *loop;
    struct process_spec spec;
    pid_t supervisor;
    struct stream control, in, out, err; /* in, err: -1 unless asked for */
    struct loop_timer *timer;
    char *tmp;
    struct loop_timer *look;       /* at what lies in its temporary directory */
    int64_t room, filled, look_ms; /* bytes it may hold; held at the last look, -1: none was */
    bool running, stopping, timed_out, overfilled, input_closing, lent;
    int code;
    char note[256];
    struct buf queue;      /* for standard input */
    struct buf head, tail; /* tail: up to twice keep, shortened when full */
    struct buf line;       /* with `frames`: the line that may yet be redrawn */
    bool returned;         /* its last byte was \r */
    int64_t total, kept;   /* bytes that came, and of these not redrawn */
};

static void stream_close(struct process *p, struct stream *s)
{
    loop_fd_remove(p->loop, s->watch);
    s->watch = NULL;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static void process_keep(struct process *p, const char *s, size_t n)
{
    size_t room = p->spec.keep > p->head.len ? p->spec.keep - p->head.len : 0;
    size_t first = MIN(n, room);
    buf_add(&p->head, s, first);
    buf_add(&p->tail, s + first, n - first);
    if (p->tail.len > 2 * p->spec.keep)
        buf_drop_head(&p->tail, p->tail.len - p->spec.keep);
    p->kept += (int64_t)n;
}

static void process_keep_line(struct process *p)
{
    process_keep(p, buf_cstr(&p->line), p->line.len);
    buf_clear(&p->line);
}

/* What a terminal would show in the end: \r begins the line anew, unless \n follows. */
static void process_keep_frames(struct process *p, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\r') {
            p->returned = true;
            continue;
        }
        if (p->returned && s[i] != '\n')
            buf_clear(&p->line);
        p->returned = false;
        buf_addc(&p->line, s[i]);
        if (s[i] == '\n' || p->line.len >= FRAME_MAX)
            process_keep_line(p);
    }
}

static void process_took(struct process *p, const struct stream *from, const char *s, size_t n)
{
    if (from == &p->out && p->spec.frames)
        process_keep_frames(p, s, n);
    else if (from == &p->out)
        process_keep(p, s, n);
    p->total += from == &p->out ? (int64_t)n : 0;
    void (*fn)(void *, const char *, size_t) = from == &p->out ? p->spec.output : p->spec.errors;
    if (fn)
        fn(p->spec.arg, s, n);
}

/* False at its end. */
static bool process_drain(struct process *p, struct stream *s, int reads)
{
    char chunk[65536];
    for (int i = 0; i < reads && s->fd >= 0; i++) {
        ssize_t n = read(s->fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 && errno == EAGAIN;
        process_took(p, s, chunk, (size_t)n);
    }
    return true;
}

static void process_on_output(void *arg, int fd, short revents)
{
    struct process *p = arg;
    struct stream *s = fd == p->out.fd ? &p->out : &p->err;
    if (!process_drain(p, s, DRAIN_TURN))
        stream_close(p, s);
}

/* A pipe has no MSG_NOSIGNAL, and a socket as standard input confuses shells: so the signal of
 * a reader that is gone is held back here, whatever the program around does with it. */
static ssize_t process_write_quietly(int fd, const char *s, size_t n)
{
    sigset_t sigpipe, before, pending;
    sigemptyset(&sigpipe);
    sigaddset(&sigpipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &sigpipe, &before);
    ssize_t w = write(fd, s, n);
    int saved = errno;
    if (w < 0 && saved == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&sigpipe, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
    return w;
}

static void process_drop_input(struct process *p)
{
    stream_close(p, &p->in);
    buf_fini(&p->queue);
}

static void process_on_input(void *arg, int fd, short revents);

/* Write what fits; the rest waits for room in the pipe. */
static void process_feed(struct process *p)
{
    size_t done = 0;
    ssize_t w = 0;
    while (done < p->queue.len && (w >= 0 || errno == EINTR)) {
        w = process_write_quietly(p->in.fd, p->queue.ptr + done, p->queue.len - done);
        done += w > 0 ? (size_t)w : 0;
    }
    bool broken = w < 0 && errno != EAGAIN;
    buf_drop_head(&p->queue, done);
    if (broken || (p->queue.len == 0 && p->input_closing)) {
        process_drop_input(p);
    } else if (p->queue.len == 0) {
        loop_fd_remove(p->loop, p->in.watch);
        p->in.watch = NULL;
    } else if (!p->in.watch) {
        p->in.watch = loop_fd_add(p->loop, p->in.fd, POLLOUT, process_on_input, p);
    }
}

static void process_on_input(void *arg, int fd, short revents)
{
    struct process *p = arg;
    process_feed(p);
    if (p->spec.drained && p->in.fd >= 0 && p->queue.len == 0)
        p->spec.drained(p->spec.arg);
}

bool process_write(struct process *p, const char *s, size_t n)
{
    size_t max = p->spec.queue ? p->spec.queue : PROCESS_QUEUE;
    if (!p->running || p->in.fd < 0 || p->input_closing || n > max - p->queue.len)
        return false;
    buf_add(&p->queue, s, n);
    process_feed(p);
    return true;
}

void process_close_input(struct process *p)
{
    p->input_closing = true;
    if (p->in.fd >= 0)
        process_feed(p);
}

static void process_end(struct process *p)
{
    if (!p->lent)
        process_drain(p, &p->out, DRAIN_LAST);
    process_drain(p, &p->err, DRAIN_LAST);
    stream_close(p, &p->control);
    stream_close(p, &p->out);
    stream_close(p, &p->err);
    process_drop_input(p);
    loop_timer_remove(p->loop, p->timer);
    loop_timer_remove(p->loop, p->look);
    p->timer = p->look = NULL;
    while (waitpid(p->supervisor, NULL, 0) < 0 && errno == EINTR)
        ;
    process_keep_line(p);
    p->running = false;
    if (p->spec.ended)
        p->spec.ended(p->spec.arg);
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

/* A quota that needs no file system's help. What an earlier command left is not this one's fault,
 * and one that cleans up goes on. */
static void process_look(void *arg)
{
    struct process *p = arg;
    int64_t began = clock_ms(), bytes = tree_size(p->tmp);
    bool same = bytes == p->filled, grew = p->filled >= 0 && bytes > p->filled;
    p->look = NULL;
    if (bytes > p->room && grew) {
        p->overfilled = true;
        process_stop(p);
        return;
    }
    p->filled = bytes;
    /* Where nothing happens less often: a server in the background wakes nobody for nothing. */
    p->look_ms = same ? MIN(p->look_ms * 2, LOOK_MS_MOST) : LOOK_MS;
    int64_t now = clock_ms();
    p->look =
        loop_timer_add(p->loop, now + MAX(p->look_ms, (now - began) * LOOK_SHARE), process_look, p);
}

static bool process_pipe(bool wanted, int *reader, int *writer)
{
    int fds[2] = {-1, -1};
    if (wanted && pipe2(fds, O_CLOEXEC) != 0)
        return false;
    *reader = fds[0];
    *writer = fds[1];
    return true;
}

/* Both ends are used twice, for what is read and what is written. */
static bool process_terminal(struct process *p, struct process_child *c)
{
    char name[64];
    const struct winsize size = {.ws_row = TERMINAL_ROWS, .ws_col = TERMINAL_COLS};
    p->out.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (p->out.fd < 0 || grantpt(p->out.fd) != 0 || unlockpt(p->out.fd) != 0 ||
        ptsname_r(p->out.fd, name, sizeof name) != 0 || ioctl(p->out.fd, TIOCSWINSZ, &size) != 0)
        return false;
    p->in.fd = fcntl(p->out.fd, F_DUPFD_CLOEXEC, 3);
    c->terminal = true;
    c->output = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    c->input = fcntl(c->output, F_DUPFD_CLOEXEC, 3);
    return p->in.fd >= 0 && c->output >= 0 && c->input >= 0;
}

/* Our ends and the child's. */
static bool process_connect(struct process *p, struct process_child *c)
{
    int control[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0)
        return false;
    p->control.fd = control[0];
    c->control = control[1];
    if (p->spec.terminal)
        return process_terminal(p, c);
    return process_pipe(true, &p->out.fd, &c->output) &&
           process_pipe(p->spec.errors, &p->err.fd, &c->errors) &&
           process_pipe(p->spec.input, &c->input, &p->in.fd);
}

static void process_disconnect(struct process *p)
{
    stream_close(p, &p->control);
    stream_close(p, &p->in);
    stream_close(p, &p->out);
    stream_close(p, &p->err);
}

static void child_ends_close(const struct process_child *c)
{
    const int ends[] = {c->control, c->input, c->output, c->errors};
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

static bool process_fork(struct process *p, struct process_child *c, struct error *e)
{
    bool made = process_connect(p, c);
    int saved = errno;
    if (made) {
        p->supervisor = _Fork();
        saved = errno;
        if (p->supervisor == 0)
            process_child_run(c);
    }
    child_ends_close(c);
    if (made && p->supervisor > 0)
        return true;
    process_disconnect(p);
    return error_errno(e, saved, "cannot start a command");
}

static char **process_words(const struct process_spec *s)
{
    const char *const shell[] = {"sh", "-c", s->command, NULL};
    VEC(char *) words = {0};
    for (const char *const *w = s->argv ? s->argv : shell; *w; w++)
        VEC_PUSH(&words, mem_strdup(*w));
    VEC_PUSH(&words, NULL);
    return words.ptr;
}

/* What must be made before the fork is made here. */
static bool process_launch(struct process *p, struct error *e)
{
    const struct process_spec *s = &p->spec;
    char **built = s->env ? NULL
                          : process_env(sandbox_tmpdir(s->sandbox, s->tmp), s->terminal,
                                        sandbox_cache_env(s->sandbox)),
         **argv = process_words(s);
    struct process_child c = {.argv = argv,
                              .env = s->env ? s->env : built,
                              .cwd = s->cwd,
                              .sandbox = s->sandbox,
                              .limited = s->sandbox || !s->argv,
                              .control = -1,
                              .input = -1,
                              .output = -1,
                              .errors = -1};
    AUTO_FREE char *program =
        s->argv ? process_find_program(argv[0] ? argv[0] : "", c.env, s->cwd, e)
                : mem_strdup(access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh");
    c.program = program;
    bool ok = program && process_fork(p, &c, e);
    process_env_free(built);
    process_env_free(argv);
    return ok;
}

static void process_watch(struct process *p)
{
    p->control.watch = loop_fd_add(p->loop, p->control.fd, POLLIN, process_on_control, p);
    struct stream *const outputs[] = {&p->out, &p->err};
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        if (outputs[i]->fd < 0)
            continue;
        fcntl(outputs[i]->fd, F_SETFL, O_NONBLOCK);
        outputs[i]->watch = loop_fd_add(p->loop, outputs[i]->fd, POLLIN, process_on_output, p);
    }
    if (p->in.fd >= 0)
        fcntl(p->in.fd, F_SETFL, O_NONBLOCK);
    if (p->spec.timeout_ms > 0)
        p->timer = loop_timer_add(p->loop, clock_ms() + p->spec.timeout_ms, process_on_timeout, p);
    if (p->tmp && p->room > 0)
        p->look = loop_timer_add(p->loop, clock_ms() + LOOK_MS, process_look, p);
}

struct process *process_start(struct loop *loop, const struct process_spec *spec, struct error *e)
{
    struct process *p = mem_alloc(sizeof *p);
    p->loop = loop;
    p->spec = *spec;
    p->code = -1;
    p->control.fd = p->in.fd = p->out.fd = p->err.fd = -1;
    if (!process_launch(p, e)) {
        free(p);
        return NULL;
    }
    p->filled = -1;
    p->tmp = mem_strdup(p->spec.tmp);
    p->room = sandbox_limits(p->spec.sandbox)->temporary_mb << 20;
    /* What it pointed to is the caller's; only the child needed it. */
    p->spec.command = p->spec.cwd = p->spec.tmp = NULL;
    p->spec.argv = NULL;
    p->spec.env = NULL;
    p->spec.sandbox = NULL;
    p->running = true;
    process_watch(p);
    return p;
}

int process_lend_terminal(struct process *p)
{
    if (!p->spec.terminal || p->lent || p->out.fd < 0)
        return -1;
    int fd = fcntl(p->out.fd, F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        return -1;
    process_drain(p, &p->out, DRAIN_TURN);
    loop_fd_remove(p->loop, p->out.watch);
    p->out.watch = NULL;
    p->lent = true;
    return fd;
}

void process_take_terminal(struct process *p)
{
    if (!p->lent)
        return;
    p->lent = false;
    if (p->out.fd >= 0)
        p->out.watch = loop_fd_add(p->loop, p->out.fd, POLLIN, process_on_output, p);
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
    ssize_t w = send(p->control.fd, "T", 1, MSG_NOSIGNAL);
    (void)w; /* a dead supervisor reports by end of file */
}

int process_code(const struct process *p)
{
    return p->code;
}

bool process_overfilled(const struct process *p)
{
    return p->overfilled;
}

bool process_timed_out(const struct process *p)
{
    return p->timed_out;
}

const char *process_note(const struct process *p)
{
    return p->note;
}

int64_t process_pid(const struct process *p)
{
    return p->supervisor;
}

void process_hand_over(struct process *p, void (*output)(void *arg, const char *s, size_t n),
                       void (*ended)(void *arg), void *arg)
{
    assert(p->running);
    loop_timer_remove(p->loop, p->timer);
    p->timer = NULL;
    p->spec.timeout_ms = 0;
    p->spec.output = output;
    p->spec.ended = ended;
    p->spec.arg = arg;
}

int64_t process_output_bytes(const struct process *p)
{
    return p->total;
}

bool process_output(const struct process *p, struct buf *out)
{
    size_t skip = p->tail.len > p->spec.keep ? p->tail.len - p->spec.keep : 0;
    int64_t missing = p->kept - (int64_t)p->head.len - (int64_t)(p->tail.len - skip);
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
    process_disconnect(p); /* a supervisor still there sees this and sweeps */
    loop_timer_remove(p->loop, p->timer);
    loop_timer_remove(p->loop, p->look);
    free(p->tmp);
    if (p->running)
        while (waitpid(p->supervisor, NULL, 0) < 0 && errno == EINTR)
            ;
    buf_fini(&p->queue);
    buf_fini(&p->head);
    buf_fini(&p->line);
    buf_fini(&p->tail);
    free(p);
}
