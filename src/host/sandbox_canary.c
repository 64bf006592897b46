#include "host/sandbox_canary.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/path.h"
#include "host/landlock.h"
#include "host/sandbox_enter.h"
#include "host/sandbox_net.h"
#include "host/sandbox_priv.h"

/* The canary: every attempt must fail. Exit codes name what got through. */
enum { CANARY_HELD = 0, CANARY_SETUP = 1, CANARY_WRITE = 2, CANARY_CONNECT = 3, CANARY_KILL = 4 };

static void canary(const struct sandbox *s, char *const outside[static CANARY_OUTSIDE],
                   int inside_port, pid_t outsider, int report)
{
    const char *step;
    if (sandbox_enter(s, &step) != 0) {
        char why[160];
        int n = snprintf(why, sizeof why, "%s: %s", step, strerror(errno));
        ssize_t w = write(report, why, n > 0 ? (size_t)n : 0);
        (void)w;
        _exit(CANARY_SETUP);
    }
    for (size_t i = 0; i < CANARY_OUTSIDE; i++)
        close(open(outside[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
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

void sandbox_canary_begin(const struct sandbox *s, struct canary *c)
{
    const char *home = getenv("HOME");
    int port = 9, pipes[2], pid = (int)getpid();
    *c = (struct canary){.report = -1};
    c->outside[0] = mem_printf("%s.canary-%d", s->tmp, pid);
    c->outside[1] = mem_printf("%s.canary-%d", s->workspace, pid);
    c->outside[2] = mem_printf("%s/.mien-canary-%d", home && *home == '/' ? home : "/", pid);
    c->listener = canary_listen(&port); /* open while the canary tries to connect */
    if (pipe2(pipes, O_CLOEXEC) != 0)
        return;
    c->report = pipes[0];
    c->child = _Fork();
    if (c->child == 0)
        canary(s, c->outside, port, pid, pipes[1]);
    close(pipes[1]);
}

int sandbox_canary_end(const struct sandbox *s, struct canary *c, char why[static 256])
{
    static const char *const meaning[] = {"", "", "a write outside got through",
                                          "a connection got through", "a signal got out"};
    char text[200] = "";
    ssize_t n = c->report >= 0 ? read(c->report, text, sizeof text - 1) : 0;
    text[n > 0 ? n : 0] = '\0';
    int status = 0;
    while (c->child > 0 && waitpid(c->child, &status, 0) < 0 && errno == EINTR)
        ;
    int code = c->child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : CANARY_SETUP;
    /* Inside the name may lie in a private directory; what counts is what is here now. */
    for (size_t i = 0; i < CANARY_OUTSIDE; i++) {
        bool within = path_is_within(c->outside[i], s->workspace);
        if (unlink(c->outside[i]) == 0 && !within)
            code = CANARY_WRITE;
        free(c->outside[i]);
    }
    if (c->report >= 0)
        close(c->report);
    if (c->listener >= 0)
        close(c->listener);
    *c = (struct canary){.report = -1, .listener = -1};
    if (code != CANARY_HELD)
        snprintf(why, 256, "%s", *text ? text : code < 5 ? meaning[code] : "it died");
    return code;
}

int sandbox_canary(const struct sandbox *s, char why[static 256])
{
    struct canary c;
    sandbox_canary_begin(s, &c);
    return sandbox_canary_end(s, &c, why);
}

/* May the level be tried at all? If so the canary is on its way. */
static bool probe_level(struct sandbox *s, char why[static 256])
{
    if (s->level == SANDBOX_LANDLOCK && landlock_abi() < SANDBOX_MIN_LANDLOCK) {
        snprintf(why, 256, "this kernel's Landlock is too old (ABI %d)", landlock_abi());
        return false;
    }
    if (s->level == SANDBOX_FULL && !sandbox_share(s)) {
        snprintf(why, 256, "new namespaces: %s", strerror(errno));
        return false;
    }
    if (s->outer.len == 0)
        return false;
    sandbox_canary_begin(s, &s->probe.canary);
    return s->probe.runs = true;
}

void sandbox_probe_begin(struct sandbox *s, enum sandbox_level best)
{
    *s->probe.why = '\0';
    s->level = best;
    if (best > SANDBOX_NONE)
        (void)probe_level(s, s->probe.why);
}

enum sandbox_level sandbox_probe_end(struct sandbox *s, char why[static 256])
{
    while (s->level > SANDBOX_NONE) {
        bool tried = s->probe.runs;
        s->probe.runs = false;
        if (tried && sandbox_canary_end(s, &s->probe.canary, s->probe.why) == CANARY_HELD)
            break;
        if (--s->level > SANDBOX_NONE)
            (void)probe_level(s, s->probe.why);
    }
    snprintf(why, 256, "%s", s->probe.why);
    return s->level;
}

enum sandbox_level sandbox_probe(struct sandbox *s, enum sandbox_level best, char why[static 256])
{
    sandbox_probe_begin(s, best);
    return sandbox_probe_end(s, why);
}
