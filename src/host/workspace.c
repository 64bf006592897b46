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
#include "host/openat2.h"

#define WALK_MAX_DEPTH 64
#define WALK_MAX_FILE (1 << 20)
#define WALK_MAX_FILES 20000

/* What a file looked like when the model last saw it. */
struct seen {
    char *path;
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
};

struct workspace {
    int root;
    char *path;
    uint64_t changes;
    VEC(struct seen) seen;
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
    return w;
}

void workspace_close(struct workspace *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->seen.len; i++)
        free(w->seen.ptr[i].path);
    VEC_FREE(&w->seen);
    close(w->root);
    free(w->path);
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

/* The name relative to the root, or NULL when it plainly lies elsewhere. */
static const char *workspace_relative(const struct workspace *w, const char *path, struct error *e)
{
    if (!path || !*path)
        path = ".";
    if (strlen(path) >= PATH_MAX) {
        error_set(e, ERR_DENIED, "the path is too long");
        return NULL;
    }
    if (*path != '/')
        return path;
    size_t n = strlen(w->path);
    if (strncmp(path, w->path, n) == 0 && (path[n] == '/' || !path[n])) {
        path += n;
        while (*path == '/')
            path++;
        return *path ? path : ".";
    }
    error_set(e, ERR_DENIED, "%s is outside the workspace; use paths relative to it", path);
    return NULL;
}

static bool workspace_errno(int err, const char *path, struct error *e)
{
    if (err == EXDEV || err == ELOOP)
        return error_set(e, ERR_DENIED, "%s leads outside the workspace", path);
    if (err == ENOENT || err == ENOTDIR)
        return error_set(e, ERR_NOT_FOUND, "%s does not exist", path);
    return error_errno(e, err, "%s", path);
}

static int workspace_open_at(struct workspace *w, const char *path, int flags, struct error *e)
{
    const char *rel = workspace_relative(w, path, e);
    if (!rel)
        return -1;
    int fd = openat2_beneath(w->root, rel, flags, 0);
    if (fd < 0)
        workspace_errno(errno, path, e);
    return fd;
}

static void workspace_saw(struct workspace *w, const char *rel, const struct stat *st)
{
    struct seen *s = NULL;
    for (size_t i = 0; i < w->seen.len && !s; i++)
        if (strcmp(w->seen.ptr[i].path, rel) == 0)
            s = &w->seen.ptr[i];
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
    for (size_t i = 0; i < w->seen.len; i++) {
        const struct seen *s = &w->seen.ptr[i];
        if (strcmp(s->path, rel) == 0)
            return s->dev == st->st_dev && s->ino == st->st_ino && s->size == st->st_size &&
                   s->mtime.tv_sec == st->st_mtim.tv_sec && s->mtime.tv_nsec == st->st_mtim.tv_nsec;
    }
    return true;
}

