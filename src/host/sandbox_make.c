#include "host/sandbox_make.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "host/landlock.h"
#include "host/sandbox_cache.h"
#include "host/sandbox_git.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"

#define DEPTH_MAX 16

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

/* Links are passed over, since where they lead is come upon by its own name. */
static bool is_listed(const char *path, const struct dirent *ent)
{
    struct stat st;
    if (strcmp(ent->d_name, ".") == 0 || strcmp(ent->d_name, "..") == 0)
        return false;
    return ent->d_type != DT_UNKNOWN ? ent->d_type != DT_LNK
                                     : lstat(path, &st) == 0 && !S_ISLNK(st.st_mode);
}

/* Landlock has no exceptions: to hide some of a directory, allow its other entries. */
void sandbox_allow(struct sandbox *s, const char *path, bool write, int depth)
{
    enum secrets_meet met = secrets_meet_user(path);
    if (met == SECRETS_COVER)
        return;
    if (met == SECRETS_FREE && strcmp(path, "/") != 0) {
        const char *own = sandbox_own(s, mem_strdup(path));
        if (write)
            VEC_PUSH(&s->rw, own);
        else
            VEC_PUSH(&s->ro, own);
        return;
    }
    DIR *d = depth < DEPTH_MAX ? opendir(path) : NULL;
    struct dirent *ent;
    while (d && (ent = readdir(d))) {
        AUTO_FREE char *below = mem_printf("%s/%s", strcmp(path, "/") ? path : "", ent->d_name);
        if (is_listed(below, ent))
            sandbox_allow(s, below, write, depth + 1);
    }
    if (d)
        closedir(d);
}

/* For level full, whose mounts hide what is secret already: one rule an entry of "/", for reading a
 * device opens it. */
static void sandbox_list_everything(struct sandbox *s)
{
    DIR *d = opendir("/");
    struct dirent *ent;
    VEC_PUSH(&s->full_ro, "/");
    while (d && (ent = readdir(d))) {
        AUTO_FREE char *path = mem_printf("/%s", ent->d_name);
        if (is_listed(path, ent))
            VEC_PUSH(&s->full_ro, sandbox_own(s, mem_strdup(path)));
    }
    if (d)
        closedir(d);
    VEC_PUSH(&s->full_ro, NULL);
}

/* A workspace among the secrets is one the user chose. */
static void sandbox_list_allowed(struct sandbox *s)
{
    sandbox_allow(s, "/", false, 0);
    if (secrets_meet_user(s->workspace) == SECRETS_COVER) {
        VEC_PUSH(&s->ro, s->workspace);
        VEC_PUSH(&s->rw, s->workspace);
    } else {
        sandbox_allow(s, s->workspace, true, 0);
    }
    VEC_PUSH(&s->rw, s->tmp);
}

void sandbox_lock_names(struct sandbox *s, const char *place)
{
    for (size_t i = 0; i < COUNT_OF(locked_names); i++)
        sandbox_lock(s, place, mem_strdup(locked_names[i]));
}

/* Does it lie where private directories cover what is there? */
static bool sandbox_is_covered(const char *path)
{
    for (size_t i = 0; i < COUNT_OF(private_dirs); i++)
        if (path_is_within(path, private_dirs[i]) && strcmp(path, private_dirs[i]) != 0)
            return true;
    return false;
}

/* A project unpacked in /tmp sees what was unpacked with it: of /tmp/A/B/WORKSPACE all of A. */
static void sandbox_show_surroundings(struct sandbox *s)
{
    static const char *const temporary[] = {"/tmp", "/var/tmp", "/dev/shm"};
    for (size_t i = 0; i < COUNT_OF(temporary); i++) {
        size_t n = strlen(temporary[i]) + 1;
        if (!path_is_within(s->workspace, temporary[i]) || !s->workspace[n - 1])
            continue;
        AUTO_FREE char *first = mem_strndup(s->workspace, n + strcspn(s->workspace + n, "/"));
        sandbox_show(s, first, first, false);
    }
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
    sandbox_show_surroundings(s);
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

void sandbox_make_filters(struct sandbox *s)
{
    /* Abstract sockets are in reach where the network is ours, but for Landlock's scopes. */
    bool local = !s->network || landlock_abi() >= 6;
    s->outer.len = seccomp_make(s->outer.code,
                                s->network ? SECCOMP_ALL_NETWORK : SECCOMP_NO_SOCKETS, false, true);
    s->inner.len = seccomp_make(s->inner.code, s->network ? SECCOMP_ALL_NETWORK : SECCOMP_LOOPBACK,
                                local, false);
}

struct sandbox *sandbox_new(const char *workspace, const char *tmp, bool network)
{
    struct sandbox *s = mem_alloc(sizeof *s);
    const char *set = getenv("HOME"), *home = set ? set : "";
    s->network = network;
    sandbox_set_limits(s, sandbox_limits(NULL));
    for (size_t i = 0; i < SANDBOX_SHARED; i++)
        s->shared[i] = -1;
    s->workspace = mem_strdup(workspace);
    s->tmp = mem_strdup(tmp);
    sandbox_list_allowed(s);
    sandbox_list_everything(s);
    char **rows = secrets_user_rows();
    for (char **r = rows; *r; r++)
        VEC_PUSH(&s->hidden, sandbox_own(s, *r));
    free(rows);
    sandbox_lock_names(s, workspace);
    sandbox_list_places(s, home);
    VEC_PUSH(&s->rw, NULL);
    VEC_PUSH(&s->ro, NULL);
    snprintf(s->uid_map, sizeof s->uid_map, "%u %u 1", geteuid(), geteuid());
    snprintf(s->gid_map, sizeof s->gid_map, "%u %u 1", getegid(), getegid());
    sandbox_make_filters(s);
    return s;
}
