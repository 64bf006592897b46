#include "rewind/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/openat2.h"
#include "base/sweep.h"

/* One thing to do, as the journal has it. */
struct item {
    char *path;
    struct file_state was, is;
    long staged; /* its new bytes; -1: none */
};

struct work {
    int root, staging; /* descriptors */
    char *journal;     /* beside the snapshots, where no command and no repository writes */
    unsigned dir_mode; /* of directories that are made */
    VEC(struct item) items;
    struct restored *result;
};

void restored_fini(struct restored *r)
{
    for (size_t i = 0; i < r->kept.len; i++)
        free(r->kept.ptr[i]);
    VEC_FREE(&r->kept);
}

static void work_fini(struct work *w)
{
    for (size_t i = 0; i < w->items.len; i++)
        free(w->items.ptr[i].path);
    VEC_FREE(&w->items);
    free(w->journal);
    if (w->root >= 0)
        close(w->root);
    if (w->staging >= 0)
        close(w->staging);
}

/* ---- where a path lies ---- */

static const char *last_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool make_dir(const struct work *w, int at, const char *name)
{
    if (mkdirat(at, name, 0700) != 0)
        return errno == EEXIST;
    return fchmodat(at, name, w->dir_mode, 0) == 0;
}

/* Only names that a snapshot can hold: none leads out of the workspace, or into what git runs. */
static bool is_plain(const char *path)
{
    for (const char *p = path;; p++) {
        size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && *p == '.') || (n == 2 && strncmp(p, "..", 2) == 0) ||
            (n == 4 && strncasecmp(p, ".git", 4) == 0))
            return false;
        p += n;
        if (!*p)
            return true;
    }
}

/* Its directory, opened without following a link; make: with what is missing. -1 and errno. */
static int open_parent(const struct work *w, const char *path, bool make)
{
    if (!is_plain(path)) {
        errno = EINVAL;
        return -1;
    }
    int at = openat(w->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const char *slash; at >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        AUTO_FREE char *name = mem_strndup(path, (size_t)(slash - path));
        if (make && !make_dir(w, at, name)) {
            close(at);
            return -1;
        }
        int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(at);
        at = next;
    }
    return at;
}

/* What lies at a name now; false: it cannot be told. */
static bool state_now(int at, const char *name, struct file_state *now)
{
    struct stat st;
    *now = (struct file_state){LOOK_NONE};
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    now->mode = st.st_mode & 07777;
    now->kind = S_ISDIR(st.st_mode)   ? LOOK_DIR
                : S_ISLNK(st.st_mode) ? LOOK_LINK
                : S_ISREG(st.st_mode) ? LOOK_FILE
                                      : LOOK_LEFT;
    if (now->kind == LOOK_LINK) {
        char to[PATH_MAX];
        ssize_t n = readlinkat(at, name, to, sizeof to);
        object_name("blob", to, n > 0 ? (size_t)n : 0, &now->id);
    }
    if (now->kind == LOOK_FILE && st.st_size <= LOOK_FILE_MAX) {
        AUTO(buf) text = {0};
        char part[65536];
        AUTO_FD int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        for (ssize_t n; fd >= 0 && (n = read(fd, part, sizeof part)) > 0;)
            buf_add(&text, part, (size_t)n);
        object_name("blob", buf_cstr(&text), text.len, &now->id);
    }
    return true;
}

static bool same_bytes(const struct file_state *a, const struct file_state *b)
{
    return a->kind == b->kind && (a->kind == LOOK_NONE || object_same(&a->id, &b->id));
}

static bool only_mode(const struct item *i)
{
    return i->was.kind == i->is.kind && i->was.kind == LOOK_FILE &&
           object_same(&i->was.id, &i->is.id);
}

static void keep(struct work *w, const struct item *i)
{
    VEC_PUSH(&w->result->kept, mem_strdup(i->path));
}

/* ---- the steps ---- */

/* In a directory that may not be written the user's own files are still the user's. */
static bool unlink_in(int at, const char *name, int flags)
{
    struct stat st;
    if (unlinkat(at, name, flags) == 0 || errno == ENOENT)
        return true;
    if (errno != EACCES || fstat(at, &st) != 0 || fchmod(at, (st.st_mode & 07777) | 0700) != 0)
        return false;
    return unlinkat(at, name, flags) == 0;
}

