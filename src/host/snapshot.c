#include "host/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define MAX_FILES 200000
#define MAX_DEPTH 40

struct item {
    char *path;
    int64_t size, mtime_ns, ino;
};

struct snapshot {
    VEC(struct item) items;    /* sorted by path */
    bool cut;                  /* there are more behind the last one */
    const struct pause *pause; /* while it is taken */
};

static bool left_out(const char *name)
{
    static const char *const names[] = {".",
                                        "..",
                                        ".git",
                                        ".mien",
                                        ".hg",
                                        "__pycache__",
                                        ".pytest_cache",
                                        "node_modules",
                                        ".venv",
                                        ".agent_workspace"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void walk(struct snapshot *s, int at, const char *prefix, int depth);

static void look_at(struct snapshot *s, int dir, const char *name, const char *prefix, int depth)
{
    struct stat st;
    if (left_out(name) || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    char *path = mem_printf("%s%s", prefix, name);
    if (S_ISREG(st.st_mode)) {
        VEC_PUSH(&s->items,
                 ((struct item){path, st.st_size,
                                (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
                                (int64_t)st.st_ino}));
        return;
    }
    int fd = S_ISDIR(st.st_mode) && depth < MAX_DEPTH
                 ? openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                 : -1;
    AUTO_FREE char *below = mem_printf("%s/", path);
    if (fd >= 0)
        walk(s, fd, below, depth + 1);
    free(path);
}

/* In order, so that a look that is cut short ends at the same place as the one before. */
static void walk(struct snapshot *s, int at, const char *prefix, int depth)
{
    struct dirent **list = NULL;
    int n = scandirat(at, ".", &list, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        s->cut = s->cut || s->items.len >= MAX_FILES || !pause_go_on(s->pause);
        if (!s->cut)
            look_at(s, at, list[i]->d_name, prefix, depth);
        free(list[i]);
    }
    free(list);
    close(at);
}

/* As the walk goes: a directory's files come where the directory does. */
static int by_path(const void *a, const void *b)
{
    const unsigned char *x = (const unsigned char *)((const struct item *)a)->path;
    const unsigned char *y = (const unsigned char *)((const struct item *)b)->path;
    while (*x && *x == *y)
        x++, y++;
    int p = *x == '/' ? 1 : *x, q = *y == '/' ? 1 : *y; /* before every letter, after the end */
    return p - q;
}

struct snapshot *snapshot_take(const char *dir, const struct pause *pause)
{
    struct snapshot *s = mem_alloc(sizeof *s);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    s->pause = pause;
    if (fd >= 0)
        walk(s, fd, "", 0);
    s->pause = NULL;
    if (s->items.len)
        qsort(s->items.ptr, s->items.len, sizeof *s->items.ptr, by_path);
    return s;
}

void snapshot_free(struct snapshot *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->items.len; i++)
        free(s->items.ptr[i].path);
    VEC_FREE(&s->items);
    free(s);
}

const char *snapshot_path(const struct snapshot *s, size_t i)
{
    return i < s->items.len ? s->items.ptr[i].path : NULL;
}

static bool same(const struct item *a, const struct item *b)
{
    return a && a->size == b->size && a->mtime_ns == b->mtime_ns && a->ino == b->ino;
}

/* Did the first look come as far as this file? */
static bool was_looked_at(const struct snapshot *before, const struct item *n)
{
    return !before->cut ||
           (before->items.len && by_path(n, &before->items.ptr[before->items.len - 1]) <= 0);
}

cJSON *snapshot_changed(const struct snapshot *before, const char *dir, size_t most,
                        const struct pause *pause)
{
    cJSON *list = cJSON_CreateArray();
    struct snapshot *now = snapshot_take(dir, pause);
    for (size_t i = 0; i < now->items.len && most; i++) {
        const struct item *n = &now->items.ptr[i];
        const struct item *old =
            before->items.len ? bsearch(n, before->items.ptr, before->items.len, sizeof *n, by_path)
                              : NULL;
        if (same(old, n) || !was_looked_at(before, n))
            continue;
        cJSON_AddItemToArray(list, cJSON_CreateString(n->path));
        most--;
    }
    snapshot_free(now);
    return list;
}
