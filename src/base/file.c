#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/openat2.h"

#define RAISE_TRIES 100

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool file_read_fd(int fd, const char *path, struct buf *out, size_t limit, struct error *e)
{
    char chunk[16384];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(e, errno, "cannot read %s", path);
        if (n == 0)
            return true;
        if (out->len + (size_t)n > limit)
            return error_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, limit);
        buf_add(out, chunk, (size_t)n);
    }
}

/* fd: of path, or negative with errno. */
static bool file_read_opened(int fd, const char *path, struct buf *out, size_t limit,
                             struct error *e)
{
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return error_set(e, ERR_NOT_FOUND, "%s does not exist", path);
    if (fd < 0 && (errno == EXDEV || errno == ELOOP))
        return error_set(
            e, ERR_DENIED,
            "%s is not read: a link leads out of the project; put the file itself there", path);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return error_errno(e, errno, "cannot open %s", path);
    if (!S_ISREG(st.st_mode))
        return error_set(e, ERR_IO, "%s is not a regular file", path);
    return file_read_fd(fd, path, out, limit, e);
}

bool file_read(const char *path, struct buf *out, size_t limit, struct error *e)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return file_read_opened(fd, path, out, limit, e);
}

bool file_read_beneath(const char *root, const char *rel, struct buf *out, size_t limit,
                       struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s", root, rel);
    AUTO_FD int top = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    AUTO_FD int fd = top < 0 ? -1 : openat2_beneath(top, rel, O_RDONLY, 0);
    return file_read_opened(fd, path, out, limit, e);
}

void file_raise(int eventfd)
{
    uint64_t one = 1;
    int tries = 0;
    while (write(eventfd, &one, sizeof one) < 0 &&
           errno != EAGAIN) /* EAGAIN: it is readable already */
        if (++tries == RAISE_TRIES)
            mem_die("a thread cannot be woken (eventfd)");
}

bool file_write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, data, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        data += w;
        n -= (size_t)w;
    }
    return true;
}

static bool file_replace(const char *path, const char *data, size_t n, bool sync, struct error *e)
{
    AUTO_FREE char *tmp = mem_printf("%s.XXXXXX", path);
    int fd = mkostemp(tmp, O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, errno, "cannot write %s", path);
    bool ok = file_write_all(fd, data, n) && (!sync || fsync(fd) == 0);
    int saved = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (ok && rename(tmp, path) == 0)
        return true;
    if (ok)
        saved = errno;
    unlink(tmp);
    return error_errno(e, saved, "cannot write %s", path);
}

bool file_write(const char *path, const char *data, size_t n, struct error *e)
{
    return file_replace(path, data, n, true, e);
}

bool file_write_fast(const char *path, const char *data, size_t n, struct error *e)
{
    return file_replace(path, data, n, false, e);
}

bool file_write_new(const char *path, const char *data, size_t n, struct error *e)
{
    struct stat st;
    bool device = stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
    int fd = open(path, O_WRONLY | O_CLOEXEC | (device ? 0 : O_CREAT | O_EXCL), 0600);
    if (fd < 0 && errno == EEXIST)
        return error_set(e, ERR_DENIED, "%s exists already; give another name, or remove it first",
                         path);
    if (fd < 0)
        return error_errno(e, errno, "cannot write %s", path);
    bool ok = file_write_all(fd, data, n);
    int saved = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    return ok || error_errno(e, saved, "cannot write %s", path);
}

bool file_make_dirs(const char *path, struct error *e)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) /* as a rule all but the last are there */
        return true;
    AUTO_FREE char *p = mem_strdup(path);
    for (char *s = p + 1;; s++) {
        if (*s != '/' && *s)
            continue;
        char c = *s;
        *s = '\0';
        if (mkdir(p, 0700) != 0 && errno != EEXIST && !(c && file_exists(p)))
            return error_errno(e, errno, "cannot make the directory %s", p);
        *s = c;
        if (!c)
            return true;
    }
}

static char *file_dir(const char *own, const char *xdg, const char *fallback, const char *name)
{
    const char *base = getenv(own);
    AUTO_FREE char *dir = NULL;
    const char *home = getenv("HOME");
    const char *x = getenv(xdg);
    if (base && *base)
        dir = mem_strdup(base);
    else if (x && *x == '/')
        dir = mem_printf("%s/mien", x);
    else
        dir = mem_printf("%s/%s/mien", home && *home ? home : "/nonexistent", fallback);
    return name ? mem_printf("%s/%s", dir, name) : mem_strdup(dir);
}

char *file_config_path(const char *name)
{
    return file_dir("MIEN_CONFIG_DIR", "XDG_CONFIG_HOME", ".config", name);
}

char *file_state_path(const char *name)
{
    return file_dir("MIEN_STATE_DIR", "XDG_STATE_HOME", ".local/state", name);
}

char *file_project_path(const char *kind, const char *project)
{
    AUTO(buf) name = {0};
    for (const char *p = project; *p; p++)
        if (*p == '/' || *p == '%')
            buf_addf(&name, "%%%02x", (unsigned)*p);
        else
            buf_addc(&name, *p);
    AUTO_FREE char *dir = file_state_path(kind);
    size_t n = name.len, from = n > 200 ? n - 200 : 0;
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)name.ptr[i]) * UINT64_C(1099511628211);
    return from ? mem_printf("%s/%016llx%s", dir, (unsigned long long)h, name.ptr + from)
                : mem_printf("%s/%s", dir, buf_cstr(&name));
}
