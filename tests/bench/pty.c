/*
 * pty - runs a program on a terminal of 100x30 and looks at what it writes there.
 *
 *   pty frame N PROGRAM ARG...    ms from exec until a full frame stood there, N times
 *   pty shown N TEXT PROGRAM ARG...   the same until TEXT stood there
 *   pty wall N PROGRAM ARG...     ms from exec until the program ended, without a terminal
 *   pty first N PROGRAM ARG...    ms until the first byte on its standard output, the same way
 *   pty peak N PROGRAM ARG...     kB of memory it had at its peak, the same way
 *   pty idle PROGRAM ARG...       "pid N" once a frame stands there; ends with its standard input
 *   pty type GOAL DONE PROGRAM ARG...   sends GOAL, then key after key until DONE is written:
 *                                 "cpu MS" of the program and "echo MS" for each key; PTY_KEY_MS
 *                                 between two keys, 4 where nothing says so
 *   pty watch GOAL DONE PROGRAM ARG...   the same without keys: "cpu MS", "bytes N" of the program
 *
 * A full frame is one whose last words were written: the lower right corner of a box, or of mien,
 * which draws none, the last of the keys it tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS 30
#define COLS 100
#define PATIENCE_MS 10000
#define CORNER "\342\224\230" /* the lower right one of a frame */
#define LAST_HINT "editor"

static char seen[1 << 22];
static size_t seen_len;

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static pid_t start(char **argv, int *master)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLS};
    pid_t pid = forkpty(master, NULL, NULL, &size);
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    return pid;
}

/* Read what is there; false when the program is gone. */
static int take(int fd, int wait_ms)
{
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, wait_ms) <= 0)
        return 1;
    if (seen_len > sizeof seen - 65536) { /* keep the end */
        memmove(seen, seen + seen_len - 4096, 4096);
        seen_len = 4096;
    }
    ssize_t n = read(fd, seen + seen_len, 65535);
    if (n <= 0)
        return 0;
    seen_len += (size_t)n;
    seen[seen_len] = '\0';
    return 1;
}

static int has(size_t from, const char *what)
{
    return memmem(seen + from, seen_len - from, what, strlen(what)) != NULL;
}

static void fail(const char *what)
{
    fprintf(stderr, "pty: %s\n", what);
    exit(1);
}

static void await(int fd, size_t from, const char *what)
{
    double until = now_ms() + PATIENCE_MS;
    while (!has(from, what)) {
        if (!take(fd, 100) || now_ms() > until)
            fail(what);
    }
}

static int has_frame(void)
{
    return has(0, CORNER) || has(0, LAST_HINT);
}

static void await_frame(int fd)
{
    double until = now_ms() + PATIENCE_MS;
    while (!has_frame())
        if (!take(fd, 100) || now_ms() > until)
            fail("no frame");
}

static void end(pid_t pid, int fd)
{
    kill(pid, SIGTERM);
    while (take(fd, 1000) && waitpid(pid, NULL, WNOHANG) == 0)
        ;
    close(fd);
    waitpid(pid, NULL, 0);
    seen_len = 0;
}

static void frames(int count, const char *shows, char **argv)
{
    while (count-- > 0) {
        int fd;
        double began = now_ms();
        pid_t pid = start(argv, &fd);
        if (shows)
            await(fd, 0, shows);
        else
            await_frame(fd);
        printf("%.3f\n", now_ms() - began);
        end(pid, fd);
    }
}

enum measure { WALL, FIRST, PEAK };

static void walls(int count, enum measure measure, char **argv)
{
    while (count-- > 0) {
        int out[2];
        char bytes[4096];
        double began = now_ms(), first = -1;
        if (pipe2(out, O_CLOEXEC) != 0)
            fail("no pipe");
        pid_t pid = fork();
        if (pid == 0) {
            dup2(open("/dev/null", O_RDWR), 0);
            dup2(out[1], 1);
            execvp(argv[0], argv);
            _exit(127);
        }
        close(out[1]);
        while (read(out[0], bytes, sizeof bytes) > 0)
            first = first < 0 ? now_ms() - began : first;
        close(out[0]);
        int status;
        struct rusage used;
        wait4(pid, &status, 0, &used);
        if (status != 0 || first < 0)
            fail("the program failed");
        printf("%.3f\n", measure == PEAK    ? (double)used.ru_maxrss
                         : measure == FIRST ? first
                                            : now_ms() - began);
    }
}

static void idle(char **argv)
{
    int fd;
    pid_t pid = start(argv, &fd);
    await_frame(fd);
    printf("pid %d\n", (int)pid);
    fflush(stdout);
    struct pollfd p[] = {{0, POLLIN, 0}, {fd, POLLIN, 0}};
    for (char c; poll(p, 2, -1) > 0;) {
        if (p[0].revents && read(0, &c, 1) <= 0)
            break;
        if (p[1].revents && !take(fd, 0))
            break;
    }
    end(pid, fd);
}

