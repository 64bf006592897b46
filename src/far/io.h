/*
 * io - one end of a talk in lines over two descriptors: what comes is cut into lines, what goes
 * waits in a queue until the other end reads. Thread: the loop's.
 */
#ifndef FAR_IO_H
#define FAR_IO_H

#include "base/buf.h"
#include "base/loop.h"

#define FAR_LINE_MAX ((size_t)16 << 20)
#define FAR_QUEUE_MAX ((size_t)256 << 20)

/* Bytes on their way, from `at` on. {0} is an empty one. */
struct far_queue {
    struct buf text;
    size_t at;
};
void far_queue_add(struct far_queue *q, const char *s, size_t n);
void far_queue_took(struct far_queue *q, size_t n);
size_t far_queue_left(const struct far_queue *q);

/* Cut bytes into lines; what has no end yet stays in `line`. False: one of more than
 * FAR_LINE_MAX. fn may not free what it is called from. */
typedef void far_line_fn(void *arg, const char *text, size_t n);
bool far_lines(struct buf *line, const char *s, size_t n, far_line_fn *fn, void *arg);

struct far_io {
    struct loop *loop;
    int in, out; /* made non-blocking; not closed */
    far_line_fn *fn;
    void *arg;
    bool ended;  /* nothing more comes */
    bool broken; /* nobody reads, or far too slowly */
    struct loop_fd *in_watch, *out_watch;
    struct buf line;
    struct far_queue queue;
};
/* loop, in, out, fn and arg are set. */
void far_io_init(struct far_io *io);
void far_io_fini(struct far_io *io);
/* A line; its newline is added. */
void far_io_send(struct far_io *io, const char *text, size_t n);

#endif
