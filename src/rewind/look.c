#include "rewind/look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "host/secrets.h"
#include "rewind/ignore.h"

#define DEPTH_MAX 200
#define WATCH_FROM 2000 /* files; below, a full look takes less than 5 ms */
#define SETTLED_MS 50   /* a change sooner than this may leave the time as it was */
#define GITIGNORE ".gitignore"
#define GITIGNORE_MAX ((size_t)1 << 20)

struct dir;

struct entry {
    union {
        uint64_t print;  /* of its stat; 0: to be read again */
        struct dir *dir; /* of a directory */
    };
    uint32_t name; /* offset in the directory's names */
    uint16_t mode;
    uint8_t kind;
    struct object_id id;
};

struct dir {
    struct dir *parent;
    char *name;
    struct entry *entries; /* in order of their names */
    size_t count;
    char *names;
    struct ignore *rules;
    uint64_t rules_print; /* of the file they were read from, 0: there is none */
    int wd;               /* -1: no watch */
    uint16_t mode;
    bool dirty, below; /* to be read; something beneath is */
    bool changed;      /* its tree is to be written */
    bool outside;      /* named by .gitignore: only what is kept counts */
    bool empty;        /* nothing in it makes an entry of a tree */
    struct object_id id;
};

/* Rules that hold for paths behind a prefix: where the root lies seen from their directory. */
struct above {
    struct ignore *rules;
    char *prefix;
};

struct look {
    char *root;
    int fd;
    dev_t dev;
    struct dir *top;
    bool secrets;            /* some lie beneath the root */
    const atomic_bool *stop; /* or NULL */
    bool unsettled;          /* a look failed: the next one is full */
    int64_t files;
    VEC(char *) kept; /* sorted */
    struct buf kept_text;
    VEC(struct above) above; /* rules from above the root, and beside it */
    int inotify;
    VEC(struct dir *) by_wd;
    bool unwatchable;
    bool changed;
    struct look_modes modes;
    VEC(char *) left;      /* paths */
    VEC(char *) uncovered; /* that rules named until now; a directory's ends in a slash */
    struct buf scratch;
};

/* One look, on its way. */
struct pass {
    struct look *l;
    struct objects *o;
    int64_t settled_ns; /* what changed later may change again unseen */
    bool failed;
    struct error *e;
};

/* ---- paths ---- */

static void path_add(const struct dir *d, struct buf *out)
{
    if (!d->parent)
        return;
    path_add(d->parent, out);
    buf_adds(out, d->name);
    buf_addc(out, '/');
}

static char *path_of(const struct dir *d, const char *name)
{
    struct buf b = {0};
    path_add(d, &b);
    buf_adds(&b, name);
    return buf_take(&b);
}

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ---- what is kept though .gitignore names it ---- */

void look_keep(struct look *l, const char *paths, size_t n)
{
    l->kept.len = 0;
    buf_add(&l->kept_text, paths, n);
    for (size_t at = 0; at < l->kept_text.len; at += strlen(l->kept_text.ptr + at) + 1)
        VEC_PUSH(&l->kept, l->kept_text.ptr + at);
    if (l->kept.len)
        qsort(l->kept.ptr, l->kept.len, sizeof *l->kept.ptr, text_order);
}

/* Is the path one of them, or does one lie beneath it? */
static bool is_kept(const struct look *l, const char *path, bool directory)
{
    size_t low = 0, high = l->kept.len, n = strlen(path);
    AUTO_FREE char *want = mem_printf("%s%s", path, directory ? "/" : "");
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(l->kept.ptr[mid], want) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    if (low >= l->kept.len)
        return false;
    return directory ? strncmp(l->kept.ptr[low], want, n + 1) == 0
                     : strcmp(l->kept.ptr[low], path) == 0;
}

