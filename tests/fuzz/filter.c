/* filter: whatever a command says to its proxy, nothing but a refusal comes back while no host is
 * granted. */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "host/filter.h"

#define PATIENCE_MS 2000

static int client_of(const struct sockaddr_un *to, const uint8_t *data, size_t size)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof *to) != 0)
        abort();
    if (send(fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)
        abort();
    shutdown(fd, SHUT_WR);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct loop *loop;
    static struct filter *f;
    static struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct error e = {0};
    if (!f) {

        int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "mien-fuzz-%d", (int)getpid());
        loop = loop_new(&e);
        if (!loop || bind(listener, (struct sockaddr *)&at, sizeof at) != 0 ||
            listen(listener, 8) != 0)
            abort();
        f = filter_new(loop, listener, NULL, 0);
    }
    int fd = client_of(&at, data, size);
    char answer[64] = "";
    size_t got = 0;
    for (int64_t end = clock_ms() + PATIENCE_MS;;) {
        CLAIM(clock_ms() < end, "no end of it");
        ssize_t n = recv(fd, answer + got, sizeof answer - 1 - got, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno == ECONNRESET) ||
            got + (size_t)MAX(n, 0) >= sizeof answer - 1)
            break;
        got += (size_t)MAX(n, 0);
        loop_step(loop, clock_ms() + 1);
    }
    close(fd);
    CLAIM(got == 0 || strncmp(answer, "HTTP/1.1 4", 10) == 0, "answered %s", answer);
    return 0;
}