/* Directories that are left empty go with what was in them; those that are to be there come back.
 */
static void remove_empty_above(struct work *w, const char *path)
{
    AUTO_FREE char *dir = mem_strdup(path);
    for (char *slash; (slash = strrchr(dir, '/'));) {
        *slash = '\0';
        AUTO_FD int at = open_parent(w, dir, false);
        if (at < 0 || unlinkat(at, last_of(dir), AT_REMOVEDIR) != 0)
            return;
    }
}

static void step_remove(struct work *w, struct item *i)
{
    struct file_state now;
    AUTO_FD int at = open_parent(w, i->path, false);
    const char *name = last_of(i->path);
    if (at < 0)
        return; /* it is gone with its directory */
    if (!state_now(at, name, &now) || now.kind == LOOK_NONE)
        return;
    bool goes = i->was.kind == LOOK_DIR ? now.kind == LOOK_DIR : same_bytes(&now, &i->was);
    if (!goes || !unlink_in(at, name, i->was.kind == LOOK_DIR ? AT_REMOVEDIR : 0)) {
        if (i->was.kind != LOOK_DIR) /* of a directory: what is left out lies in it */
            keep(w, i);
        return;
    }
    w->result->files += i->was.kind != LOOK_DIR && i->is.kind == LOOK_NONE;
}

static bool is_removal(const struct item *i)
{
    return i->was.kind != LOOK_NONE && i->is.kind == LOOK_NONE;
}

/* A file is to stand where a directory was: what was in that is gone already. */
static void clear_place(struct work *w, const struct item *place)
{
    size_t n = strlen(place->path);
    for (size_t k = 0; k < w->items.len; k++) {
        const struct item *i = &w->items.ptr[k];
        if (is_removal(i) && strncmp(i->path, place->path, n) == 0 && i->path[n] == '/')
            remove_empty_above(w, i->path);
    }
}

static bool set_mode(int at, const char *name, unsigned mode)
{
    return fchmodat(at, name, mode, 0) == 0;
}

/* False: no room; the rest waits. */
static bool step_write(struct work *w, struct item *i, struct error *e)
{
    struct file_state now;
    char staged[32];
    AUTO_FD int at = open_parent(w, i->path, true);
    const char *name = last_of(i->path);
    if (at < 0 && (errno == ENOSPC || errno == EDQUOT))
        return error_errno(e, errno, "cannot make the directory of %s", i->path);
    if (at < 0 || !state_now(at, name, &now)) {
        keep(w, i);
        return true;
    }
    if (now.kind == LOOK_DIR && i->was.kind == LOOK_NONE) {
        clear_place(w, i);
        (void)state_now(at, name, &now);
    }
    if (same_bytes(&now, &i->is)) { /* done before */
        bool ok = i->is.kind == LOOK_LINK || set_mode(at, name, i->is.mode);
        w->result->files += ok;
        return true;
    }
    if (!same_bytes(&now, &i->was) && now.kind != LOOK_NONE) {
        keep(w, i);
        return true;
    }
    snprintf(staged, sizeof staged, "%ld", i->staged);
    if (renameat(w->staging, staged, at, name) != 0) {
        if (errno == ENOSPC || errno == EDQUOT)
            return error_errno(e, errno, "cannot put back %s", i->path);
        keep(w, i);
        return true;
    }
    w->result->files++;
    return true;
}

/* A directory that is there with nothing in it; others come with what they hold. */
static bool is_made(const struct file_state *f)
{
    return f->kind == LOOK_DIR && f->id.b[0] == STATE_EMPTY;
}

static void step_mode(struct work *w, struct item *i)
{
    struct stat st;
    AUTO_FD int at = open_parent(w, i->path, is_made(&i->is));
    const char *name = last_of(i->path);
    if (at < 0)
        return;
    if (is_made(&i->is) && !make_dir(w, at, name)) {
        keep(w, i);
        return;
    }
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return; /* a directory that had another mode, and is not to be there at all */
    bool fits = i->is.kind == LOOK_DIR ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode);
    if (!fits || !set_mode(at, name, i->is.mode))
        keep(w, i);
    else
        w->result->files += i->is.kind == LOOK_FILE;
}

static bool is_write(const struct item *i)
{
    return (i->is.kind == LOOK_FILE || i->is.kind == LOOK_LINK) && !only_mode(i);
}

