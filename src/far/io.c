#include "far/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define READS 16 /* before the loop gets its turn again */

void far_queue_add(struct far_queue *q, const char *s, size_t n)
{
    buf_add(&q->text, s, n);
}

void far_queue_took(struct far_queue *q, size_t n)
{
    q->at += n;
    if (q->at == q->text.len) {
        buf_fini(&q->text);
        q->at = 0;
    }
}

size_t far_queue_left(const struct far_queue *q)
{
    return q->text.len - q->at;
}

bool far_lines(struct buf *line, const char *s, size_t n, far_line_fn *fn, void *arg)
{
    while (n) {
        const char *end = memchr(s, '\n', n);
        size_t part = end ? (size_t)(end - s) : n;
        if (line->len + part > FAR_LINE_MAX)
            return false;
        buf_add(line, s, part);
        if (!end)
            return true;
        /* A terminal on the way puts a return before each. */
        size_t len = line->len && line->ptr[line->len - 1] == '\r' ? line->len - 1 : line->len;
        buf_cut(line, len);
        struct buf one = *line;
        *line = (struct buf){0};
        fn(arg, buf_cstr(&one), one.len);
        buf_fini(&one);
        s += part + 1;
        n -= part + 1;
    }
    return true;
}

static void io_stop_reading(struct far_io *io)
{
    loop_fd_remove(io->loop, io->in_watch);
    io->in_watch = NULL;
    io->ended = true;
}

static void io_on_input(void *arg, int fd, short revents)
{
    struct far_io *io = arg;
    char part[65536];
    for (int i = 0; i < READS && !io->ended; i++) {
        ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0 || !far_lines(&io->line, part, (size_t)n, io->fn, io->arg))
            io_stop_reading(io);
    }
}

static void io_feed(struct far_io *io);

static void io_on_output(void *arg, int fd, short revents)
{
    io_feed(arg);
}

static void io_break(struct far_io *io)
{
    io->broken = true;
    loop_fd_remove(io->loop, io->out_watch);
    io->out_watch = NULL;
    buf_fini(&io->queue.text);
    io->queue.at = 0;
}

static void io_feed(struct far_io *io)
{
    size_t left;
    ssize_t w = 0;
    while ((left = far_queue_left(&io->queue)) && (w >= 0 || errno == EINTR)) {
        w = write(io->out, io->queue.text.ptr + io->queue.at, left);
        far_queue_took(&io->queue, w > 0 ? (size_t)w : 0);
    }
    if (left && errno != EAGAIN) {
        io_break(io);
    } else if (!left) {
        loop_fd_remove(io->loop, io->out_watch);
        io->out_watch = NULL;
    } else if (!io->out_watch) {
        io->out_watch = loop_fd_add(io->loop, io->out, POLLOUT, io_on_output, io);
    }
}

void far_io_init(struct far_io *io)
{
    fcntl(io->in, F_SETFL, fcntl(io->in, F_GETFL) | O_NONBLOCK);
    fcntl(io->out, F_SETFL, fcntl(io->out, F_GETFL) | O_NONBLOCK);
    io->in_watch = loop_fd_add(io->loop, io->in, POLLIN, io_on_input, io);
}

void far_io_fini(struct far_io *io)
{
    loop_fd_remove(io->loop, io->in_watch);
    loop_fd_remove(io->loop, io->out_watch);
    io->in_watch = io->out_watch = NULL;
    buf_fini(&io->line);
    buf_fini(&io->queue.text);
}

void far_io_send(struct far_io *io, const char *text, size_t n)
{
    if (io->broken)
        return;
    if (far_queue_left(&io->queue) + n > FAR_QUEUE_MAX) {
        io_break(io);
        return;
    }
    far_queue_add(&io->queue, text, n);
    far_queue_add(&io->queue, "\n", 1);
    io_feed(io);
}
