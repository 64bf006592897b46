#include "jobs/server_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "jobs/servers.h"

#define TAIL_BYTES 65536

/* A failure shows when the new file is made. */
static void log_rotate(const struct server_log *l)
{
    AUTO_FREE char *old = mem_printf("%s.1", l->path);
    struct stat st;
    if (lstat(l->path, &st) == 0 && st.st_size > 0)
        rename(l->path, old);
}

static void log_end(struct server_log *l);

static bool log_begin(struct server_log *l)
{
    log_end(l);
    log_rotate(l);
    l->size = 0;
    l->fd = open(l->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    return l->fd >= 0;
}

bool server_log_open(struct server_log *l, const char *dir, const char *name, struct error *e)
{
    server_log_fini(l);
    l->rotated = false;
    if (!file_make_dirs(dir, e))
        return error_prefix(e, "the log of \"%s\"", name);
    l->path = mem_printf("%s/%s.log", dir, name);
    return log_begin(l) || error_errno(e, errno, "cannot write the log %s", l->path);
}

static void log_put(struct server_log *l, const char *s, size_t n)
{
    while (n > 0 && l->fd >= 0) {
        if (l->size >= SERVER_LOG_BYTES) {
            l->rotated = true;
            if (!log_begin(l))
                return;
        }
        size_t part = MIN(n, SERVER_LOG_BYTES - l->size);
        if (!file_write_all(l->fd, s, part))
            return;
        l->size += part;
        s += part;
        n -= part;
    }
}

void server_log_write(struct server_log *l, const char *s, size_t n)
{
    AUTO(buf) masked = {0};
    log_mask_part(&l->held, &masked, s, n);
    log_put(l, buf_cstr(&masked), masked.len);
}

static void log_end(struct server_log *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

void server_log_close(struct server_log *l)
{
    AUTO(buf) masked = {0};
    log_mask_rest(&l->held, &masked);
    log_put(l, buf_cstr(&masked), masked.len);
    log_end(l);
}

void server_log_fini(struct server_log *l)
{
    server_log_close(l);
    free(l->path);
    l->path = NULL;
}

/* The last `limit` bytes of a file; nothing when it is not there. */
static void log_read_end(const char *path, size_t limit, struct buf *out)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    off_t at = st.st_size > (off_t)limit ? st.st_size - (off_t)limit : 0;
    char chunk[8192];
    ssize_t n;
    while (out->len < limit && (n = pread(fd, chunk, sizeof chunk, at)) > 0) {
        buf_add(out, chunk, MIN((size_t)n, limit - out->len));
        at += n;
    }
}

/* Where the last `lines` lines of s begin; a line end at the very end begins none. */
static size_t log_last_lines(const char *s, size_t n, int64_t lines)
{
    size_t at = n > 0 && s[n - 1] == '\n' ? n - 1 : n;
    while (at > 0 && !(s[at - 1] == '\n' && --lines <= 0))
        at--;
    return at;
}

char *server_log_tail(const struct server_log *l, int64_t lines)
{
    AUTO(buf) all = {0}, now = {0}, out = {0};
    if (l->path && lines > 0) {
        log_read_end(l->path, TAIL_BYTES, &now);
        AUTO_FREE char *old = mem_printf("%s.1", l->path);
        if (now.len < TAIL_BYTES && l->rotated)
            log_read_end(old, TAIL_BYTES - now.len, &all);
        buf_add(&all, buf_cstr(&now), now.len);
        size_t from = log_last_lines(buf_cstr(&all), all.len, lines);
        utf8_repair(&out, buf_cstr(&all) + from, all.len - from);
    }
    return buf_take(&out);
}
