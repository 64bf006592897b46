#include "host/sandbox_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/sweep.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"

#define AT_ONCE 8 /* processes in one workspace that have a layer of their own */

/* dir: beneath the home; var: says where it lies, NULL: nothing does; programs: what the user runs
 * from there, which stays as it is. */
static const struct cache_row {
    const char *dir, *var, *programs;
} rows[] = {{".cache", "XDG_CACHE_HOME", NULL},
            {".npm", "npm_config_cache", NULL},
            {".cargo", "CARGO_HOME", ".cargo/bin"},
            {".rustup", NULL, ".rustup/toolchains"},
            {"go/pkg", "GOMODCACHE", NULL},
            {".m2", NULL, NULL},
            {".gradle", "GRADLE_USER_HOME", NULL},
            {".ivy2", NULL, NULL},
            {".sbt", NULL, NULL},
            {".nuget/packages", "NUGET_PACKAGES", NULL},
            {".yarn", "YARN_CACHE_FOLDER", ".yarn/bin"},
            {".local/share/pnpm/store", NULL, NULL},
            {".bun/install/cache", "BUN_INSTALL_CACHE_DIR", NULL},
            {".deno", NULL, ".deno/bin"},
            {".composer/cache", "COMPOSER_CACHE_DIR", NULL},
            {".bundle/cache", "BUNDLE_USER_CACHE", NULL},
            {".cabal/packages", NULL, NULL},
            {".stack", "STACK_ROOT", NULL},
            {".pub-cache", "PUB_CACHE", ".pub-cache/bin"},
            {".hex", "HEX_HOME", NULL},
            {".julia", NULL, ".julia/juliaup"},
            {".ccache", "CCACHE_DIR", NULL},
            {".conan2", "CONAN_HOME", NULL}};

static bool overlaps(const char *a, const char *b)
{
    return path_is_within(a, b) || path_is_within(b, a);
}

/* What is written there is meant to be found by everybody, or is not to be seen. */
static bool row_is_taken(const struct sandbox *s, const char *real)
{
    AUTO_FREE char *tmp = realpath(s->tmp, NULL);
    bool taken = secrets_meet(real) == SECRETS_COVER || overlaps(real, s->cache.dir) ||
                 path_is_within(tmp ? tmp : s->tmp, real);
    for (size_t i = 0; i < s->places.len && !taken; i++)
        taken = s->places.ptr[i].writable && overlaps(real, s->places.ptr[i].to);
    return taken;
}

/* The workspace's directory of layers, held so that no other process uses it. */
static bool cache_take_dir(struct sandbox *s)
{
    for (int i = 1; i <= AT_ONCE; i++) {
        AUTO_FREE char *kind = mem_printf("caches/%d", i);
        AUTO_FREE char *dir = file_project_path(kind, s->workspace);
        AUTO_FREE char *moved = mem_printf("%s/moved", dir);
        if (!file_make_dirs(moved, NULL))
            return false;
        int fd = sweep_hold(dir);
        if (fd < 0 && errno != EWOULDBLOCK)
            return false;
        if (fd < 0)
            continue;
        s->cache.dir = realpath(dir, NULL);
        s->cache.lock = fd;
        return s->cache.dir != NULL;
    }
    return false;
}

static char *cache_dir(const struct sandbox *s, const struct cache_row *row, const char *what)
{
    AUTO_FREE char *name = mem_strdup(row->dir + (*row->dir == '.'));
    for (char *p = name; (p = strchr(p, '/')); p++)
        *p = '-';
    return mem_printf("%s/%s%s", s->cache.dir, what, name);
}

static void cache_add_layer(struct sandbox *s, const struct cache_row *row, char *real)
{
    struct sandbox_layer l = {.over = real, .alone = row == rows};
    AUTO_FREE char *work = cache_dir(s, row, "work-");
    l.upper = cache_dir(s, row, "layer-");
    VEC_PUSH(&s->owned, real);
    VEC_PUSH(&s->owned, l.upper);
    if (!file_make_dirs(work, NULL) || !file_make_dirs(l.upper, NULL))
        return;
    AUTO_FREE char *names = mem_printf("%s%s", real, s->cache.dir);
    if (!strpbrk(names, ",:\\\"")) { /* which mean something in options */
        l.options = mem_printf("lowerdir=%s,upperdir=%s,workdir=%s,userxattr", real, l.upper, work);
        VEC_PUSH(&s->owned, l.options);
    }
    sandbox_show(s, real, real, true);
    VEC_PUSH(&s->cache.layers, l);
}

static void cache_set_var(struct sandbox *s, const struct cache_row *row)
{
    AUTO_FREE char *path = cache_dir(s, row, "moved/");
    if (!row->var || !file_make_dirs(path, NULL))
        return;
    char *full = mem_printf("%s=%s/%s", row->var, SANDBOX_MOVED, strrchr(path, '/') + 1);
    char *alone = mem_printf("%s=%s", row->var, path);
    VEC_PUSH(&s->owned, full);
    VEC_PUSH(&s->owned, alone);
    VEC_PUSH(&s->cache.full_env, full);
    VEC_PUSH(&s->cache.env, alone);
}

void sandbox_cache_init(struct sandbox *s, const char *home)
{
    AUTO_FREE char *top = *home == '/' ? realpath(home, NULL) : NULL;
    if (!top || !cache_take_dir(s))
        return;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_FREE char *path = mem_printf("%s/%s", top, rows[i].dir);
        AUTO_FREE char *programs =
            mem_printf("%s/%s", top, rows[i].programs ? rows[i].programs : "");
        struct stat st;
        bool there = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
        char *real = there ? realpath(path, NULL) : NULL;
        if (real && !row_is_taken(s, real)) {
            cache_add_layer(s, &rows[i], real);
            if (rows[i].programs && access(programs, F_OK) == 0)
                sandbox_show(s, programs, programs, false);
            continue;
        }
        if (!real || i == 0)
            cache_set_var(s, &rows[i]);
        free(real);
    }
    AUTO_FREE char *moved = mem_printf("%s/moved", s->cache.dir);
    sandbox_show(s, moved, SANDBOX_MOVED, true);
    VEC_PUSH(&s->rw, sandbox_own(s, mem_strdup(moved)));
    VEC_PUSH(&s->cache.full_env, NULL);
    VEC_PUSH(&s->cache.env, NULL);
}

/* The directory itself, so that what is written there fails. */
static int child_close_layer(const char *over)
{
    return mount(over, over, NULL, MS_BIND, NULL) != 0
               ? -1
               : mount(NULL, over, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID, NULL);
}

int sandbox_cache_child_mount(const struct sandbox *s)
{
    for (size_t i = 0; i < s->cache.layers.len; i++) {
        const struct sandbox_layer *l = &s->cache.layers.ptr[i];
        if (l->options &&
            mount("overlay", l->over, "overlay", MS_NOSUID | MS_NODEV, l->options) == 0)
            continue;
        if ((l->alone ? mount(l->upper, l->over, NULL, MS_BIND, NULL)
                      : child_close_layer(l->over)) != 0)
            return -1;
    }
    return 0;
}

const char *const *sandbox_cache_env(const struct sandbox *s)
{
    return sandbox_level(s) == SANDBOX_NONE   ? NULL
           : sandbox_level(s) == SANDBOX_FULL ? s->cache.full_env.ptr
                                              : s->cache.env.ptr;
}
