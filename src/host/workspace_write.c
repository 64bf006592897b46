#include "host/workspace_write.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/openat2.h"
#include "base/path.h"
#include "host/git_dir.h"
#include "host/workspace_priv.h"

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
        if (!path_is_within(t->name, r->path))
            continue;
        t->root = r->fd;
        t->within = t->name + strlen(r->path);
        t->within += strspn(t->within, "/");
        return r->writable ||
               error_set(e, ERR_DENIED, "%s lies in %s, which is read-only here", path, r->path);
    }
    return error_set(e, ERR_DENIED, "%s is outside the workspace; use paths relative to it", path);
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

/* Is a name in an open directory one that writes must not touch, wherever links led to it? */
static bool lies_protected(int root, int dir, const char *name)
{
    AUTO_FREE char *top = workspace_real(root), *real = workspace_real(dir);
    size_t n = top ? strlen(top) : 0;
    if (!real || !top || strncmp(real, top, n) != 0)
        return true;                                         /* it cannot be told */
    if (git_dir_is_at(dir, "") || git_dir_is_at(dir, "../")) /* however it is called */
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
    AUTO(buf) all = {0};
    if (how == WRITE_APPEND) {
        buf_add(&all, buf_cstr(&old->text), old->text.len);
        buf_add(&all, data, n);
    }
    struct workspace_change c = {.path = path,
                                 .old = buf_cstr(&old->text),
                                 .old_len = old->text.len,
                                 .data = how == WRITE_APPEND ? buf_cstr(&all) : data,
                                 .len = how == WRITE_APPEND ? all.len : n};
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
