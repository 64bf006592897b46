#include "host/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/openat2.h"
#include "base/path.h"
#include "base/utf8.h"
#include "host/secrets.h"
#include "host/workspace_priv.h"

#define COUNT_AHEAD ((int64_t)256 << 20)

struct workspace *workspace_open(const char *path, struct error *e)
{
    char real[PATH_MAX];
    if (!realpath(path, real)) {
        error_set(e, ERR_NOT_FOUND, "the workspace %s cannot be opened: %s", path, strerror(errno));
        return NULL;
    }
    int fd = open(real, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        error_errno(e, errno, "the workspace %s cannot be opened", real);
        return NULL;
    }
    struct workspace *w = mem_alloc(sizeof *w);
    w->root = fd;
    w->path = mem_strdup(real);
    w->secret = secrets_meet(real) == SECRETS_COVER;
    struct stat st;
    if (fstat(fd, &st) == 0) {
        w->dev = st.st_dev;
        w->ino = st.st_ino;
    }
    return w;
}

void workspace_close(struct workspace *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->seen.len; i++)
        free(w->seen.ptr[i].path);
    VEC_FREE(&w->seen);
    for (size_t i = 0; i < w->more.len; i++) {
        close(w->more.ptr[i].fd);
        free(w->more.ptr[i].path);
    }
    VEC_FREE(&w->more);
    close(w->root);
    free(w->path);
    free(w->own);
    free(w->tmp);
    free(w);
}

const char *workspace_path(const struct workspace *w)
{
    return w->path;
}

char *workspace_user_path(const struct workspace *w, const char *name)
{
    const char *home = getenv("HOME");
    if (strncmp(name, "~/", 2) == 0 && home && *home)
        return mem_printf("%s/%s", home, name + 2);
    return *name == '/' ? mem_strdup(name) : mem_printf("%s/%s", workspace_path(w), name);
}

uint64_t workspace_changes(const struct workspace *w)
{
    return w->changes;
}

void workspace_read_outside(struct workspace *w, bool outside, const char *own)
{
    w->outside = outside;
    free(w->own);
    w->own = own ? mem_strdup(own) : NULL;
}

void workspace_private_tmp(struct workspace *w, const char *dir)
{
    free(w->tmp);
    w->tmp = dir ? mem_strdup(dir) : NULL;
}

/* What of an absolute path lies beneath the root, whatever links lead to it; NULL: it does not.
 * The name is only spelled out here: the kernel resolves it. */
static const char *workspace_beneath(const struct workspace *w, const char *path)
{
    AUTO_FREE char *head = mem_strdup(path);
    for (size_t n = strlen(head); n > 0; n--) {
        struct stat st;
        if (path[n] != '/' && path[n])
            continue;
        head[n] = '\0';
        if (stat(head, &st) != 0 || st.st_dev != w->dev || st.st_ino != w->ino)
            continue;
        path += n + strspn(path + n, "/");
        return *path ? path : ".";
    }
    return NULL;
}

char *workspace_name(const struct workspace *w, const char *path, struct error *e)
{
    if (!path || !*path)
        path = ".";
    if (strlen(path) >= PATH_MAX) {
        error_set(e, ERR_DENIED, "the path is too long");
        return NULL;
    }
    bool home = *path == '~' && (path[1] == '/' || !path[1]);
    const char *set = home ? getenv("HOME") : NULL;
    if (home && (!set || *set != '/')) {
        error_set(e, ERR_DENIED, "%s is outside the workspace; use paths relative to it", path);
        return NULL;
    }
    AUTO_FREE char *full = home ? mem_printf("%s%s", set, path + 1) : mem_strdup(path);
    const char *beneath = *full == '/' ? workspace_beneath(w, full) : full;
    return mem_strdup(beneath ? beneath : full);
}

bool workspace_add_root(struct workspace *w, const char *path, bool writable, struct error *e)
{
    const char *other =
        path_is_within(path, w->path) || path_is_within(w->path, path) ? w->path : NULL;
    for (size_t i = 0; i < w->more.len && !other; i++)
        if (path_is_within(path, w->more.ptr[i].path) || path_is_within(w->more.ptr[i].path, path))
            other = w->more.ptr[i].path;
    if (other)
        return error_set(e, ERR_USAGE, "%s and %s lie in each other: name one of them", path,
                         other);
    int fd = openat2_exact(path, O_PATH | O_DIRECTORY);
    if (fd < 0)
        return error_errno(e, errno, "the directory %s cannot be opened", path);
    VEC_PUSH(&w->more, (struct root){fd, mem_strdup(path), writable});
    return true;
}

size_t workspace_root_count(const struct workspace *w)
{
    return w->more.len;
}

const char *workspace_root_at(const struct workspace *w, size_t i, bool *writable)
{
    *writable = w->more.ptr[i].writable;
    return w->more.ptr[i].path;
}