/* The rules of each directory above, the nearest first, each on the path from there. */
static bool is_ignored(const struct look *l, const struct dir *d, const char *path,
                       const char *name, bool directory)
{
    size_t at = strlen(path) - strlen(name);
    for (const struct dir *up = d; up; up = up->parent) {
        enum ignore_word w = ignore_judge(up->rules, path + at, name, directory);
        if (w != IGNORE_NOTHING)
            return w == IGNORE_OUT;
        if (up->parent)
            at -= strlen(up->name) + 1;
    }
    for (size_t i = 0; i < l->above.len; i++) {
        AUTO_FREE char *whole = mem_printf("%s%s", l->above.ptr[i].prefix, path);
        enum ignore_word w = ignore_judge(l->above.ptr[i].rules, whole, name, directory);
        if (w != IGNORE_NOTHING)
            return w == IGNORE_OUT;
    }
    return false;
}

/* ---- directories ---- */

static struct dir *dir_new(struct dir *parent, const char *name)
{
    struct dir *d = mem_alloc(sizeof *d);
    d->parent = parent;
    d->name = mem_strdup(name);
    d->wd = -1;
    d->dirty = d->changed = true;
    return d;
}

static void dir_free(struct look *l, struct dir *d);

static void entries_free(struct look *l, struct entry *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        l->files -= list[i].kind == LOOK_FILE || list[i].kind == LOOK_LINK;
        if (list[i].kind == LOOK_DIR)
            dir_free(l, list[i].dir);
    }
}

static void dir_free(struct look *l, struct dir *d)
{
    entries_free(l, d->entries, d->count);
    if (d->wd >= 0 && (size_t)d->wd < l->by_wd.len && l->by_wd.ptr[d->wd] == d) {
        l->by_wd.ptr[d->wd] = NULL;
        inotify_rm_watch(l->inotify, d->wd);
    }
    ignore_free(d->rules);
    free(d->entries);
    free(d->names);
    free(d->name);
    free(d);
}

/* ---- the watch ---- */

static void watch_end(struct look *l)
{
    if (l->inotify >= 0)
        close(l->inotify);
    l->inotify = -1;
    l->unwatchable = true;
    VEC_FREE(&l->by_wd);
}

/* Before the directory is read: what happens later is heard. */
static void watch_dir(struct look *l, struct dir *d, int fd)
{
    char path[64];
    if (l->inotify < 0)
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int wd = inotify_add_watch(l->inotify, path,
                               IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM |
                                   IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR | IN_EXCL_UNLINK);
    if (wd < 0) {
        watch_end(l); /* the user's share of watches is used up: look at all files instead */
        return;
    }
    while (l->by_wd.len <= (size_t)wd)
        VEC_PUSH(&l->by_wd, NULL);
    if (l->by_wd.ptr[wd] && l->by_wd.ptr[wd] != d)
        l->by_wd.ptr[wd]->wd = -1; /* it was moved here: the watch is the new one's */
    l->by_wd.ptr[wd] = d;
    d->wd = wd;
}

static void mark(struct dir *d)
{
    d->dirty = true;
    for (struct dir *up = d->parent; up && !up->below; up = up->parent)
        up->below = true;
}

