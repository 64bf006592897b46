/*
 * server_log - what one server prints, secrets masked, in a file of bounded size: at
 * SERVER_LOG_BYTES it becomes NAME.log.1 and a new one begins. Thread: engine.
 */
#ifndef JOBS_SERVER_LOG_H
#define JOBS_SERVER_LOG_H

#include "base/buf.h"
#include "base/error.h"

struct server_log {
    char *path;
    int fd; /* -1: closed */
    size_t size;
    struct buf held; /* what may be the beginning of a secret */
    bool rotated;    /* in this run */
};

/* Begin DIR/NAME.log, making DIR; what an earlier run left there becomes NAME.log.1. */
NODISCARD bool server_log_open(struct server_log *l, const char *dir, const char *name,
                               struct error *e);
/* A full disk loses output, never the server. */
void server_log_write(struct server_log *l, const char *s, size_t n);
void server_log_close(struct server_log *l); /* keeps the path */
void server_log_fini(struct server_log *l);

/* The last lines of this run, as valid UTF-8 of at most 64 kB; caller frees. */
char *server_log_tail(const struct server_log *l, int64_t lines);

#endif
