#include "host/sandbox_make.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/landlock.h"
#include "host/sandbox_cache.h"
#include "host/sandbox_git.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"

static const char *const locked_names[] = {".mien", ".mcp.json"};

/* Of /run, which is else empty inside: names are resolved and programs found through these. */
static const char *const run_names[] = {"/run/current-system",
                                        "/run/booted-system",
                                        "/run/wrappers",
                                        "/run/opengl-driver",
                                        "/run/systemd/resolve/stub-resolv.conf",
                                        "/run/systemd/resolve/resolv.conf",
                                        "/run/resolvconf/resolv.conf",
                                        "/run/NetworkManager/resolv.conf",
                                        "/run/media"};

/* Replaced inside by private ones or by nothing. */
static const char *const private_dirs[] = {"/tmp", "/var/tmp", "/run", "/dev/shm"};

static bool sandbox_is_secret(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; secrets_home(i); i++)
        if (strncmp(secrets_home(i), name, n) == 0 &&
            (!secrets_home(i)[n] || secrets_home(i)[n] == '/'))
            return true;
    return false;
}

/* Landlock has no exceptions: to hide some of a directory, allow its other entries. */
static void sandbox_allow_entries(struct sandbox *s, const char *dir, const char *except, bool home)
{
    DIR *d = opendir(dir);
    struct dirent *ent;
    while (d && (ent = readdir(d))) {
        if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
            continue;
        if (home && sandbox_is_secret(ent->d_name))
            continue;
        char *path = mem_printf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, ent->d_name);
        if (except && strcmp(path, except) == 0)
            free(path);
        else
            VEC_PUSH(&s->ro, sandbox_own(s, path));
    }
    if (d)
        closedir(d);
}

static void sandbox_list_readable(struct sandbox *s, const char *home)
{
    /* Down to the home directory, beside the path that leads there: a rule for a directory holds
     * for all beneath it, so none may stand above the secrets. */
    AUTO_FREE char *real = realpath(home, NULL);
    AUTO_FREE char *at = mem_strdup("/");
    while (real && strcmp(at, real) != 0) {
        size_t n = strcmp(at, "/") == 0 ? 0 : strlen(at);
        char *next = mem_strndup(real, n + 1 + strcspn(real + n + 1, "/"));
        sandbox_allow_entries(s, at, next, false);
        free(at);
        at = next;
    }
    sandbox_allow_entries(s, at, NULL, real != NULL);
    VEC_PUSH(&s->ro, s->workspace);
    VEC_PUSH(&s->ro, NULL);
}

/* Does it lie where private directories cover what is there? */
static bool sandbox_is_covered(const char *path)
{
    for (size_t i = 0; i < COUNT_OF(private_dirs); i++)
        if (sandbox_is_within(path, private_dirs[i]) && strcmp(path, private_dirs[i]) != 0)
            return true;
    return false;
}

/* A home or a repository in a temporary directory is shown in spite of it. */
static void sandbox_list_places(struct sandbox *s, const char *home)
{
    AUTO_FREE char *real = *home == '/' ? realpath(home, NULL) : NULL;
    AUTO_FREE char *top = sandbox_git_top(s);
    for (size_t i = 0; i < COUNT_OF(run_names); i++)
        sandbox_show(s, run_names[i], run_names[i], false);
    if (real && sandbox_is_covered(real))
        sandbox_show(s, real, real, false);
    if (top && sandbox_is_covered(top))
        sandbox_show(s, top, top, false);
    sandbox_git_init(s);
    sandbox_show(s, s->workspace, s->workspace, true);
    sandbox_cache_init(s, home);
    for (size_t i = 0; i < s->places.len; i++)
        if (s->places.ptr[i].writable)
            VEC_PUSH(&s->full_rw, s->places.ptr[i].to);
    for (size_t i = 0; i < COUNT_OF(private_dirs); i++)
        if (strcmp(private_dirs[i], "/run") != 0)
            VEC_PUSH(&s->full_rw, private_dirs[i]);
    VEC_PUSH(&s->full_rw, NULL);
}

static void sandbox_make_filters(struct sandbox *s)
{
    /* Abstract sockets are in reach where the network is ours, but for Landlock's scopes. */
    bool local = !s->network || landlock_abi() >= 6;
    s->outer.len =
        seccomp_make(s->outer.code, s->network ? SECCOMP_ALL_NETWORK : SECCOMP_NO_SOCKETS, false);
    s->inner.len =
        seccomp_make(s->inner.code, s->network ? SECCOMP_ALL_NETWORK : SECCOMP_LOOPBACK, local);
}

struct sandbox *sandbox_new(const char *workspace, const char *tmp, bool network)
{
    struct sandbox *s = mem_alloc(sizeof *s);
    const char *set = getenv("HOME"), *home = set ? set : "";
    s->network = network;
    for (size_t i = 0; i < SANDBOX_SHARED; i++)
        s->shared[i] = -1;
    s->workspace = mem_strdup(workspace);
    s->tmp = mem_strdup(tmp);
    sandbox_list_readable(s, home);
    VEC_PUSH(&s->rw, s->workspace);
    VEC_PUSH(&s->rw, s->tmp);
    for (size_t i = 0; *home == '/' && secrets_home(i); i++)
        VEC_PUSH(&s->hidden, sandbox_own(s, mem_printf("%s/%s", home, secrets_home(i))));
    for (size_t i = 0; i < COUNT_OF(locked_names); i++)
        sandbox_lock(s, workspace, mem_strdup(locked_names[i]));
    sandbox_list_places(s, home);
    VEC_PUSH(&s->rw, NULL);
    snprintf(s->uid_map, sizeof s->uid_map, "%u %u 1", geteuid(), geteuid());
    snprintf(s->gid_map, sizeof s->gid_map, "%u %u 1", getegid(), getegid());
    sandbox_make_filters(s);
    return s;
}
