/*
 * What the host's tests share: a workspace of one's own, a sandbox if there is one here, and a
 * line that breaks when the last process which holds it is gone.
 */
#ifndef UNIT_HOST_HELP_H
#define UNIT_HOST_HELP_H

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "host/sandbox_canary.h"

#define MAYBE __attribute__((unused))
#define PATIENCE_MS 15000

static char top[64], *root, *tmp;
static struct loop *loop;

static int gone(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

MAYBE static int setup(void **s)
{
    struct error e = {0};
    strcpy(top, "/tmp/mien-host-XXXXXX");
    assert_non_null(mkdtemp(top));
    root = mem_printf("%s/ws", top);
    tmp = mem_printf("%s/tmp", top);
    mkdir(root, 0755);
    mkdir(tmp, 0700);
    loop = loop_new(&e);
    return loop ? 0 : -1;
}

MAYBE static int teardown(void **s)
{
    loop_free(loop);
    nftw(top, gone, 16, FTW_DEPTH | FTW_PHYS);
    free(root);
    free(tmp);
    return 0;
}

#define F(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Step the loop until cond holds; a test that waits in vain fails. */
#define PUMP(cond)                                              \
    do {                                                        \
        int64_t pump_until = clock_ms() + PATIENCE_MS;          \
        while (!(cond) && clock_ms() < pump_until)              \
            loop_step(loop, MIN(pump_until, clock_ms() + 100)); \
        assert_true(cond);                                      \
    } while (0)

/* NULL, after a word about it, where this level does not work. */
MAYBE static struct sandbox *sandbox_here(enum sandbox_level level)
{
    char why[256];
    struct sandbox *s = sandbox_new(root, tmp, false);
    if (sandbox_probe(s, level, why) == level)
        return s;
    printf("# skipped: level %s does not work here: %s\n", sandbox_level_name(level), why);
    sandbox_free(s);
    return NULL;
}

/* Beside the workspace, by a command: what it sees there may be its own. */
MAYBE static bool outside_was_written(void)
{
    AUTO_FREE char *path = mem_printf("%s/outside", top);
    return access(path, F_OK) == 0;
}

/* The reading end of a FIFO in the workspace: commands hold it by "exec 9>line; echo >&9". */
MAYBE static int line_open(void)
{
    AUTO_FREE char *path = mem_printf("%s/line", root);
    assert_int_equal(mkfifo(path, 0600), 0);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* POLLIN: somebody took hold and said so. POLLHUP: nobody holds it any more. */
MAYBE static bool line_says(int fd, short what)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0 && p.revents & what;
}

MAYBE static bool line_waits(int fd, short what)
{
    for (int64_t until = clock_ms() + PATIENCE_MS; clock_ms() < until;) {
        struct pollfd p = {.fd = fd, .events = what & POLLIN};
        if (poll(&p, 1, 100) > 0 && p.revents & what)
            return true;
    }
    return false;
}

/* A listener on 127.0.0.1 of this process; *port may be 0 for any. */
MAYBE static int listen_here(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)*port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* A port nobody listens on, most likely still so in a moment. */
MAYBE static int free_port(void)
{
    int port = 0;
    close(listen_here(&port));
    return port;
}

/* Does a connection on this socket, which is taken, succeed? */
MAYBE static bool connects(int fd, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int error = 0;
    socklen_t len = sizeof error;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
    if (!ok && fd >= 0 && errno == EINPROGRESS && poll(&p, 1, 2000) > 0)
        ok = getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

#endif