bool workspace_errno(int err, const char *path, struct error *e)
{
    if (err == EXDEV || err == ELOOP)
        return error_set(e, ERR_DENIED, "%s leads outside the workspace", path);
    if (err == ENOENT || err == ENOTDIR)
        return error_set(e, ERR_NOT_FOUND, "%s does not exist", path);
    return error_errno(e, err, "%s", path);
}

const char *workspace_type_word(mode_t m)
{
    return S_ISDIR(m)                 ? "a directory"
           : S_ISFIFO(m)              ? "a FIFO"
           : S_ISSOCK(m)              ? "a socket"
           : S_ISBLK(m) || S_ISCHR(m) ? "a device"
                                      : "not a regular file";
}

char *workspace_real(int fd)
{
    char link[32], real[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, real, sizeof real - 1);
    return n > 0 ? mem_strndup(real, (size_t)n) : NULL;
}

static bool lies_in(const char *real, const char *dir)
{
    AUTO_FREE char *canonical = dir ? realpath(dir, NULL) : NULL; /* it may be made any time */
    return canonical && path_is_within(real, canonical);
}

/* What a command wrote to /tmp/x is called so by the model, too. -1: it is not there. */
static int workspace_open_tmp(const struct workspace *w, const char *path)
{
    static const char *const names[] = {"/tmp/", "/var/tmp/"};
    for (size_t i = 0; w->tmp && i < COUNT_OF(names); i++) {
        size_t n = strlen(names[i]);
        if (strncmp(path, names[i], n) != 0 || !path[n])
            continue;
        AUTO_FD int dir = open(w->tmp, O_PATH | O_DIRECTORY | O_CLOEXEC);
        return dir < 0 ? -1 : openat2_beneath(dir, path + n, O_PATH, 0);
    }
    return -1;
}

int workspace_open_read(struct workspace *w, const char *path, int flags, char **rel,
                        struct error *e)
{
    *rel = workspace_name(w, path, e);
    if (!*rel)
        return -1;
    int fd = **rel != '/' ? openat2_beneath(w->root, *rel, O_PATH, 0) : workspace_open_tmp(w, *rel);
    bool leads_out = **rel == '/' || (fd < 0 && (errno == EXDEV || errno == ELOOP));
    if (leads_out && fd < 0 && (w->outside || **rel == '/'))
        fd = openat(w->root, *rel, O_PATH | O_CLOEXEC);
    int saved = errno;
    AUTO_FD int found = fd;
    if (found < 0) {
        workspace_errno(leads_out && !w->outside ? EXDEV : saved, path, e);
        return -1;
    }
    AUTO_FREE char *real = workspace_real(found);
    bool own = real && (lies_in(real, w->own) || lies_in(real, w->tmp)),
         in = real && lies_in(real, w->path), added = false;
    for (size_t i = 0; real && i < w->more.len; i++)
        added = added || path_is_within(real, w->more.ptr[i].path);
    if (leads_out && !w->outside && !own && !added) {
        workspace_errno(EXDEV, path, e);
        return -1;
    }
    if (!own && !(in && w->secret) && (!real || secrets_meet(real) == SECRETS_COVER)) {
        error_set(e, ERR_DENIED, "%s is not shown: it lies where keys and passwords are kept",
                  path);
        return -1;
    }
    struct stat st;
    bool plain = fstat(found, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
    if (!plain) {
        error_set(e, ERR_IO, "%s is %s; only regular files can be read", path,
                  workspace_type_word(st.st_mode));
        return -1;
    }
    char again[32];
    snprintf(again, sizeof again, "/proc/self/fd/%d", found);
    fd = open(again, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        workspace_errno(errno, path, e);
    return fd;
}

static struct seen *workspace_seen(const struct workspace *w, const char *rel)
{
    for (size_t i = 0; i < w->seen.len; i++)
        if (strcmp(w->seen.ptr[i].path, rel) == 0)
            return &w->seen.ptr[i];
    return NULL;
}

void workspace_saw(struct workspace *w, const char *rel, const struct stat *st)
{
    struct seen *s = workspace_seen(w, rel);
    if (!s) {
        VEC_PUSH(&w->seen, (struct seen){.path = mem_strdup(rel)});
        s = &w->seen.ptr[w->seen.len - 1];
    }
    s->dev = st->st_dev;
    s->ino = st->st_ino;
    s->size = st->st_size;
    s->mtime = st->st_mtim;
}

bool workspace_unchanged(const struct workspace *w, const char *rel, const struct stat *st)
{
    const struct seen *s = workspace_seen(w, rel);
    return !s || (s->dev == st->st_dev && s->ino == st->st_ino && s->size == st->st_size &&
                  s->mtime.tv_sec == st->st_mtim.tv_sec && s->mtime.tv_nsec == st->st_mtim.tv_nsec);
}

bool workspace_read_all(int fd, size_t limit, struct buf *out, bool *more)
{
    char chunk[32768];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            return true;
        size_t room = limit - out->len;
        *more = (size_t)n > room;
        buf_add(out, chunk, MIN((size_t)n, room));
        if (*more)
            return true;
    }
}

int64_t workspace_count_lines(const char *s, size_t n)
{
    int64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += s[i] == '\n';
    return lines + (n > 0 && s[n - 1] != '\n');
}

bool workspace_peek(struct workspace *w, const char *path, bool *exists, bool *news,
                    struct error *e)
{
    AUTO_FREE char *rel = NULL;
    struct stat st;
    AUTO_FD int fd = workspace_open_read(w, path, O_PATH, &rel, e);
    const struct seen *seen = rel ? workspace_seen(w, rel) : NULL;
    *exists = fd >= 0;
    *news = seen;
    if (fd < 0 && e->code == ERR_NOT_FOUND) {
        *e = (struct error){0};
        return true;
    }
    if (fd < 0)
        return false;
    if (fstat(fd, &st) != 0)
        return workspace_errno(errno, path, e);
    *news = !seen || !workspace_unchanged(w, rel, &st);
    return true;
}

/* Open a regular file and note how it looked. */
static int workspace_open_file(struct workspace *w, const char *path, struct file_result *r,
                               struct error *e)
{
    AUTO_FREE char *rel = NULL;
    AUTO_FD int fd = workspace_open_read(w, path, O_RDONLY, &rel, e);
    struct stat st;
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0) {
        workspace_errno(errno, path, e);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        error_set(e, ERR_IO, "%s is %s; only regular files can be read", path,
                  workspace_type_word(st.st_mode));
        return -1;
    }
    *r = (struct file_result){.bytes = st.st_size};
    workspace_saw(w, rel, &st);
    int mine = fd;
    fd = -1;
    return mine;
}