/* Processor time in ms. */
static double cpu(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    unsigned long user = 0, system = 0;
    if (f && fgets(text, sizeof text, f))
        sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system);
    if (f)
        fclose(f);
    return (double)(user + system) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

/* The next of 64 Cyrillic letters: none stands in the stream, none twice in two lines of 32. */
static void key(int i, char out[3])
{
    int c = 0x410 + i % 64;
    out[0] = (char)(0xc0 | c >> 6);
    out[1] = (char)(0x80 | (c & 0x3f));
    out[2] = '\0';
}

static void watch(const char *goal, const char *done, char **argv)
{
    int fd;
    pid_t pid = start(argv, &fd);
    await_frame(fd);
    await(fd, 0, "bench");
    double before = cpu(pid), began = now_ms();
    size_t bytes = 0;
    if (write(fd, goal, strlen(goal)) < 0 || write(fd, "\r", 1) < 0)
        fail("cannot type");
    for (seen_len = 0; !has(0, done);) {
        size_t had = seen_len;
        if (!take(fd, 1000) || now_ms() > began + 6 * PATIENCE_MS)
            fail("the stream does not end");
        bytes += seen_len - had;
        if (seen_len > sizeof seen / 2) {
            memmove(seen, seen + seen_len - 4096, 4096);
            seen_len = 4096;
        }
    }
    printf("cpu %.3f\nbytes %zu\n", cpu(pid) - before, bytes);
    end(pid, fd);
}

static void type(const char *goal, const char *done, char **argv)
{
    int fd;
    pid_t pid = start(argv, &fd);
    await_frame(fd);
    await(fd, 0, "bench"); /* the model's name: the engine is up */
    const char *pace = getenv("PTY_KEY_MS");
    double before = cpu(pid), between = pace ? atof(pace) : 4;
    size_t from = seen_len;
    if (write(fd, goal, strlen(goal)) < 0 || write(fd, "\r", 1) < 0)
        fail("cannot type");
    while (seen_len == from)
        take(fd, 100);
    double began = now_ms();
    for (int i = 0; !has(0, done); i++) {
        char k[3];
        key(i, k);
        if (i % 32 == 0 && write(fd, "\025", 1) < 0) /* an empty line for the other 32 */
            fail("cannot type");
        if (seen_len > sizeof seen / 2) { /* the search stays short; `done` may stand at the cut */
            memmove(seen, seen + seen_len - 4096, 4096);
            seen_len = 4096;
        }
        size_t at = seen_len;
        double sent = now_ms();
        if (write(fd, k, 2) < 0)
            fail("cannot type");
        while (!has(at, k)) {
            if (!take(fd, 1000) || now_ms() > sent + PATIENCE_MS)
                fail("a key was lost");
            if (seen_len < at)
                at = 0;
        }
        printf("echo %.3f\n", now_ms() - sent);
        for (double until = sent + between; now_ms() < until;) /* a fast typist, not a paste */
            take(fd, 1);
        if (now_ms() > began + 3 * PATIENCE_MS)
            fail("the stream does not end");
    }
    printf("stream %.3f\n", now_ms() - began);
    for (double until = now_ms() + 200; now_ms() < until;) /* what is still to be drawn */
        take(fd, 50);
    printf("cpu %.3f\n", cpu(pid) - before);
    end(pid, fd);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc > 3 && strcmp(argv[1], "frame") == 0)
        frames(atoi(argv[2]), NULL, argv + 3);
    else if (argc > 4 && strcmp(argv[1], "shown") == 0)
        frames(atoi(argv[2]), argv[3], argv + 4);
    else if (argc > 3 && strcmp(argv[1], "wall") == 0)
        walls(atoi(argv[2]), WALL, argv + 3);
    else if (argc > 3 && strcmp(argv[1], "first") == 0)
        walls(atoi(argv[2]), FIRST, argv + 3);
    else if (argc > 3 && strcmp(argv[1], "peak") == 0)
        walls(atoi(argv[2]), PEAK, argv + 3);
    else if (argc > 2 && strcmp(argv[1], "idle") == 0)
        idle(argv + 2);
    else if (argc > 4 && strcmp(argv[1], "type") == 0)
        type(argv[2], argv[3], argv + 4);
    else if (argc > 4 && strcmp(argv[1], "watch") == 0)
        watch(argv[2], argv[3], argv + 4);
    else
        fail("usage: pty frame|wall|peak N PROGRAM..., shown N TEXT PROGRAM..., idle PROGRAM..., "
             "type|watch GOAL DONE PROGRAM...");
    return 0;
}