static const char *workspace_type_word(mode_t m)
{
    return S_ISDIR(m)                 ? "a directory"
           : S_ISFIFO(m)              ? "a FIFO"
           : S_ISSOCK(m)              ? "a socket"
           : S_ISBLK(m) || S_ISCHR(m) ? "a device"
                                      : "not a regular file";
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

bool workspace_read(struct workspace *w, const char *path, size_t limit, struct buf *out,
                    struct file_result *r, struct error *e)
{
    AUTO_FD int fd = workspace_open_at(w, path, O_RDONLY, e);
    struct stat st;
    if (fd < 0)
        return false;
    if (fstat(fd, &st) != 0)
        return workspace_errno(errno, path, e);
    if (!S_ISREG(st.st_mode))
        return error_set(e, ERR_IO, "%s is %s; only regular files can be read", path,
                         workspace_type_word(st.st_mode));
    *r = (struct file_result){.bytes = st.st_size};
    buf_clear(out);
    if (!workspace_read_all(fd, limit, out, &r->truncated))
        return workspace_errno(errno, path, e);
    if (memchr(buf_cstr(out), 0, MIN(out->len, 8192)))
        return error_set(e, ERR_PARSE, "%s is a binary file (%lld bytes); it is not shown", path,
                         (long long)st.st_size);
    r->lines = workspace_count_lines(buf_cstr(out), out->len);
    const char *rel = workspace_relative(w, path, NULL);
    workspace_saw(w, rel, &st);
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

/* Open the directory that holds `rel`, making what is missing. *name: the last component. */
static int workspace_parent(struct workspace *w, const char *rel, const char **name,
                            struct error *e)
{
    const char *slash = strrchr(rel, '/');
    *name = slash ? slash + 1 : rel;
    if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
        error_set(e, ERR_IO, "%s names a directory, not a file", rel);
        return -1;
    }
    AUTO_FREE char *dir = slash ? mem_strndup(rel, (size_t)(slash - rel)) : mem_strdup(".");
    int fd = openat2_beneath(w->root, *dir ? dir : ".", O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0 || errno != ENOENT) {
        if (fd < 0)
            workspace_errno(errno, rel, e);
        return fd;
    }
    const char *ignored;
    AUTO_FD int above = workspace_parent(w, dir, &ignored, e);
    if (above < 0)
        return -1;
    if (mkdirat(above, ignored, 0777) != 0 && errno != EEXIST) {
        workspace_errno(errno, dir, e);
        return -1;
    }
    fd = openat2_beneath(w->root, dir, O_RDONLY | O_DIRECTORY, 0);
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
    if (fd < 0 || !workspace_read_all(fd, 64u << 20, &old->text, &more))
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
    if (fchmod(fd, old->exists ? old->st.st_mode & 07777 : 0666 & ~mask) != 0)
        return false;
    if (old->exists && (old->st.st_uid != geteuid() || old->st.st_gid != getegid()) &&
        fchown(fd, old->st.st_uid, old->st.st_gid) != 0)
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

bool workspace_write(struct workspace *w, const char *path, const char *data, size_t n,
                     enum write_how how, struct file_result *r, struct error *e)
{
    const char *rel = workspace_relative(w, path, e);
    if (!rel)
        return false;
    if (workspace_is_protected(rel))
        return error_set(e, ERR_DENIED, "%s is protected: mien never writes there", path);
    const char *name;
    AUTO_FD int dir = workspace_parent(w, rel, &name, e);
    if (dir < 0)
        return false;
    AUTO(old_file) old = {0};
    if (!workspace_look(w, dir, name, rel, &old, e))
        return false;
    if (old.exists && how == WRITE_NEW_ONLY)
        return error_set(e, ERR_DENIED, "%s exists and overwrite is false", path);
    bool same = old.exists && how == WRITE_REPLACE && old.text.len == n &&
                memcmp(buf_cstr(&old.text), data, n) == 0;
    if (!same && !workspace_replace(dir, name, &old, data, n, how))
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
    int fd = workspace_open_at(w, path, O_RDONLY | O_DIRECTORY, e);
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
    int files;
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

static void walk_file(struct walk *k, int dir, const char *name, const char *rel)
{
    AUTO_FD int fd = openat2_beneath(dir, name, O_RDONLY | O_NOFOLLOW, 0);
    struct stat st;
    AUTO(buf) text = {0};
    bool more = false;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > WALK_MAX_FILE)
        return;
    if (!workspace_read_all(fd, WALK_MAX_FILE, &text, &more) ||
        memchr(buf_cstr(&text), 0, MIN(text.len, 8192)))
        return;
    k->stop = ++k->files >= WALK_MAX_FILES || !k->visit(k->arg, rel, buf_cstr(&text), text.len);
}

static void walk_dir(struct walk *k, int fd, const char *rel, int depth)
{
    struct file_entry *entries = NULL;
    size_t n = 0;
    int again = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;
    if (again < 0 || !workspace_list_fd(again, rel, &entries, &n, NULL))
        return;
    for (size_t i = 0; i < n && !k->stop; i++) {
        k->stop = k->broken_off = !pause_go_on(k->pause);
        if (k->stop)
            break;
        const char *name = entries[i].name;
        bool top = strcmp(rel, ".") == 0;
        AUTO_FREE char *path = top ? mem_strdup(name) : mem_printf("%s/%s", rel, name);
        if (entries[i].type == 'f') {
            walk_file(k, fd, name, path);
        } else if (entries[i].type == 'd' && depth < WALK_MAX_DEPTH && !walk_skips(name, true)) {
            AUTO_FD int sub = openat2_beneath(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
            struct stat st;
            if (sub >= 0 && fstat(sub, &st) == 0 && st.st_dev == k->dev)
                walk_dir(k, sub, path, depth + 1);
        }
    }
    free(entries);
}

bool workspace_walk(struct workspace *w, const char *path, workspace_visit *visit, void *arg,
                    const struct pause *pause, struct error *e)
{
    AUTO_FD int fd = workspace_open_at(w, path, O_RDONLY, e);
    struct stat st;
    if (fd < 0)
        return false;
    if (fstat(fd, &st) != 0)
        return workspace_errno(errno, path, e);
    const char *rel = workspace_relative(w, path, e);
    struct walk k = {.w = w, .visit = visit, .arg = arg, .dev = st.st_dev, .pause = pause};
    if (S_ISREG(st.st_mode))
        walk_file(&k, w->root, rel, rel);
    else
        walk_dir(&k, fd, rel, 0);
    return !k.broken_off || error_set(e, ERR_CANCELED, "stopped before all files were looked at");
}