/* What goes, the deepest first; what takes its place; directories that are left empty (not before:
 * one that is needed keeps its mode); modes at the end, as one may forbid writing. */
static bool apply(struct work *w, struct error *e)
{
    for (size_t k = w->items.len; k > 0; k--) {
        struct item *i = &w->items.ptr[k - 1];
        bool replaced = i->is.kind != LOOK_NONE && i->was.kind != LOOK_NONE &&
                        (i->was.kind == LOOK_DIR) != (i->is.kind == LOOK_DIR);
        if (i->was.kind != LOOK_NONE && (i->is.kind == LOOK_NONE || replaced))
            step_remove(w, i);
    }
    for (size_t k = 0; k < w->items.len; k++)
        if (is_write(&w->items.ptr[k]) && !step_write(w, &w->items.ptr[k], e))
            return false;
    for (size_t k = w->items.len; k > 0; k--)
        if (is_removal(&w->items.ptr[k - 1]))
            remove_empty_above(w, w->items.ptr[k - 1].path);
    for (size_t k = w->items.len; k > 0; k--) {
        struct item *i = &w->items.ptr[k - 1];
        if (i->is.kind == LOOK_DIR || only_mode(i))
            step_mode(w, i);
    }
    return true;
}

/* ---- staging ---- */

/* One at a time: a directory that is held is another's at work. */
static bool staging_open(struct work *w, const char *root, bool make, struct error *e)
{
    w->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->root < 0)
        return error_errno(e, errno, "cannot open %s", root);
    if (make && mkdirat(w->root, LOOK_STAGING, 0700) != 0 && errno != EEXIST)
        return error_errno(e, errno, "cannot make %s/%s", root, LOOK_STAGING);
    w->staging = openat(w->root, LOOK_STAGING, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (w->staging < 0)
        return error_errno(e, errno, "cannot open %s/%s", root, LOOK_STAGING);
    if (flock(w->staging, LOCK_EX | LOCK_NB) != 0)
        return error_set(e, ERR_BUSY, "another mien is putting files back in %s", root);
    return true;
}

/* One a workspace, beside its sessions' snapshots: who starts there next finds it. */
static char *journal_of(const char *dir, const char *root)
{
    struct object_id id;
    char name[OBJECT_HEX];
    object_name("workspace", root, strlen(root), &id);
    object_hex(&id, name);
    const char *last = strrchr(dir, '/');
    return mem_printf("%.*s/%s.unfinished", last ? (int)(last - dir) : 1, last ? dir : ".", name);
}

static void staging_remove(const char *root)
{
    AUTO_FREE char *path = mem_printf("%s/%s", root, LOOK_STAGING);
    sweep_tree(path);
}

static bool stage(struct work *w, struct git_reader *r, struct item *i, struct error *e)
{
    char name[32];
    AUTO(buf) bytes = {0};
    snprintf(name, sizeof name, "%ld", i->staged);
    if (!git_read(r, &i->is.id, &bytes, e))
        return error_prefix(e, "%s", i->path);
    /* Objects are shared with the repository, where whoever works in it may write. */
    struct object_id id;
    object_name("blob", buf_cstr(&bytes), bytes.len, &id);
    if (!object_same(&id, &i->is.id))
        return error_set(e, ERR_PARSE, "what was kept of %s is damaged", i->path);
    if (i->is.kind == LOOK_LINK)
        return symlinkat(buf_cstr(&bytes), w->staging, name) == 0 ||
               error_errno(e, errno, "cannot write %s", i->path);
    int fd = openat(w->staging, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool ok =
        fd >= 0 && file_write_all(fd, buf_cstr(&bytes), bytes.len) && fchmod(fd, i->is.mode) == 0;
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        ok = false; /* a file system far away says only now that it is full */
        why = errno;
    }
    return ok || error_errno(e, why, "cannot write %s", i->path);
}

/* "dir MODE", then of each "WAS-KIND MODE ID IS-KIND MODE ID STAGED PATH"; a NUL ends a line. The
 * last one says that it is whole. */
static void journal_line(struct buf *out, const struct item *i)
{
    char was[OBJECT_HEX], is[OBJECT_HEX];
    object_hex(&i->was.id, was);
    object_hex(&i->is.id, is);
    buf_addf(out, "%d %o %s %d %o %s %ld %s", i->was.kind, i->was.mode, was, i->is.kind, i->is.mode,
             is, i->staged, i->path);
    buf_addc(out, '\0');
}

