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
#include "base/utf8.h"
#include "host/secrets.h"

#define WALK_MAX_DEPTH 64
#define COUNT_AHEAD ((int64_t)256 << 20)

/* What a file looked like when the model last saw it. */
struct seen {
    char *path;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
};

/* Added to the first. */
struct root {
    int fd;
    char *path;
    bool writable;
};

struct workspace {
    int root;
    char *path;
    bool outside; /* reads may leave the root */
    bool secret;  /* the root itself lies among the secrets: the user went there */
    char *own;    /* readable wherever it lies, or NULL */
    char *tmp;    /* what commands call /tmp, readable too, or NULL */
    dev_t dev;    /* of the root */
    ino_t ino;
    uint64_t changes;
    VEC(struct seen) seen;
    VEC(struct root) more;
    workspace_consent *consent;
    void *arg; /* of consent */
};

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

/* The name relative to the root, or absolute when it plainly lies elsewhere. NULL: it cannot be a
 * path. Caller frees. */
static char *workspace_name(const struct workspace *w, const char *path, struct error *e)
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

static bool is_beneath(const char *path, const char *dir)
{
    size_t n = strlen(dir);
    return strncmp(path, dir, n) == 0 && (path[n] == '/' || !path[n]);
}

bool workspace_add_root(struct workspace *w, const char *path, bool writable, struct error *e)
{
    const char *other = is_beneath(path, w->path) || is_beneath(w->path, path) ? w->path : NULL;
    for (size_t i = 0; i < w->more.len && !other; i++)
        if (is_beneath(path, w->more.ptr[i].path) || is_beneath(w->more.ptr[i].path, path))
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

/* Where a write goes: beneath which root, by which name there. */
struct target {
    int root;
    char *name;         /* as the workspace names it, also when it was read */
    const char *within; /* of it, beneath root */
};

static void target_fini(struct target *t)
{
    free(t->name);
}

static bool workspace_target(const struct workspace *w, const char *path, struct target *t,
                             struct error *e)
{
    t->name = workspace_name(w, path, e);
    t->root = w->root;
    t->within = t->name;
    if (!t->name || *t->name != '/')
        return t->name != NULL;
    for (size_t i = 0; i < w->more.len; i++) {
        const struct root *r = &w->more.ptr[i];
        if (!is_beneath(t->name, r->path))
            continue;
        t->root = r->fd;
        t->within = t->name + strlen(r->path);
        t->within += strspn(t->within, "/");
        return r->writable ||
               error_set(e, ERR_DENIED, "%s lies in %s, which is read-only here", path, r->path);
    }
    return error_set(e, ERR_DENIED, "%s is outside the workspace; use paths relative to it", path);
}

static bool workspace_errno(int err, const char *path, struct error *e)
{
    if (err == EXDEV || err == ELOOP)
        return error_set(e, ERR_DENIED, "%s leads outside the workspace", path);
    if (err == ENOENT || err == ENOTDIR)
        return error_set(e, ERR_NOT_FOUND, "%s does not exist", path);
    return error_errno(e, err, "%s", path);
}

static const char *workspace_type_word(mode_t m)
{
    return S_ISDIR(m)                 ? "a directory"
           : S_ISFIFO(m)              ? "a FIFO"
           : S_ISSOCK(m)              ? "a socket"
           : S_ISBLK(m) || S_ISCHR(m) ? "a device"
                                      : "not a regular file";
}

/* Where an open file really lies; NULL: cannot be told. Caller frees. */
static char *workspace_real(int fd)
{
    char link[32], real[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, real, sizeof real - 1);
    return n > 0 ? mem_strndup(real, (size_t)n) : NULL;
}

static bool lies_in(const char *real, const char *dir)
{
    AUTO_FREE char *canonical = dir ? realpath(dir, NULL) : NULL; /* it may be made any time */
    if (!canonical)
        return false;
    dir = canonical;
    size_t n = strlen(dir);
    return strncmp(real, dir, n) == 0 && (real[n] == '/' || !real[n]);
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

/* Open for reading, and judge what was opened by where it lies: a name can be swapped in between.
 * O_PATH first, as opening a device can already do something. *rel: as the walk names it. */
static int workspace_open_read(struct workspace *w, const char *path, int flags, char **rel,
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
        added = added || is_beneath(real, w->more.ptr[i].path);
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

static void workspace_saw(struct workspace *w, const char *rel, const struct stat *st)
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

static bool workspace_unchanged(const struct workspace *w, const char *rel, const struct stat *st)
{
    const struct seen *s = workspace_seen(w, rel);
    return !s || (s->dev == st->st_dev && s->ino == st->st_ino && s->size == st->st_size &&
                  s->mtime.tv_sec == st->st_mtim.tv_sec && s->mtime.tv_nsec == st->st_mtim.tv_nsec);
}

static bool workspace_read_all(int fd, size_t limit, struct buf *out, bool *more)
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

static int64_t workspace_count_lines(const char *s, size_t n)
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

bool workspace_is_protected(const char *path)
{
    static const char *const whole[] = {
        ".mien",  ".gitconfig", ".bashrc", ".zshrc",  ".profile", ".mcp.json",  ".envrc",
        ".npmrc", ".claude",    ".codex",  ".gemini", ".vscode",  ".gitmodules"};
    bool in_git = false;
    for (const char *p = path; *p;) {
        size_t n = strcspn(p, "/");
        for (size_t i = 0; i < COUNT_OF(whole); i++)
            if (strlen(whole[i]) == n && strncasecmp(p, whole[i], n) == 0)
                return true;
        in_git |= n == 4 && strncasecmp(p, ".git", 4) == 0;
        p += n;
        p += *p == '/';
    }
    return in_git;
}

static bool is_git_dir_at(int dir, const char *above)
{
    static const char *const has[] = {"HEAD", "objects", "refs"};
    for (size_t i = 0; i < COUNT_OF(has); i++) {
        AUTO_FREE char *name = mem_printf("%s%s", above, has[i]);
        if (faccessat(dir, name, F_OK, 0) != 0)
            return false;
    }
    return true;
}

/* Is a name in an open directory one that writes must not touch, wherever links led to it? */
static bool lies_protected(int root, int dir, const char *name)
{
    AUTO_FREE char *top = workspace_real(root), *real = workspace_real(dir);
    size_t n = top ? strlen(top) : 0;
    if (!real || !top || strncmp(real, top, n) != 0)
        return true;                                         /* it cannot be told */
    if (is_git_dir_at(dir, "") || is_git_dir_at(dir, "../")) /* however it is called */
        return true;
    AUTO_FREE char *rel = mem_printf("%s/%s", real + n, name);
    return workspace_is_protected(rel + strspn(rel, "/"));
}

/* Open the directory that holds `rel`, making what is missing. *name: the last component. */
static int workspace_parent(int root, const char *rel, const char **name, struct error *e)
{
    const char *slash = strrchr(rel, '/');
    *name = slash ? slash + 1 : rel;
    if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
        error_set(e, ERR_IO, "%s names a directory, not a file", rel);
        return -1;
    }
    AUTO_FREE char *dir = slash ? mem_strndup(rel, (size_t)(slash - rel)) : mem_strdup(".");
    int fd = openat2_beneath(root, *dir ? dir : ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0 || errno != ENOENT) {
        if (fd < 0)
            workspace_errno(errno, rel, e);
        return fd;
    }
    const char *ignored;
    AUTO_FD int above = workspace_parent(root, dir, &ignored, e);
    if (above < 0)
        return -1;
    if (lies_protected(root, above, ignored)) {
        error_set(e, ERR_DENIED, "%s leads to where mien never writes", rel);
        return -1;
    }
    if (mkdirat(above, ignored, 0777) != 0 && errno != EEXIST) {
        workspace_errno(errno, dir, e);
        return -1;
    }
    fd = openat2_beneath(root, dir, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        workspace_errno(errno, dir, e);
    return fd;
}

struct old_file {
    bool exists;
    struct stat st;
    struct buf text; /* read for append and for the line count */
};

static void old_file_fini(struct old_file *o)
{
    buf_fini(&o->text);
}

/* Look at what a write would replace; a final link is refused rather than followed. */
static bool workspace_look(struct workspace *w, int dir, const char *name, const char *rel,
                           struct old_file *old, struct error *e)
{
    if (fstatat(dir, name, &old->st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? true : workspace_errno(errno, rel, e);
    if (S_ISLNK(old->st.st_mode))
        return error_set(e, ERR_DENIED, "%s is a symbolic link; write to its target instead", rel);
    if (!S_ISREG(old->st.st_mode))
        return error_set(e, ERR_IO, "%s is %s; only regular files can be written", rel,
                         workspace_type_word(old->st.st_mode));
    if (!workspace_unchanged(w, rel, &old->st))
        return error_set(e, ERR_BUSY, "%s changed since you read it; read it again, then write",
                         rel);
    old->exists = true;
    AUTO_FD int fd = openat2_beneath(dir, name, O_RDONLY, 0);
    bool more = false;
    if (fd < 0 || !workspace_read_all(fd, (size_t)WALK_FILE_MAX, &old->text, &more))
        return workspace_errno(errno, rel, e);
    return !more || error_set(e, ERR_LIMIT, "%s is too large to be rewritten", rel);
}

static bool workspace_write_temp(int fd, const struct old_file *old, const char *data, size_t n,
                                 enum write_how how)
{
    mode_t mask = umask(0);
    umask(mask);
    if (how == WRITE_APPEND && !file_write_all(fd, buf_cstr(&old->text), old->text.len))
        return false;
    if (!file_write_all(fd, data, n))
        return false;
    if (old->exists && (old->st.st_uid != geteuid() || old->st.st_gid != getegid()) &&
        fchown(fd, old->st.st_uid, old->st.st_gid) != 0)
        return false;
    if (fchmod(fd, old->exists ? old->st.st_mode & 07777 : 0666 & ~mask) != 0)
        return false;
    return fsync(fd) == 0;
}

static bool workspace_replace(int dir, const char *name, const struct old_file *old,
                              const char *data, size_t n, enum write_how how)
{
    char tmp[64];
    snprintf(tmp, sizeof tmp, ".mien-%08x%04x.tmp", (unsigned)getpid(), (unsigned)rand() & 0xffff);
    int fd = openat(dir, tmp, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = workspace_write_temp(fd, old, data, n, how);
    int saved = errno;
    if (close(fd) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (ok && renameat(dir, tmp, dir, name) == 0) {
        fsync(dir);
        return true;
    }
    if (ok)
        saved = errno;
    unlinkat(dir, tmp, 0);
    errno = saved;
    return false;
}

static bool workspace_overwrite(int fd, const char *data, size_t n, enum write_how how)
{
    if (how == WRITE_APPEND ? lseek(fd, 0, SEEK_END) < 0
                            : ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) < 0)
        return false;
    return file_write_all(fd, data, n) && fsync(fd) == 0;
}

/* A file that others own, or in a directory that is not ours: into the file itself. What was
 * there is put back when the disk is full. */
static bool workspace_in_place(int dir, const char *name, const struct old_file *old,
                               const char *data, size_t n, enum write_how how)
{
    AUTO_FD int fd = openat2_beneath(dir, name, O_WRONLY | O_NOFOLLOW, 0);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    if (st.st_dev != old->st.st_dev || st.st_ino != old->st.st_ino) {
        errno = EBUSY;
        return false;
    }
    if (workspace_overwrite(fd, data, n, how))
        return true;
    int saved = errno;
    (void)!workspace_overwrite(fd, buf_cstr(&old->text), old->text.len, WRITE_REPLACE);
    errno = saved;
    return false;
}

#define BOM "\xef\xbb\xbf"

/* The new text with the line ends and the byte order mark of the old one: a model writes \n. */
static void workspace_like_before(const struct buf *old, const char *data, size_t n,
                                  struct buf *out)
{
    const char *eol = memchr(buf_cstr(old), '\n', old->len);
    bool bom = old->len >= 3 && memcmp(old->ptr, BOM, 3) == 0;
    bool crlf = eol && eol > old->ptr && eol[-1] == '\r' && !memmem(data, n, "\r\n", 2);
    if (bom && (n < 3 || memcmp(data, BOM, 3) != 0))
        buf_adds(out, BOM);
    for (size_t i = 0; i < n; i++) {
        if (crlf && data[i] == '\n')
            buf_addc(out, '\r');
        buf_addc(out, data[i]);
    }
}

void workspace_set_consent(struct workspace *w, workspace_consent *consent, void *arg)
{
    w->consent = consent;
    w->arg = arg;
}

/* dir, name: what is changed. Whoever is asked may take long: what was seen is seen again. */
static bool workspace_consents(struct workspace *w, int dir, const char *name, const char *seen_as,
                               const struct old_file *old, const char *data, size_t n,
                               enum write_how how, struct error *e)
{
    if (!w->consent)
        return true;
    AUTO_FREE char *above = workspace_real(dir);
    AUTO_FREE char *path = above ? mem_printf("%s/%s", above, name) : NULL;
    if (!path)
        return error_set(e, ERR_DENIED, "it cannot be told where %s lies", seen_as);
    bool whole = how != WRITE_APPEND;
    struct workspace_change c = {.path = path,
                                 .old = whole ? buf_cstr(&old->text) : "",
                                 .old_len = whole ? old->text.len : 0,
                                 .data = data,
                                 .len = n};
    if (!w->consent(w->arg, &c, e))
        return false;
    struct stat st, before = old->st;
    bool existed = old->exists, exists = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    bool same = existed == exists &&
                (!exists || (st.st_ino == before.st_ino && st.st_size == before.st_size &&
                             st.st_mtim.tv_sec == before.st_mtim.tv_sec &&
                             st.st_mtim.tv_nsec == before.st_mtim.tv_nsec));
    return same ||
           error_set(e, ERR_BUSY, "%s changed while the user was asked; read it again", seen_as);
}

static bool workspace_put(int dir, const char *name, const struct old_file *old, const char *data,
                          size_t n, enum write_how how)
{
    if (workspace_replace(dir, name, old, data, n, how))
        return true;
    return old->exists && (errno == EPERM || errno == EACCES) &&
           workspace_in_place(dir, name, old, data, n, how);
}

bool workspace_write(struct workspace *w, const char *path, const char *data, size_t n,
                     enum write_how how, struct file_result *r, struct error *e)
{
    AUTO(target) t = {0};
    if (!workspace_target(w, path, &t, e))
        return false;
    const char *rel = t.name, *name;
    if (workspace_is_protected(t.within))
        return error_set(e, ERR_DENIED, "%s is protected: mien never writes there", path);
    AUTO_FD int dir = workspace_parent(t.root, t.within, &name, e);
    if (dir < 0)
        return false;
    if (lies_protected(t.root, dir, name))
        return error_set(e, ERR_DENIED, "%s leads to where mien never writes", path);
    AUTO(old_file) old = {0};
    if (!workspace_look(w, dir, name, rel, &old, e))
        return false;
    if (old.exists && how == WRITE_NEW_ONLY)
        return error_set(e, ERR_DENIED, "%s exists and overwrite is false", path);
    AUTO(buf) like = {0};
    if (how == WRITE_LIKE_BEFORE) {
        how = WRITE_REPLACE;
        workspace_like_before(&old.text, data, n, &like);
        data = buf_cstr(&like);
        n = like.len;
    }
    bool same = old.exists && how == WRITE_REPLACE && old.text.len == n &&
                memcmp(buf_cstr(&old.text), data, n) == 0;
    if (!same && !workspace_consents(w, dir, name, rel, &old, data, n, how, e))
        return false;
    if (!same && !workspace_put(dir, name, &old, data, n, how))
        return workspace_errno(errno, path, e);
    w->changes += !same;
    size_t size = n + (how == WRITE_APPEND ? old.text.len : 0);
    *r = (struct file_result){
        .bytes = (int64_t)size,
        .lines = workspace_count_lines(data, n),
        .old_lines = old.exists ? workspace_count_lines(buf_cstr(&old.text), old.text.len) : -1,
        .created = !old.exists,
        .hard_linked = old.exists && old.st.st_nlink > 1};
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        workspace_saw(w, rel, &st);
    return true;
}

bool workspace_remove(struct workspace *w, const char *path, struct error *e)
{
    AUTO(target) t = {0};
    if (!workspace_target(w, path, &t, e))
        return false;
    const char *rel = t.within, *slash = strrchr(rel, '/');
    if (workspace_is_protected(rel))
        return error_set(e, ERR_DENIED, "%s is protected: mien never writes there", path);
    AUTO_FREE char *above = slash ? mem_strndup(rel, (size_t)(slash - rel)) : mem_strdup(".");
    AUTO_FD int dir = openat2_beneath(t.root, above, O_RDONLY | O_DIRECTORY, 0);
    AUTO(old_file) old = {0};
    if (dir < 0)
        return workspace_errno(errno, path, e);
    if (lies_protected(t.root, dir, slash ? slash + 1 : rel))
        return error_set(e, ERR_DENIED, "%s leads to where mien never writes", path);
    if (!workspace_look(w, dir, slash ? slash + 1 : rel, t.name, &old, e))
        return false;
    if (!old.exists)
        return workspace_errno(ENOENT, path, e);
    if (!workspace_consents(w, dir, slash ? slash + 1 : rel, t.name, &old, NULL, 0, WRITE_REPLACE,
                            e))
        return false;
    if (unlinkat(dir, slash ? slash + 1 : rel, 0) != 0)
        return workspace_errno(errno, path, e);
    w->changes++;
    return true;
}

static char workspace_type(mode_t m)
{
    return S_ISREG(m) ? 'f' : S_ISDIR(m) ? 'd' : S_ISLNK(m) ? 'l' : '?';
}

static int workspace_compare(const void *a, const void *b)
{
    return strcmp(((const struct file_entry *)a)->name, ((const struct file_entry *)b)->name);
}

/* Takes fd. */
static bool workspace_list_fd(int fd, const char *path, struct file_entry **entries, size_t *n,
                              struct error *e)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        int saved = errno;
        close(fd);
        return workspace_errno(saved, path, e);
    }
    VEC(struct file_entry) v = {0};
    struct dirent *ent;
    while ((ent = readdir(d))) {
        struct stat st;
        if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
            continue;
        if (fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        struct file_entry f = {.type = workspace_type(st.st_mode), .size = st.st_size};
        snprintf(f.name, sizeof f.name, "%s", ent->d_name);
        VEC_PUSH(&v, f);
    }
    closedir(d);
    if (v.len)
        qsort(v.ptr, v.len, sizeof *v.ptr, workspace_compare);
    *entries = v.ptr;
    *n = v.len;
    return true;
}

bool workspace_list(struct workspace *w, const char *path, struct file_entry **entries, size_t *n,
                    struct error *e)
{
    AUTO_FREE char *rel = NULL;
    int fd = workspace_open_read(w, path, O_RDONLY | O_DIRECTORY, &rel, e);
    if (fd < 0)
        return false;
    return workspace_list_fd(fd, path, entries, n, e);
}

struct walk {
    struct workspace *w;
    workspace_visit *visit;
    void *arg;
    dev_t dev;
    const struct pause *pause;
    struct walk_result *r;
    bool secrets; /* may lie on the way */
    bool names;   /* only they are wanted */
    bool stop, broken_off;
};

static bool walk_skips(const char *name, bool dir)
{
    static const char *const dirs[] = {".git", "node_modules", ".venv", "__pycache__", ".mien"};
    for (size_t i = 0; dir && i < COUNT_OF(dirs); i++)
        if (strcmp(name, dirs[i]) == 0)
            return true;
    return false;
}

static void walk_left_out(struct walk *k, int64_t *count, const char *rel)
{
    ++*count;
    if (!*k->r->first)
        snprintf(k->r->first, sizeof k->r->first, "%.*s", (int)utf8_cut(rel, strlen(rel), 250),
                 rel);
}

static void walk_open_file(struct walk *k, int fd, const char *rel)
{
    struct stat st;
    AUTO(buf) text = {0};
    char head[8192];
    bool more = false;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    ssize_t n = pread(fd, head, sizeof head, 0);
    if (n > 0 && memchr(head, 0, (size_t)n))
        return;
    if (n < 0 || (st.st_size <= WALK_FILE_MAX &&
                  !workspace_read_all(fd, (size_t)WALK_FILE_MAX, &text, &more))) {
        walk_left_out(k, &k->r->unreadable, rel);
        return;
    }
    if (st.st_size > WALK_FILE_MAX || more) {
        walk_left_out(k, &k->r->large, rel);
        return;
    }
    k->r->files++;
    k->stop = !k->visit(k->arg, rel, buf_cstr(&text), text.len);
}

static void walk_file(struct walk *k, int dir, const char *name, const char *rel)
{
    AUTO_FD int fd = openat2_beneath(dir, name, O_RDONLY | O_NOFOLLOW, 0);
    if (fd < 0)
        walk_left_out(k, &k->r->unreadable, rel);
    else
        walk_open_file(k, fd, rel);
}

static bool walk_secret(const struct walk *k, int dir, const char *name)
{
    if (!k->secrets)
        return false;
    AUTO_FREE char *above = workspace_real(dir);
    AUTO_FREE char *real =
        above ? mem_printf("%s/%s", strcmp(above, "/") ? above : "", name) : NULL;
    return !real || secrets_meet(real) == SECRETS_COVER;
}

static void walk_dir(struct walk *k, int fd, const char *rel, int depth)
{
    struct file_entry *entries = NULL;
    size_t n = 0;
    int again = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
    if (again < 0 || !workspace_list_fd(again, rel, &entries, &n, NULL)) {
        walk_left_out(k, &k->r->unreadable, rel);
        return;
    }
    for (size_t i = 0; i < n && !k->stop; i++) {
        k->stop = k->broken_off = !pause_go_on(k->pause);
        if (k->stop)
            break;
        const char *name = entries[i].name;
        bool top = strcmp(rel, ".") == 0;
        AUTO_FREE char *path = top ? mem_strdup(name) : mem_printf("%s/%s", rel, name);
        bool dir = entries[i].type == 'd' && !walk_skips(name, true);
        if ((!dir && entries[i].type != 'f') || walk_secret(k, fd, name))
            continue;
        if (!dir && k->names) {
            k->stop = !k->visit(k->arg, path, NULL, (size_t)entries[i].size);
        } else if (!dir) {
            walk_file(k, fd, name, path);
        } else if (depth >= WALK_MAX_DEPTH) {
            walk_left_out(k, &k->r->unreadable, path);
        } else {
            AUTO_FD int sub = openat2_beneath(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
            struct stat st;
            if (sub >= 0 && fstat(sub, &st) == 0 && st.st_dev == k->dev)
                walk_dir(k, sub, path, depth + 1);
        }
    }
    free(entries);
}

static bool walk_from(struct workspace *w, const char *path, struct walk *k, struct error *e)
{
    AUTO_FREE char *rel = NULL;
    AUTO_FD int fd = workspace_open_read(w, path, O_RDONLY, &rel, e);
    struct stat st;
    if (fd < 0)
        return false;
    if (fstat(fd, &st) != 0)
        return workspace_errno(errno, path, e);
    while (strncmp(rel, "./", 2) == 0 && rel[2]) /* as the results shall name it */
        memmove(rel, rel + 2, strlen(rel + 2) + 1);
    size_t n = strlen(rel);
    while (n > 1 && rel[n - 1] == '/')
        rel[--n] = '\0';
    AUTO_FREE char *real = workspace_real(fd);
    k->w = w;
    k->dev = st.st_dev;
    k->secrets = !w->secret && (!real || secrets_meet(real) != SECRETS_FREE);
    if (S_ISREG(st.st_mode) && k->names)
        k->visit(k->arg, rel, NULL, (size_t)st.st_size);
    else if (S_ISREG(st.st_mode))
        walk_open_file(k, fd, rel);
    else
        walk_dir(k, fd, rel, 0);
    return !k->broken_off || error_set(e, ERR_CANCELED, "stopped before all files were looked at");
}

bool workspace_walk(struct workspace *w, const char *path, workspace_visit *visit, void *arg,
                    struct walk_result *r, const struct pause *pause, struct error *e)
{
    *r = (struct walk_result){0};
    struct walk k = {.visit = visit, .arg = arg, .r = r, .pause = pause};
    return walk_from(w, path, &k, e);
}

bool workspace_walk_names(struct workspace *w, const char *path, workspace_visit *visit, void *arg,
                          const struct pause *pause, struct error *e)
{
    struct walk_result ignored = {0};
    struct walk k = {.visit = visit, .arg = arg, .r = &ignored, .pause = pause, .names = true};
    return walk_from(w, path, &k, e);
}