/* False: it lost some. */
static bool watch_read(struct look *l)
{
    char bytes[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool whole = true;
    for (ssize_t n; (n = read(l->inotify, bytes, sizeof bytes)) > 0;)
        for (char *p = bytes; p < bytes + n;) {
            const struct inotify_event *ev = (const void *)p;
            if (ev->mask & IN_Q_OVERFLOW)
                whole = false;
            else if (ev->wd >= 0 && (size_t)ev->wd < l->by_wd.len && l->by_wd.ptr[ev->wd])
                mark(l->by_wd.ptr[ev->wd]);
            p += sizeof *ev + ev->len;
        }
    return whole;
}

/* ---- one file ---- */

/* Never 0. */
static uint64_t print_of(const struct stat *st)
{
    const uint64_t parts[] = {
        (uint64_t)st->st_size, (uint64_t)st->st_ino, (uint64_t)st->st_mode,
        (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec,
        (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec};
    uint64_t h = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        h ^= parts[i] + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
        h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
        h ^= h >> 27;
    }
    return h | 1;
}

static bool is_settled(const struct pass *p, const struct stat *st)
{
    int64_t m = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    int64_t c = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
    return MAX(m, c) < p->settled_ns;
}

static void fail(struct pass *p)
{
    p->failed = p->l->unsettled = true;
}

/* False: it is gone, or no file any more. */
static bool read_file(struct pass *p, int at, const char *name, struct entry *n, struct stat *st)
{
    struct buf *b = &p->l->scratch;
    AUTO_FD int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    n->kind = LOOK_LEFT;
    if (fd < 0)
        return errno != ENOENT;
    if (fstat(fd, st) != 0 || !S_ISREG(st->st_mode) || st->st_size > LOOK_FILE_MAX)
        return true;
    buf_clear(b);
    char part[65536];
    ssize_t got = 1;
    /* To its size, and not to its end: the stat below says whether there is more. */
    while (got > 0 && (int64_t)b->len < st->st_size) {
        got = read(fd, part, sizeof part);
        if (got > 0)
            buf_add(b, part, (size_t)got);
    }
    if (got < 0)
        return true;
    n->kind = LOOK_FILE;
    if (!objects_put(p->o, "blob", buf_cstr(b), b->len, &n->id, p->e)) {
        fail(p);
        return true;
    }
    uint64_t before = print_of(st);
    if (fstat(fd, st) == 0 && print_of(st) == before && is_settled(p, st))
        n->print = before;
    if (b->cap > 1 << 20)
        buf_fini(b);
    return true;
}

static bool read_link(struct pass *p, int at, const char *name, struct entry *n,
                      const struct stat *st)
{
    char to[PATH_MAX];
    ssize_t len = readlinkat(at, name, to, sizeof to);
    if (len < 0)
        return false;
    n->kind = LOOK_LINK;
    if (!objects_put(p->o, "blob", to, (size_t)len, &n->id, p->e))
        fail(p);
    else if (is_settled(p, st))
        n->print = print_of(st);
    return true;
}

static void note_uncovered(struct look *l, const struct dir *d, const char *name,
                           enum look_kind before, enum look_kind now)
{
    bool counts = now == LOOK_FILE || now == LOOK_LINK || now == LOOK_DIR;
    if (before != LOOK_OUT || !counts)
        return;
    AUTO_FREE char *path = path_of(d, name);
    VEC_PUSH(&l->uncovered, mem_printf("%s%s", path, now == LOOK_DIR ? "/" : ""));
}

static void note_left(struct look *l, const struct dir *d, const char *name)
{
    if (l->left.len < 100000)
        VEC_PUSH(&l->left, path_of(d, name));
}

/* ---- one directory ---- */

/* A name that is new, or whose directory has other rules now. False: it counts. */
static bool is_out(const struct look *l, const struct dir *d, const char *name, bool directory)
{
    AUTO_FREE char *path = path_of(d, name);
    if ((d->outside || is_ignored(l, d, path, name, directory)) && !is_kept(l, path, directory))
        return true;
    if (!l->secrets)
        return false;
    AUTO_FREE char *real = mem_printf("%s/%s", l->root, path);
    return secrets_meet(real) == SECRETS_COVER;
}

static bool is_never(const char *name)
{
    static const char *const names[] = {".", "..", ".git", ".hg", ".svn", ".jj", LOOK_STAGING};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool same_entry(const struct entry *a, const struct entry *b)
{
    return a->kind == b->kind && a->mode == b->mode && object_same(&a->id, &b->id);
}

/* What a name is now. old: as it was known, or NULL. False: it is not there. */
static bool look_up(struct pass *p, struct dir *d, int at, const char *name, unsigned char type,
                    struct entry *old, bool rejudge, struct entry *n)
{
    struct look *l = p->l;
    struct stat st;
    bool directory = type == DT_DIR;
    if (type == DT_UNKNOWN && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        directory = S_ISDIR(st.st_mode);
    /* What was kept once goes on to be, whatever rules say later: that it is left out from now on
     * must not look as if it were gone. */
    bool mine = old && (old->kind == LOOK_FILE || old->kind == LOOK_LINK || old->kind == LOOK_DIR);
    bool out = old && old->kind == LOOK_OUT && !rejudge;
    if (out || (!mine && is_out(l, d, name, directory))) {
        n->kind = LOOK_OUT;
        return true;
    }
    if (directory) {
        n->kind = LOOK_DIR;
        n->dir = old && old->kind == LOOK_DIR ? old->dir : dir_new(d, name);
        AUTO_FREE char *path = old && old->kind == LOOK_DIR && !rejudge ? NULL : path_of(d, name);
        if (path)
            n->dir->outside = d->outside || is_ignored(l, d, path, name, true);
        return true;
    }
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    n->mode = st.st_mode & 07777;
    if (old && (old->kind == LOOK_FILE || old->kind == LOOK_LINK) && old->print &&
        old->print == print_of(&st)) {
        n->kind = old->kind;
        n->print = old->print;
        n->id = old->id;
        return true;
    }
    n->kind = LOOK_LEFT;
    if (S_ISLNK(st.st_mode))
        return read_link(p, at, name, n, &st);
    if (!S_ISREG(st.st_mode)) /* a device, a FIFO, a socket: not a file's business */
        return true;
    if (!read_file(p, at, name, n, &st))
        return false;
    n->mode = st.st_mode & 07777;
    if (n->kind == LOOK_LEFT)
        note_left(l, d, name);
    return true;
}

/* Names with the byte that says their type before each, sorted by name. */
static int name_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a + 1, *(const char *const *)b + 1);
}

struct names {
    struct buf text;
    VEC(char *) list;
};

static void names_fini(struct names *n)
{
    buf_fini(&n->text);
    VEC_FREE(&n->list);
}

static void names_read(struct names *n, DIR *dir)
{
    VEC(size_t) at = {0};
    for (struct dirent *ent; (ent = readdir(dir));) {
        if (is_never(ent->d_name))
            continue;
        VEC_PUSH(&at, n->text.len);
        buf_addc(&n->text, (char)ent->d_type);
        buf_add(&n->text, ent->d_name, strlen(ent->d_name) + 1);
    }
    for (size_t i = 0; i < at.len; i++)
        VEC_PUSH(&n->list, n->text.ptr + at.ptr[i]);
    VEC_FREE(&at);
    if (n->list.len)
        qsort(n->list.ptr, n->list.len, sizeof *n->list.ptr, name_order);
}

/* Read the directory's rules where they are others than before: true. */
static bool rules_changed(struct dir *d, int fd, const struct names *names)
{
    char key[sizeof GITIGNORE + 1] = " " GITIGNORE;
    const char *k = key;
    struct stat st;
    uint64_t print = 0;
    if (names->list.len &&
        bsearch(&k, names->list.ptr, names->list.len, sizeof *names->list.ptr, name_order) &&
        fstatat(fd, GITIGNORE, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        print = print_of(&st);
    if (print == d->rules_print)
        return false;
    ignore_free(d->rules);
    d->rules = NULL;
    d->rules_print = print;
    AUTO_FD int in =
        print ? openat(fd, GITIGNORE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    AUTO(buf) text = {0};
    char part[8192];
    for (ssize_t n; in >= 0 && text.len < GITIGNORE_MAX && (n = read(in, part, sizeof part)) > 0;)
        buf_add(&text, part, (size_t)n);
    d->rules = ignore_parse(buf_cstr(&text), text.len);
    return true;
}

static bool goes_on(struct pass *p)
{
    struct look *l = p->l;
    if (p->failed)
        return false;
    if (l->stop && atomic_load(l->stop)) {
        fail(p);
        return error_set(p->e, ERR_CANCELED, "stopped");
    }
    if (l->files > LOOK_FILES_MAX) {
        fail(p);
        return error_set(p->e, ERR_LIMIT, "the workspace has more than %d files", LOOK_FILES_MAX);
    }
    if (objects_written(p->o) > LOOK_BYTES_MAX) {
        fail(p);
        return error_set(p->e, ERR_LIMIT, "more than %lld MB of files would have to be kept",
                         (long long)(LOOK_BYTES_MAX >> 20));
    }
    return true;
}

/* Bring its entries up to date. rejudge: the rules above are others now. Returns whether they are
 * for what lies beneath. */
static bool dir_read(struct pass *p, struct dir *d, DIR *dir, bool rejudge)
{
    struct look *l = p->l;
    int fd = dirfd(dir);
    struct names names = {0};
    VEC(struct entry) now = {0};
    struct buf text = {0};
    struct entry *old = d->entries;
    size_t left = d->count;
    d->dirty = false;
    watch_dir(l, d, fd);
    names_read(&names, dir);
    rejudge |= rules_changed(d, fd, &names);
    VEC(struct entry) gone = {0};
    for (size_t i = 0; i < names.list.len && (i % 64 || goes_on(p)); i++) {
        const char *name = names.list.ptr[i] + 1;
        for (; left && strcmp(d->names + old->name, name) < 0; old++, left--) {
            d->changed = true;
            VEC_PUSH(&gone, *old);
        }
        struct entry *was = left && strcmp(d->names + old->name, name) == 0 ? old : NULL;
        enum look_kind had = was ? (enum look_kind)was->kind : LOOK_NONE;
        struct entry n = {0};
        bool there = look_up(p, d, fd, name, (unsigned char)names.list.ptr[i][0], was, rejudge, &n);
        if (was && there && n.kind == LOOK_DIR && was->kind == LOOK_DIR)
            n.id = was->id, n.mode = was->mode;
        d->changed |= !was || !there || !same_entry(was, &n);
        if (was && !(there && n.kind == LOOK_DIR && was->kind == LOOK_DIR))
            entries_free(l, was, 1);
        if (was)
            old++, left--;
        if (!there)
            continue;
        note_uncovered(l, d, name, had, n.kind);
        l->files += (n.kind == LOOK_FILE || n.kind == LOOK_LINK);
        n.name = (uint32_t)text.len;
        buf_add(&text, name, strlen(name) + 1);
        VEC_PUSH(&now, n);
    }
    for (; left; old++, left--) {
        d->changed = true;
        VEC_PUSH(&gone, *old);
    }
    entries_free(l, gone.ptr, gone.len);
    VEC_FREE(&gone);
    names_fini(&names);
    free(d->entries);
    free(d->names);
    d->count = now.len;
    d->entries = now.len ? mem_resize(now.ptr, now.len, sizeof *now.ptr) : NULL;
    if (!now.len)
        VEC_FREE(&now);
    d->names = text.len ? mem_resize(text.ptr, text.len, 1) : NULL;
    d->dirty |= p->failed;
    return rejudge;
}

static void visit(struct pass *p, struct dir *d, int fd, bool all, bool rejudge, int depth);

/* The directory is still one, of this file system, and can be read; else nothing of it counts. */
static void visit_child(struct pass *p, struct dir *d, int at, struct entry *n, bool all,
                        bool rejudge, int depth)
{
    struct stat st;
    struct dir *child = n->dir;
    const char *name = d->names + n->name;
    int fd =
        depth < DEPTH_MAX ? openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_dev != p->l->dev) {
        bool vanished = fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
        if (fd >= 0)
            close(fd);
        dir_free(p->l, child);
        *n = (struct entry){.name = n->name, .kind = LOOK_LEFT};
        d->changed = true;
        d->dirty |= vanished; /* looked at once more next time */
        if (!vanished)
            note_left(p->l, d, name);
        return;
    }
    d->changed |= n->mode != (st.st_mode & 07777);
    n->mode = child->mode = st.st_mode & 07777;
    visit(p, child, fd, all, rejudge, depth + 1);
    d->changed |= child->changed;
}

/* Takes fd. */
static void visit(struct pass *p, struct dir *d, int fd, bool all, bool rejudge, int depth)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    if (all || d->dirty)
        rejudge = dir_read(p, d, dir, rejudge);
    d->below = false;
    for (size_t i = 0; i < d->count && goes_on(p); i++) {
        struct entry *n = &d->entries[i];
        if (n->kind == LOOK_DIR && (all || rejudge || n->dir->dirty || n->dir->below))
            visit_child(p, d, dirfd(dir), n, all || rejudge, rejudge, depth);
    }
    if (p->failed)
        d->dirty = true;
    closedir(dir);
}

/* ---- the whole ---- */

static bool is_one_of(const char *root, const char *path)
{
    AUTO_FREE char *real = path && *path ? realpath(path, NULL) : NULL;
    return real && strcmp(real, root) == 0;
}

static void add_above(struct look *l, const char *path, const char *prefix)
{
    AUTO(buf) text = {0};
    struct ignore *rules =
        file_read(path, &text, GITIGNORE_MAX, NULL) ? ignore_parse(text.ptr, text.len) : NULL;
    if (rules)
        VEC_PUSH(&l->above, ((struct above){rules, mem_strdup(prefix)}));
}

/* What a repository leaves out beside the .gitignore files within the root: those above it, its own
 * list, the user's. In this order, as git asks them. */
static void read_above(struct look *l)
{
    const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
    AUTO_FREE char *user = config && *config
                               ? mem_printf("%s/git/ignore", config)
                               : mem_printf("%s/.config/git/ignore", home ? home : "");
    AUTO_FREE char *at = mem_strdup(l->root);
    for (char *slash; (slash = strrchr(at, '/')); *slash = '\0') {
        size_t n = strlen(at);
        AUTO_FREE char *git = mem_printf("%s/.git", at);
        AUTO_FREE char *list = mem_printf("%s/.gitignore", at);
        AUTO_FREE char *own = mem_printf("%s/.git/info/exclude", at);
        AUTO_FREE char *prefix = l->root[n] ? mem_printf("%s/", l->root + n + 1) : mem_strdup("");
        if (l->root[n])
            add_above(l, list, prefix);
        if (!file_exists(git))
            continue;
        add_above(l, own, prefix);
        add_above(l, user, prefix);
        return;
    }
    while (l->above.len) { /* no repository: what lies above says nothing */
        struct above *last = &l->above.ptr[--l->above.len];
        ignore_free(last->rules);
        free(last->prefix);
    }
}

struct look *look_new(const char *root, struct error *e)
{
    struct stat st;
    if (strcmp(root, "/") == 0 || is_one_of(root, getenv("HOME"))) {
        error_set(e, ERR_DENIED, "%s is no project's directory",
                  strcmp(root, "/") == 0 ? "/" : "the home directory");
        return NULL;
    }
    enum secrets_meet meet = secrets_meet(root);
    if (meet == SECRETS_COVER) {
        error_set(e, ERR_DENIED, "%s is among what mien hides", root);
        return NULL;
    }
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        error_errno(e, errno, "cannot open %s", root);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct look *l = mem_alloc(sizeof *l);
    l->root = mem_strdup(root);
    l->fd = fd;
    l->dev = st.st_dev;
    l->inotify = -1;
    l->secrets = meet == SECRETS_WITHIN;
    l->top = dir_new(NULL, "");
    read_above(l);
    return l;
}

void look_free(struct look *l)
{
    if (!l)
        return;
    if (l->inotify >= 0)
        close(l->inotify); /* at once, instead of each directory's */
    l->inotify = -1;
    l->by_wd.len = 0;
    dir_free(l, l->top);
    VEC_FREE(&l->by_wd);
    VEC_FREE(&l->kept);
    buf_fini(&l->kept_text);
    for (size_t i = 0; i < l->above.len; i++) {
        ignore_free(l->above.ptr[i].rules);
        free(l->above.ptr[i].prefix);
    }
    VEC_FREE(&l->above);
    for (size_t i = 0; i < l->left.len; i++)
        free(l->left.ptr[i]);
    VEC_FREE(&l->left);
    for (size_t i = 0; i < l->uncovered.len; i++)
        free(l->uncovered.ptr[i]);
    VEC_FREE(&l->uncovered);
    buf_fini(&l->scratch);
    close(l->fd);
    free(l->root);
    free(l);
}

static void watch_begin(struct look *l)
{
    if (l->inotify < 0 && !l->unwatchable && l->files >= WATCH_FROM)
        l->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

bool look_now(struct look *l, struct objects *o, bool full, enum look_way *way, struct error *e)
{
    struct timespec now;
    watch_begin(l); /* a watch that begins now hears only from this look on */
    bool began = l->inotify >= 0 && l->top->wd < 0;
    bool all = full || began || l->inotify < 0 || l->unsettled;
    if (l->inotify >= 0 && !watch_read(l))
        all = true;
    if (way)
        *way = all ? LOOK_WAY_FULL : LOOK_WAY_WATCH;
    if (!all && !l->top->dirty && !l->top->below)
        return true;
    clock_gettime(CLOCK_REALTIME, &now);
    struct pass p = {.l = l,
                     .o = o,
                     .e = e,
                     .settled_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec -
                                   (int64_t)SETTLED_MS * 1000000};
    int fd = openat(l->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(e, errno, "cannot open %s", l->root);
    if (all) {
        for (size_t i = 0; i < l->left.len; i++)
            free(l->left.ptr[i]);
        l->left.len = 0;
    }
    l->unsettled = false;
    visit(&p, l->top, fd, all, false, 0);
    l->changed |= l->top->changed;
    return !p.failed && goes_on(&p);
}

bool look_changed(const struct look *l)
{
    return l->changed;
}

int64_t look_count(const struct look *l)
{
    return l->files;
}

int64_t look_left(const struct look *l, const char **first)
{
    *first = l->left.len ? l->left.ptr[0] : NULL;
    return (int64_t)l->left.len;
}

void look_set_stop(struct look *l, const atomic_bool *stop)
{
    l->stop = stop;
}

void look_set_modes(struct look *l, struct look_modes m)
{
    l->modes = m;
}

struct look_file look_at(const struct look *l, const char *path)
{
    const struct dir *d = l->top;
    while (d) {
        const char *slash = strchr(path, '/');
        AUTO_FREE char *name = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup(path);
        const struct entry *found = NULL;
        for (size_t low = 0, high = d->count; low < high && !found;) {
            size_t mid = low + (high - low) / 2;
            int c = strcmp(d->names + d->entries[mid].name, name);
            if (c == 0)
                found = &d->entries[mid];
            else if (c < 0)
                low = mid + 1;
            else
                high = mid;
        }
        if (!found)
            break;
        if (!slash)
            return (struct look_file){(enum look_kind)found->kind, found->mode, found->id};
        d = found->kind == LOOK_DIR ? found->dir : NULL;
        path = slash + 1;
    }
    return (struct look_file){LOOK_NONE};
}

/* ---- trees ---- */

struct tree_item {
    const char *name;
    const struct entry *entry;
};

/* git's order: a directory as if its name ended in a slash. */
static int tree_order(const void *a, const void *b)
{
    const struct tree_item *x = a, *y = b;
    const unsigned char *p = (const unsigned char *)x->name, *q = (const unsigned char *)y->name;
    while (*p && *p == *q)
        p++, q++;
    int c = *p ? *p : x->entry->kind == LOOK_DIR ? '/' : 0;
    int d = *q ? *q : y->entry->kind == LOOK_DIR ? '/' : 0;
    return c - d;
}

static bool tree_write(struct look *l, struct objects *o, struct dir *d, struct error *e)
{
    static const char *const modes[] = {
        [LOOK_FILE] = "100644", [LOOK_LINK] = "120000", [LOOK_DIR] = "40000"};
    VEC(struct tree_item) items = {0};
    AUTO(buf) text = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < d->count; i++) {
        struct entry *n = &d->entries[i];
        if (n->kind == LOOK_DIR && n->dir->changed)
            ok = tree_write(l, o, n->dir, e);
        if (n->kind == LOOK_DIR)
            n->id = n->dir->id;
        if (n->kind == LOOK_FILE || n->kind == LOOK_LINK || (n->kind == LOOK_DIR && !n->dir->empty))
            VEC_PUSH(&items, ((struct tree_item){d->names + n->name, n}));
    }
    if (items.len)
        qsort(items.ptr, items.len, sizeof *items.ptr, tree_order);
    for (size_t i = 0; i < items.len; i++) {
        const struct entry *n = items.ptr[i].entry;
        bool runs = n->kind == LOOK_FILE && n->mode & 0100;
        buf_adds(&text, runs ? "100755" : modes[n->kind]);
        buf_addc(&text, ' ');
        buf_add(&text, items.ptr[i].name, strlen(items.ptr[i].name) + 1);
        buf_add(&text, n->id.b, OBJECT_ID);
    }
    d->empty = items.len == 0;
    VEC_FREE(&items);
    ok = ok && objects_put(o, "tree", buf_cstr(&text), text.len, &d->id, e);
    d->changed = d->changed && !ok;
    return ok;
}

/* ---- what a tree cannot say ---- */

static void count_modes(const struct dir *d, uint32_t *files, uint32_t *programs, uint32_t *dirs)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct entry *n = &d->entries[i];
        if (n->kind == LOOK_FILE)
            (n->mode & 0100 ? programs : files)[n->mode]++;
        if (n->kind == LOOK_DIR) {
            dirs[n->mode]++;
            count_modes(n->dir, files, programs, dirs);
        }
    }
}

static unsigned commonest(const uint32_t *counts, unsigned otherwise)
{
    unsigned best = otherwise;
    for (unsigned m = 0; m <= 07777; m++)
        best = counts[m] > counts[best] ? m : best;
    return best;
}

static void choose_modes(struct look *l)
{
    uint32_t *counts = mem_alloc(sizeof *counts * 3 * 010000);
    count_modes(l->top, counts, counts + 010000, counts + 2 * 010000);
    l->modes = (struct look_modes){commonest(counts, 0644), commonest(counts + 010000, 0755),
                                   commonest(counts + 2 * 010000, 0755)};
    free(counts);
}

static void side_line(struct buf *out, char what, unsigned mode, const char *path)
{
    buf_addf(out, "%c %o ", what, mode);
    for (const unsigned char *s = (const unsigned char *)path; *s; s++)
        if (*s <= ' ' || *s == '%' || *s == 0x7f)
            buf_addf(out, "%%%02x", *s);
        else
            buf_addc(out, (char)*s);
    buf_addc(out, '\n');
}

static void side_of(const struct look *l, const struct dir *d, struct buf *out)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct entry *n = &d->entries[i];
        unsigned usual = n->kind == LOOK_DIR ? l->modes.dir
                         : n->mode & 0100    ? l->modes.program
                                             : l->modes.file;
        bool says = n->kind == LOOK_DIR ? n->dir->empty || n->mode != usual
                                        : n->kind == LOOK_FILE && n->mode != usual;
        if (says) {
            AUTO_FREE char *path = path_of(d, d->names + n->name);
            side_line(out, n->kind == LOOK_FILE ? 'f' : n->dir->empty ? 'e' : 'd', n->mode, path);
        }
        if (n->kind == LOOK_DIR)
            side_of(l, n->dir, out);
    }
}

bool look_write(struct look *l, struct objects *o, struct object_id *tree, struct buf *side,
                struct error *e)
{
    if (l->top->changed && !tree_write(l, o, l->top, e))
        return false;
    if (!l->modes.file)
        choose_modes(l);
    *tree = l->top->id;
    buf_addf(side, "u %o %o %o\n", l->modes.file, l->modes.program, l->modes.dir);
    for (size_t i = 0; i < l->uncovered.len; i++) {
        side_line(side, 'i', 0, l->uncovered.ptr[i]);
        free(l->uncovered.ptr[i]);
    }
    l->uncovered.len = 0;
    side_of(l, l->top, side);
    l->changed = false;
    return true;
}