static bool journal_write(const struct work *w, bool fleeting, struct error *e)
{
    AUTO(buf) text = {0};
    buf_addf(&text, "dir %o", w->dir_mode);
    buf_addc(&text, '\0');
    for (size_t i = 0; i < w->items.len; i++)
        journal_line(&text, &w->items.ptr[i]);
    buf_add(&text, "end", 4);
    return fleeting ? file_write_fast(w->journal, text.ptr, text.len, e)
                    : file_write(w->journal, text.ptr, text.len, e);
}

static bool journal_read(struct work *w)
{
    AUTO(buf) text = {0};
    bool whole = false;
    if (!file_read(w->journal, &text, (size_t)1 << 30, NULL))
        return false;
    for (size_t at = 0; at < text.len && !whole; at += strlen(text.ptr + at) + 1) {
        const char *line = text.ptr + at;
        unsigned was, is;
        int k, j, rest = 0;
        char a[OBJECT_HEX], b[OBJECT_HEX];
        struct item i = {0};
        whole = strcmp(line, "end") == 0;
        if (whole || sscanf(line, "dir %o", &w->dir_mode) == 1 ||
            sscanf(line, "%d %o %40s %d %o %40s %ld %n", &k, &was, a, &j, &is, b, &i.staged,
                   &rest) != 7 ||
            !rest)
            continue;
        i.path = mem_strdup(line + rest);
        i.was = (struct file_state){(enum look_kind)k, was & 07777};
        i.is = (struct file_state){(enum look_kind)j, is & 07777};
        (void)object_parse(a, &i.was.id);
        (void)object_parse(b, &i.is.id);
        VEC_PUSH(&w->items, i);
    }
    return whole;
}

static bool finish(struct work *w, const char *root, struct error *e)
{
    if (!apply(w, e))
        return error_prefix(e,
                            "it is done in part, the rest waits in %s/%s; make room and start "
                            "mien there again",
                            root, LOOK_STAGING);
    unlink(w->journal);
    staging_remove(root);
    return true;
}

bool restore_finish(const char *dir, const char *root, struct restored *r, struct error *e)
{
    AUTO_FREE char *path = mem_printf("%s/%s", root, LOOK_STAGING);
    struct work w = {
        .root = -1, .staging = -1, .journal = journal_of(dir, root), .dir_mode = 0755, .result = r};
    bool done = false;
    if (!file_exists(path)) {
        unlink(w.journal); /* without the bytes there is nothing to go on with */
    } else if (staging_open(&w, root, false, e)) {
        done = journal_read(&w);
        if (done)
            done = finish(&w, root, e);
        else
            staging_remove(root); /* nothing had been touched yet */
    }
    work_fini(&w);
    return done;
}

bool restore_changes(struct snapshots *s, const struct changes *c, const struct changes *but,
                     struct restored *r, struct error *e)
{
    struct work w = {.root = -1,
                     .staging = -1,
                     .journal = journal_of(s->dir, s->root),
                     .dir_mode = c->dir_mode,
                     .result = r};
    struct error before = {0};
    (void)restore_finish(s->dir, s->root, r, &before);
    struct git_reader *reader = git_reader_new(&s->git, e);
    bool held = reader && staging_open(&w, s->root, true, e), ok = held;
    for (size_t k = 0; ok && k < c->list.len; k++) {
        const struct change *x = &c->list.ptr[k];
        if (but && changes_find(but, x->path))
            continue;
        struct item i = {mem_strdup(x->path), x->was, x->is, (long)k};
        VEC_PUSH(&w.items, i);
        if (is_write(&i))
            ok = stage(&w, reader, &i, e);
    }
    /* All of it at once: thousands of files one by one would take minutes. */
    if (ok && !s->fleeting && syncfs(w.staging) != 0)
        ok = error_errno(e, errno, "cannot write %s/%s", s->root, LOOK_STAGING);
    ok = ok && journal_write(&w, s->fleeting, e);
    git_reader_free(reader);
    if (ok)
        ok = finish(&w, s->root, e);
    else if (held)
        staging_remove(s->root);
    work_fini(&w);
    return ok;
}
