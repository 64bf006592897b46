#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "base/utf8.h"
#include "cli/cli.h"

#define OUTPUT_ROOM (256 << 10)

/* What the process has one of, as stdout itself: errno of the first write that was lost. */
static int lost;

void output_init(void)
{
    /* Opened the wrong way round, so that reading or writing fails as it did when closed. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
            return; /* no /dev/null: as it was */
    /* What printf() cannot write is an error without a cause afterwards: whole tables fit. */
    static char room[OUTPUT_ROOM];
    if (!isatty(1))
        setvbuf(stdout, room, _IOFBF, sizeof room);
}

void output_text(FILE *out, const char *fmt, ...)
{
    AUTO(buf) text = {0}, masked = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    log_mask(&masked, buf_cstr(&text), text.len);
    AUTO_FREE char *clean = sanitize_text(buf_cstr(&masked), 0);
    fputs(clean, out);
}

static bool turns_a_terminal(uint32_t c)
{
    return (c >= 0x80 && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void output_json(const char *line, size_t n)
{
    AUTO(buf) masked = {0}, out = {0};
    log_mask(&masked, line, n);
    const char *s = buf_cstr(&masked);
    for (size_t i = 0, used; i < masked.len; i += used) {
        uint32_t c = (unsigned char)s[i];
        used = c < 0x80 ? 1 : utf8_decode(s + i, masked.len - i, &c);
        if (turns_a_terminal(c))
            buf_addf(&out, "\\u%04x", c);
        else
            buf_add(&out, s + i, used);
    }
    buf_addc(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
}

void output_raw(const char *text)
{
    AUTO_FREE char *clean = isatty(1) ? sanitize_text(text, 0) : NULL;
    fputs(clean ? clean : text, stdout);
}

static void lose(int cause)
{
    if (!lost)
        lost = cause ? cause : EIO;
}

bool output_flush(void)
{
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout))
        lose(errno);
    return !lost;
}

bool output_probe(void)
{
    int flags = fcntl(1, F_GETFL);
    struct pollfd p = {.fd = 1};
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        lose(EBADF);
    else if (poll(&p, 1, 0) > 0 && p.revents)
        lose(EPIPE); /* a pipe without a reader, a terminal that hung up */
    return !lost;
}

int output_close(int code)
{
    /* ferror: a write that failed long ago leaves nothing for fclose to fail on. */
    errno = 0;
    bool failed = ferror(stdout);
    failed |= fclose(stdout) != 0;
    if (failed)
        lose(errno);
    if (!lost)
        return code;
    fprintf(stderr, "mien: cannot write to standard output: %s\n", strerror(lost));
    return CLI_OUTPUT;
}
