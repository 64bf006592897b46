#include "host/sandbox_net.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "host/sandbox_cache.h"
#include "host/sandbox_enter.h"
#include "host/sandbox_priv.h"

/*
 * The shared namespaces need no process: they live as long as a descriptor of them is open, mien's
 * or a running command's, and so end with mien however it ends. A child that lives for a moment
 * makes them, because a process with threads may not.
 */

#define PASSED_MAX SANDBOX_SHARED

/* A message with descriptors, or one byte 'E' and errno. */
struct passed {
    struct msghdr msg;
    struct iovec iov;
    int error;
    _Alignas(size_t) char control[CMSG_SPACE(PASSED_MAX * sizeof(int))];
};

static void passed_init(struct passed *p)
{
    memset(p, 0, sizeof *p);
    p->iov = (struct iovec){&p->error, sizeof p->error};
    p->msg = (struct msghdr){.msg_iov = &p->iov, .msg_iovlen = 1};
    p->msg.msg_control = p->control;
    p->msg.msg_controllen = sizeof p->control;
}

NORETURN static void child_pass(int channel, const int *fds, size_t n)
{
    struct passed p;
    passed_init(&p);
    struct cmsghdr *c = CMSG_FIRSTHDR(&p.msg);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(n * sizeof *fds);
    memcpy(CMSG_DATA(c), fds, n * sizeof *fds);
    p.msg.msg_controllen = CMSG_SPACE(n * sizeof *fds);
    _exit(sendmsg(channel, &p.msg, MSG_NOSIGNAL) < 0);
}

NORETURN static void child_refuse(int channel)
{
    int error = errno;
    ssize_t n = send(channel, &error, sizeof error, MSG_NOSIGNAL);
    (void)n;
    _exit(1);
}

static int receive_fds(int channel, int *fds, size_t want)
{
    struct passed p;
    passed_init(&p);
    ssize_t n;
    while ((n = recvmsg(channel, &p.msg, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&p.msg) : NULL;
    if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(want * sizeof *fds)) {
        memcpy(fds, CMSG_DATA(c), want * sizeof *fds);
        return 0;
    }
    errno = n == (ssize_t)sizeof p.error && p.error ? p.error : EIO;
    return -1;
}

typedef void fetch_fn(const struct sandbox *s, int channel, int arg);

/* Fork, let `fn` make `want` descriptors in the child, take them. */
static int fetch(const struct sandbox *s, fetch_fn *fn, int arg, int *fds, size_t want)
{
    int channel[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0)
        return -1;
    pid_t child = _Fork();
    if (child == 0)
        fn(s, channel[1], arg);
    int saved = errno;
    close(channel[1]);
    int rc = child < 0 ? -1 : receive_fds(channel[0], fds, want);
    saved = child < 0 ? saved : errno;
    close(channel[0]);
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    errno = saved;
    return rc;
}

static int child_raise_loopback(void)
{
    struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int rc = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &r);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* With network the last, which is ours and nobody's to join, is left out. */
static size_t shared_count(const struct sandbox *s)
{
    return SANDBOX_SHARED - s->network;
}

static void child_make_shared(const struct sandbox *s, int channel, int arg)
{
    const char *step;
    int own = CLONE_NEWNS | (s->network ? 0 : CLONE_NEWNET);
    /* Root may need no user namespace where there is none, as in a chroot: what it could do besides
     * it gives up before a command runs, as there. */
    bool alone = unshare(CLONE_NEWUSER | own) != 0;
    if (alone ? unshare(own) != 0 : sandbox_child_map(s, &step) != 0)
        child_refuse(channel);
    /* What is mounted later outside shall be seen; nothing of this is seen there. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0 || sandbox_cache_child_mount(s) != 0 ||
        (!s->network && child_raise_loopback() != 0))
        child_refuse(channel);
    static const char *const names[SANDBOX_SHARED] = {"/proc/self/ns/user", "/proc/self/ns/mnt",
                                                      "/proc/self/ns/net"};
    int fds[SANDBOX_SHARED];
    for (size_t i = 0; i < shared_count(s); i++)
        if ((fds[i] = open(names[i], O_RDONLY | O_CLOEXEC)) < 0)
            child_refuse(channel);
    child_pass(channel, fds, shared_count(s));
}

static void child_make_socket(const struct sandbox *s, int channel, int family)
{
    if (sandbox_child_join(s) != 0)
        child_refuse(channel);
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        child_refuse(channel);
    child_pass(channel, &fd, 1);
}

static void child_make_network(const struct sandbox *s, int channel, int arg)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (sandbox_child_join(s) != 0 || unshare(CLONE_NEWNET) != 0 || child_raise_loopback() != 0)
        child_refuse(channel);
    int fds[] = {open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC),
                 socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (fds[0] < 0 || fds[1] < 0 || bind(fds[1], (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(fds[1], 64) != 0)
        child_refuse(channel);
    child_pass(channel, fds, COUNT_OF(fds));
}

bool sandbox_own_network(struct sandbox *s, int *fd, int *port)
{
    int fds[2], *net = &s->shared[SANDBOX_SHARED - 1];
    struct sockaddr_in a = {0};
    socklen_t n = sizeof a;
    if (fetch(s, child_make_network, 0, fds, COUNT_OF(fds)) != 0)
        return false;
    if (*net >= 0)
        close(*net);
    *net = fcntl(fds[0], F_DUPFD_CLOEXEC, 3);
    close(fds[0]);
    if (*net < 0 || getsockname(fds[1], (struct sockaddr *)&a, &n) != 0) {
        close(fds[1]);
        return false;
    }
    *fd = fds[1];
    *port = ntohs(a.sin_port);
    return true;
}

size_t sandbox_fds(const struct sandbox *s, int out[static SANDBOX_FDS])
{
    size_t n = 0;
    for (size_t i = 0; sandbox_level(s) == SANDBOX_FULL && i < SANDBOX_SHARED; i++)
        if (s->shared[i] >= 0)
            out[n++] = s->shared[i];
    return n;
}

bool sandbox_share(struct sandbox *s)
{
    if (s->shared[0] >= 0)
        return true;
    int fds[SANDBOX_SHARED], saved = 0;
    if (fetch(s, child_make_shared, 0, fds, shared_count(s)) != 0)
        return false;
    for (size_t i = 0; i < shared_count(s); i++) {
        /* Standard streams are redirected in every child: these must not lie there. */
        s->shared[i] = fds[i] > 2 ? fds[i] : fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
        saved = s->shared[i] < 0 ? errno : saved;
        if (s->shared[i] != fds[i])
            close(fds[i]);
    }
    errno = saved;
    return !saved;
}

bool sandbox_may_listen(const struct sandbox *s, struct error *e)
{
    return sandbox_level(s) != SANDBOX_LANDLOCK || s->network ||
           error_set(e, ERR_DENIED,
                     "sandbox level landlock gives commands no network, so none of them can "
                     "listen on a port; allow it with sandbox.network: true");
}

int sandbox_socket(const struct sandbox *s, int family)
{
    int fd = -1;
    if (sandbox_level(s) == SANDBOX_FULL && !s->network)
        return fetch(s, child_make_socket, family, &fd, 1) == 0 ? fd : -1;
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}