static bool workspace_binary(const char *path, const struct file_result *r, struct error *e)
{
    return error_set(e, ERR_PARSE, "%s is a binary file (%lld bytes); it is not shown", path,
                     (long long)r->bytes);
}

bool workspace_read(struct workspace *w, const char *path, size_t limit, struct buf *out,
                    struct file_result *r, struct error *e)
{
    AUTO_FD int fd = workspace_open_file(w, path, r, e);
    if (fd < 0)
        return false;
    buf_clear(out);
    if (!workspace_read_all(fd, limit, out, &r->truncated))
        return workspace_errno(errno, path, e);
    if (memchr(buf_cstr(out), 0, MIN(out->len, 8192)))
        return workspace_binary(path, r, e);
    r->lines = workspace_count_lines(buf_cstr(out), out->len);
    return true;
}

bool workspace_read_bytes(struct workspace *w, const char *path, size_t limit, struct buf *out,
                          struct error *e)
{
    struct file_result r = {0};
    AUTO_FD int fd = workspace_open_file(w, path, &r, e);
    buf_clear(out);
    return fd >= 0 &&
           (workspace_read_all(fd, limit, out, &r.truncated) || workspace_errno(errno, path, e));
}

/* Lines as they pass: what is asked for is kept, the rest counted. */
struct line_reader {
    int64_t from, to, line; /* line: the one that the next byte belongs to */
    size_t limit;
    struct buf *out;
    bool truncated, ended; /* ended: the last byte was a newline */
};

static void line_reader_take(struct line_reader *k, const char *s, size_t n)
{
    while (n) {
        const char *eol = memchr(s, '\n', n);
        size_t piece = eol ? (size_t)(eol - s) + 1 : n;
        if (k->line >= k->from && (!k->to || k->line <= k->to)) {
            size_t room = k->limit - k->out->len;
            k->truncated |= piece > room;
            buf_add(k->out, s, MIN(piece, room));
        }
        k->ended = eol != NULL;
        k->line += eol != NULL;
        s += piece;
        n -= piece;
    }
}

/* Nothing more of the file is wanted but its number of lines. */
static bool line_reader_full(const struct line_reader *k)
{
    return k->truncated || (k->to && k->line > k->to);
}

bool workspace_read_lines(struct workspace *w, const char *path, int64_t from, int64_t to,
                          size_t limit, struct buf *out, struct file_result *r,
                          const struct pause *pause, struct error *e)
{
    AUTO_FD int fd = workspace_open_file(w, path, r, e);
    if (fd < 0)
        return false;
    struct line_reader k = {.from = MAX(from, 1), .to = to, .line = 1, .limit = limit, .out = out};
    AUTO_FREE char *chunk = mem_alloc(1 << 18);
    int64_t seen = 0, ahead = 0;
    ssize_t n;
    buf_clear(out);
    while ((n = read(fd, chunk, 1 << 18)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return workspace_errno(errno, path, e);
        if (seen == 0 && memchr(chunk, 0, MIN((size_t)n, 8192)))
            return workspace_binary(path, r, e);
        seen += n;
        ahead += line_reader_full(&k) ? n : 0;
        line_reader_take(&k, chunk, (size_t)n);
        if (ahead > COUNT_AHEAD)
            break;
        if (!pause_go_on(pause))
            return error_set(e, ERR_CANCELED, "stopped while %s was read", path);
    }
    r->truncated = k.truncated;
    r->lines_more = n > 0;
    r->lines = k.line - 1 + (seen > 0 && !k.ended);
    return true;
}
