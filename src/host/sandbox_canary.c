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

#include "host/landlock.h"
#include "host/sandbox_enter.h"
#include "host/sandbox_net.h"
#include "host/sandbox_priv.h"

/* The canary: every attempt must fail. Exit codes name what got through. */
enum { CANARY_HELD = 0, CANARY_SETUP = 1, CANARY_WRITE = 2, CANARY_CONNECT = 3, CANARY_KILL = 4 };

#define OUTSIDE 3 /* names it tries to make */

static void canary(const struct sandbox *s, char *const outside[static OUTSIDE], int inside_port,
                   pid_t outsider, int report)
{
    const char *step;
    if (sandbox_enter(s, &step) != 0) {
        char why[160];
        int n = snprintf(why, sizeof why, "%s: %s", step, strerror(errno));
        ssize_t w = write(report, why, n > 0 ? (size_t)n : 0);
        (void)w;
        _exit(CANARY_SETUP);
    }
    for (size_t i = 0; i < OUTSIDE; i++)
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

int sandbox_canary(const struct sandbox *s, char why[static 256])
{
    static const char *const meaning[] = {"", "", "a write outside got through",
                                          "a connection got through", "a signal got out"};
    const char *home = getenv("HOME");
    char *outside[OUTSIDE] = {
        mem_printf("%s.canary-%d", s->tmp, (int)getpid()),
        mem_printf("%s.canary-%d", s->workspace, (int)getpid()),
        mem_printf("%s/.mien-canary-%d", home && *home == '/' ? home : "/", (int)getpid())};
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
    /* Inside the name may lie in a private directory; what counts is what is here now. */
    for (size_t i = 0; i < OUTSIDE; i++) {
        bool within = sandbox_is_within(outside[i], s->workspace);
        if (unlink(outside[i]) == 0 && !within)
            code = CANARY_WRITE;
        free(outside[i]);
    }
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
        if (level == SANDBOX_FULL && !sandbox_share(s)) {
            snprintf(why, 256, "new namespaces: %s", strerror(errno));
            continue;
        }
        if (s->outer.len && sandbox_canary(s, why) == CANARY_HELD)
            return s->level;
    }
    return s->level = SANDBOX_NONE;
}
