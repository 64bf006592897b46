#include "ui/term/lend.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sanitize.h"

#define GIVE_BACK '\035' /* Ctrl-] */

static void say(const struct buf *text)
{
    if (!file_write_all(STDOUT_FILENO, text->len ? text->ptr : "", text->len))
        errno = 0; /* a terminal that is gone is seen by who reads it */
}

/* What moves the cursor within a line passes, anything else as it may be shown. */
static void show(struct sanitizer *z, const char *s, size_t n)
{
    static const char moves[] = "\r\b\a";
    AUTO(buf) out = {0};
    for (size_t i = 0; i < n;) {
        size_t run = 0;
        while (i + run < n && !(s[i + run] && strchr(moves, s[i + run])))
            run++;
        sanitize_add(z, s + i, run, 0, &out);
        i += run;
        if (i < n)
            buf_addc(&out, s[i++]);
    }
    say(&out);
}

/* False: the user gives the keyboard back, or the terminal is gone. */
static bool pass_keys(int fd)
{
    char keys[1024];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    const char *end = n > 0 ? memchr(keys, GIVE_BACK, (size_t)n) : NULL;
    size_t send = end ? (size_t)(end - keys) : n > 0 ? (size_t)n : 0;
    return n > 0 && (send == 0 || file_write_all(fd, keys, send)) && !end;
}

static bool pass_words(struct sanitizer *z, int fd)
{
    char words[4096];
    ssize_t n = read(fd, words, sizeof words);
    if (n > 0)
        show(z, words, (size_t)n);
    return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

void lend_terminal(int fd, const char *what)
{
    struct termios before, raw;
    struct winsize size;
    struct sanitizer z = {0};
    AUTO(buf) head = {0};
    AUTO_FREE char *name = sanitize_text(what, SANITIZE_ONE_LINE);
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return;
    raw = before;
    cfmakeraw(&raw);
    buf_addf(&head,
             "\r\n%s: the keyboard is yours, nothing of it is kept; Ctrl-] gives it back\r\n",
             name);
    say(&head);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        ioctl(fd, TIOCSWINSZ, &size);
    for (bool more = true; more;) {
        struct pollfd p[] = {{STDIN_FILENO, POLLIN, 0}, {fd, POLLIN, 0}};
        if (poll(p, 2, -1) < 0 && errno != EINTR)
            break;
        if (p[1].revents)
            more = pass_words(&z, fd);
        if (more && p[0].revents)
            more = pass_keys(fd);
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
}
