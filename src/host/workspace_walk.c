#include "host/workspace_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/openat2.h"
#include "base/utf8.h"
#include "host/secrets.h"
#include "host/workspace_priv.h"

#define WALK_MAX_DEPTH 64

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
