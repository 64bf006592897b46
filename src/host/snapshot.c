#include "host/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define MAX_FILES 20000
#define MAX_DEPTH 40

struct item {
    char *path;
    int64_t size, mtime_ns, ino;
};

struct snapshot {
    VEC(struct item) items; /* sorted by path */
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

static void walk(struct snapshot *s, int at, const char *prefix, int depth)
{
    DIR *d = fdopendir(at);
    struct dirent *ent;
    if (!d)
        close(at);
    while (d && s->items.len < MAX_FILES && (ent = readdir(d))) {
        struct stat st;
        if (left_out(ent->d_name) || fstatat(dirfd(d), ent->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        char *path = mem_printf("%s%s", prefix, ent->d_name);
        if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH) {
            AUTO_FREE char *below = mem_printf("%s/", path);
            int fd = openat(dirfd(d), ent->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (fd >= 0)
                walk(s, fd, below, depth + 1);
            free(path);
        } else if (S_ISREG(st.st_mode)) {
            VEC_PUSH(&s->items,
                     (struct item){path, st.st_size,
                                   (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
                                   (int64_t)st.st_ino});
        } else {
            free(path);
        }
    }
    if (d)
        closedir(d);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->path, ((const struct item *)b)->path);
}

struct snapshot *snapshot_take(const char *dir)
{
    struct snapshot *s = mem_alloc(sizeof *s);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        walk(s, fd, "", 0);
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

static bool same(const struct item *a, const struct item *b)
{
    return a && a->size == b->size && a->mtime_ns == b->mtime_ns && a->ino == b->ino;
}

cJSON *snapshot_changed(const struct snapshot *before, const char *dir, size_t most)
{
    cJSON *list = cJSON_CreateArray();
    struct snapshot *now = snapshot_take(dir);
    for (size_t i = 0; i < now->items.len && most; i++) {
        const struct item *n = &now->items.ptr[i];
        const struct item *old =
            before->items.len ? bsearch(n, before->items.ptr, before->items.len, sizeof *n, by_path)
                              : NULL;
        if (same(old, n))
            continue;
        cJSON_AddItemToArray(list, cJSON_CreateString(n->path));
        most--;
    }
    snapshot_free(now);
    return list;
}
