#include "host/sandbox.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/landlock.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"

static const char *const locked_names[] = {".git/config", ".git/hooks", ".mien", ".mcp.json"};

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

const char *sandbox_level_name(enum sandbox_level l)
{
    return l == SANDBOX_FULL ? "full" : l == SANDBOX_LANDLOCK ? "landlock" : "none";
}

static const char *sandbox_own(struct sandbox *s, char *text)
{
    VEC_PUSH(&s->owned, text);
    return text;
}

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

bool sandbox_is_within(const char *path, const char *dir)
{
    size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
    return strncmp(path, dir, n) == 0 && (!path[n] || path[n] == '/');
}

static void sandbox_show(struct sandbox *s, const char *path, bool writable)
{
    struct sandbox_place p = {sandbox_own(s, mem_strdup(path)), writable};
    if (s->places.len < SANDBOX_PLACES)
        VEC_PUSH(&s->places, p);
}

/* A home in a temporary directory is shown in spite of it. */
static void sandbox_list_places(struct sandbox *s, const char *home)
{
    AUTO_FREE char *real = *home == '/' ? realpath(home, NULL) : NULL;
    for (size_t i = 0; i < COUNT_OF(run_names); i++)
        sandbox_show(s, run_names[i], false);
    for (size_t i = 0; real && i < COUNT_OF(private_dirs); i++)
        if (sandbox_is_within(real, private_dirs[i]) && strcmp(real, private_dirs[i]) != 0)
            sandbox_show(s, real, false);
    sandbox_show(s, s->workspace, true);
    for (size_t i = 0; i < s->places.len; i++)
        if (s->places.ptr[i].writable)
            VEC_PUSH(&s->full_rw, s->places.ptr[i].path);
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
    VEC_PUSH(&s->rw, NULL);
    for (size_t i = 0; *home == '/' && secrets_home(i); i++)
        VEC_PUSH(&s->hidden, sandbox_own(s, mem_printf("%s/%s", home, secrets_home(i))));
    for (size_t i = 0; i < COUNT_OF(locked_names); i++)
        VEC_PUSH(&s->locked, locked_names[i]);
    sandbox_list_places(s, home);
    snprintf(s->uid_map, sizeof s->uid_map, "%u %u 1", geteuid(), geteuid());
    snprintf(s->gid_map, sizeof s->gid_map, "%u %u 1", getegid(), getegid());
    sandbox_make_filters(s);
    return s;
}

void sandbox_free(struct sandbox *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < SANDBOX_SHARED; i++)
        if (s->shared[i] >= 0)
            close(s->shared[i]);
    for (size_t i = 0; i < s->owned.len; i++)
        free(s->owned.ptr[i]);
    VEC_FREE(&s->owned);
    VEC_FREE(&s->ro);
    VEC_FREE(&s->rw);
    VEC_FREE(&s->full_rw);
    VEC_FREE(&s->places);
    VEC_FREE(&s->hidden);
    VEC_FREE(&s->locked);
    free(s->workspace);
    free(s->tmp);
    free(s);
}

enum sandbox_level sandbox_level(const struct sandbox *s)
{
    return s ? s->level : SANDBOX_NONE;
}

void sandbox_set_level(struct sandbox *s, enum sandbox_level l)
{
    s->level = l;
}

const char *sandbox_tmpdir(const struct sandbox *s, const char *outside)
{
    return sandbox_level(s) == SANDBOX_FULL ? "/tmp" : outside;
}
