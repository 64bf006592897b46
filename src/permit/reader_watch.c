#include "permit/reader_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "host/readers.h"
#include "permit/permit.h"

#define TEXT_MAX ((size_t)64 << 10)
#define DEPTH_MAX 4
#define FILES_MAX 500
#define ENTRIES_MAX 5000 /* a home as workspace has directories of programs without end */

static void watched_fini(struct watched *f)
{
    free(f->path);
    buf_fini(&f->text);
}

void reader_watch_fini(struct reader_watch *w)
{
    for (size_t i = 0; i < w->files.len; i++)
        watched_fini(&w->files.ptr[i]);
    for (size_t i = 0; i < w->before.len; i++)
        watched_fini(&w->before.ptr[i]);
    VEC_FREE(&w->files);
    VEC_FREE(&w->before);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mode == b->st_mode &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static struct watched *file_of(struct reader_watch *w, const char *path)
{
    for (size_t i = 0; i < w->files.len; i++)
        if (strcmp(w->files.ptr[i].path, path) == 0)
            return &w->files.ptr[i];
    return NULL;
}

static bool is_noted(const struct reader_watch *w, const char *path)
{
    for (size_t i = 0; i < w->before.len; i++)
        if (strcmp(w->before.ptr[i].path, path) == 0)
            return true;
    return false;
}

/* What a command made of a file: told, and kept as it was at the goal's begin. */
struct change_report {
    struct reader_watch *watch;
    struct buf *names, *diff; /* NULL: nobody is told */
    size_t entries;           /* looked at */
};

static void report(struct change_report *r, const char *path, const struct buf *was,
                   const struct buf *is)
{
    if (!r->names || (was->len == is->len && memcmp(buf_cstr(was), buf_cstr(is), is->len) == 0))
        return;
    AUTO_FREE char *lines = permit_difference(buf_cstr(was), was->len, buf_cstr(is), is->len);
    buf_addf(r->names, "%s%s", r->names->len ? ", " : "", path);
    buf_addf(r->diff, "%s%s, read by %s:\n%s", r->diff->len ? "\n" : "", path, reader_of(path),
             lines);
    if (r->watch && !is_noted(r->watch, path)) {
        struct watched old = {.path = mem_strdup(path)};
        buf_add(&old.text, buf_cstr(was), was->len);
        VEC_PUSH(&r->watch->before, old);
    }
}

static void look_at_file(struct change_report *r, const char *root, const char *path,
                         const struct stat *st)
{
    struct reader_watch *w = r->watch;
    struct watched *f = file_of(w, path);
    AUTO(buf) text = {0}, none = {0};
    if (f)
        f->seen = true;
    if ((f && is_same(&f->st, st)) || (!f && w->files.len >= FILES_MAX))
        return;
    /* A link is what it says, not what it leads to. */
    if (!S_ISREG(st->st_mode) || !file_read_beneath(root, path, &text, TEXT_MAX, NULL))
        buf_addf(&text, "(%lld bytes, mode %o, changed at %lld.%09ld)\n", (long long)st->st_size,
                 (unsigned)st->st_mode, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
    report(r, path, f ? &f->text : &none, &text);
    if (!f) {
        VEC_PUSH(&w->files, (struct watched){.path = mem_strdup(path), .seen = true});
        f = &w->files.ptr[w->files.len - 1];
    }
    f->st = *st;
    buf_clear(&f->text);
    buf_add(&f->text, buf_cstr(&text), text.len);
}

static void look_in(struct change_report *r, const char *root, const char *rel, int depth)
{
    AUTO_FREE char *dir = mem_printf("%s%s%s", root, *rel ? "/" : "", rel);
    DIR *d = depth < DEPTH_MAX ? opendir(dir) : NULL;
    for (struct dirent *entry; d && r->entries++ < ENTRIES_MAX && (entry = readdir(d));) {
        struct stat st;
        AUTO_FREE char *path = mem_printf("%s%s%s", rel, *rel ? "/" : "", entry->d_name);
        bool read = reader_of(path) != NULL;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            (!read && !readers_look_in(path)) ||
            fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            look_in(r, root, path, depth + 1);
        else if (read)
            look_at_file(r, root, path, &st);
    }
    if (d)
        closedir(d);
}

static void look(struct change_report *r, const char *root)
{
    struct reader_watch *w = r->watch;
    AUTO(buf) none = {0};
    for (size_t i = 0; i < w->files.len; i++)
        w->files.ptr[i].seen = false;
    look_in(r, root, "", 0);
    for (size_t i = 0; i < w->files.len;) {
        struct watched *f = &w->files.ptr[i];
        if (f->seen || r->entries > ENTRIES_MAX) { /* what was not looked at is not gone */
            i++;
            continue;
        }
        report(r, f->path, &f->text, &none);
        watched_fini(f);
        *f = w->files.ptr[--w->files.len];
    }
}

void reader_watch_look(struct reader_watch *w, const char *root)
{
    look(&(struct change_report){.watch = w}, root);
}

bool reader_watch_changed(struct reader_watch *w, const char *root, struct buf *names,
                          struct buf *diff)
{
    look(&(struct change_report){.watch = w, .names = names, .diff = diff}, root);
    return names->len > 0;
}

bool reader_watch_ended(struct reader_watch *w, struct buf *names, struct buf *diff)
{
    AUTO(buf) none = {0};
    for (size_t i = 0; i < w->before.len; i++) {
        struct watched *old = &w->before.ptr[i];
        const struct watched *f = file_of(w, old->path);
        report(&(struct change_report){.names = names, .diff = diff}, old->path, &old->text,
               f ? &f->text : &none);
        watched_fini(old);
    }
    w->before.len = 0;
    return names->len > 0;
}
