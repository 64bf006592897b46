#include "jobs/server_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "host/sandbox_net.h"

#define RETRY_MS 50
#define TAKEN_MS 20 /* loopback answers at once; a listener with a full queue does not */

static const int families[] = {AF_INET, AF_INET6};

struct probe {
    struct loop *loop;
    const struct sandbox *sandbox;
    int64_t port;
    enum probe_how how;
    probe_fn *done;
    void *arg;
    struct loop_timer *deadline, *retry;
    size_t family; /* which of families is tried */
    int fd;
    struct loop_fd *watch;
    bool connected;
    char line[64]; /* first of the answer */
    size_t len;
};

/* A socket whose connection stands or is under way (errno 0 or EINPROGRESS), or -1. */
static int probe_connect(const struct sandbox *sandbox, int family, int64_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
                              .sin6_port = htons((uint16_t)port),
                              .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = sandbox_socket(sandbox, family);
    if (fd < 0)
        return -1;
    int rc = family == AF_INET ? connect(fd, (struct sockaddr *)&v4, sizeof v4)
                               : connect(fd, (struct sockaddr *)&v6, sizeof v6);
    if (rc == 0)
        errno = 0;
    else if (errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool probe_arrived(int fd)
{
    int error = 0;
    socklen_t len = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}

bool probe_taken(const struct sandbox *sandbox, int64_t port)
{
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        AUTO_FD int fd = probe_connect(sandbox, families[i], port);
        if (fd < 0)
            continue;
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        if (errno == 0 || poll(&p, 1, TAKEN_MS) == 0 || probe_arrived(fd))
            return true;
    }
    return false;
}

static void probe_hang_up(struct probe *p)
{
    loop_fd_remove(p->loop, p->watch);
    p->watch = NULL;
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

void probe_free(struct probe *p)
{
    if (!p)
        return;
    probe_hang_up(p);
    loop_timer_remove(p->loop, p->deadline);
    loop_timer_remove(p->loop, p->retry);
    free(p);
}

static void probe_end(struct probe *p, bool listening, int status)
{
    probe_fn *done = p->done;
    void *arg = p->arg;
    probe_free(p);
    done(arg, listening, status);
}

static void probe_on_deadline(void *arg)
{
    struct probe *p = arg;
    p->deadline = NULL;
    probe_end(p, p->connected, 0);
}

static void probe_on_answer(void *arg, int fd, short revents)
{
    struct probe *p = arg;
    ssize_t n = recv(fd, p->line + p->len, sizeof p->line - 1 - p->len, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    p->len += n > 0 ? (size_t)n : 0;
    if (n > 0 && p->len < sizeof p->line - 1 && !memchr(p->line, '\n', p->len))
        return;
    int major, minor, status = 0;
    if (sscanf(p->line, "HTTP/%1d.%1d %3d", &major, &minor, &status) != 3 &&
        sscanf(p->line, "HTTP/%1d %3d", &major, &status) != 2)
        status = 0;
    probe_end(p, true, status);
}

static void probe_ask(struct probe *p)
{
    char text[128];
    p->connected = true;
    if (p->how != PROBE_HTTP) {
        probe_end(p, true, 0);
        return;
    }
    int n = snprintf(text, sizeof text,
                     "GET / HTTP/1.0\r\nHost: localhost:%d\r\nAccept: */*\r\n\r\n", (int)p->port);
    ssize_t w = send(p->fd, text, (size_t)n, MSG_NOSIGNAL);
    (void)w; /* who hung up already is seen by the read */
    loop_fd_remove(p->loop, p->watch);
    p->watch = loop_fd_add(p->loop, p->fd, POLLIN, probe_on_answer, p);
}

static void probe_try(struct probe *p);

static void probe_on_connect(void *arg, int fd, short revents)
{
    struct probe *p = arg;
    if (probe_arrived(fd)) {
        probe_ask(p);
        return;
    }
    probe_hang_up(p);
    p->family++;
    probe_try(p);
}

static void probe_on_retry(void *arg)
{
    struct probe *p = arg;
    p->retry = NULL;
    p->family = 0;
    probe_try(p);
}

static void probe_try(struct probe *p)
{
    for (; p->family < COUNT_OF(families); p->family++) {
        p->fd = probe_connect(p->sandbox, families[p->family], p->port);
        if (p->fd < 0)
            continue;
        if (errno == 0)
            probe_ask(p);
        else
            p->watch = loop_fd_add(p->loop, p->fd, POLLOUT, probe_on_connect, p);
        return;
    }
    if (p->how == PROBE_UNTIL_READY)
        p->retry = loop_timer_add(p->loop, clock_ms() + RETRY_MS, probe_on_retry, p);
    else
        probe_end(p, false, 0);
}

struct probe *probe_start(struct loop *loop, const struct sandbox *sandbox, int64_t port,
                          enum probe_how how, int64_t wait_ms, probe_fn *done, void *arg)
{
    struct probe *p = mem_alloc(sizeof *p);
    *p = (struct probe){.loop = loop,
                        .sandbox = sandbox,
                        .port = port,
                        .how = how,
                        .done = done,
                        .arg = arg,
                        .fd = -1};
    /* The first try waits for the loop too, so that `done` never runs in here. */
    p->retry = loop_timer_add(loop, clock_ms(), probe_on_retry, p);
    p->deadline = loop_timer_add(loop, clock_ms() + MAX(wait_ms, 0), probe_on_deadline, p);
    return p;
}
