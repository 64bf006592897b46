#include "host/sandbox.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "host/landlock.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"

static const char *const locked_names[] = {".git/config", ".git/hooks", ".mien", ".mcp.json"};

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

struct sandbox *sandbox_new(const char *workspace, const char *tmp, bool network)
{
    struct sandbox *s = mem_alloc(sizeof *s);
    const char *set = getenv("HOME"), *home = set ? set : "";
    s->network = network;
    s->loopback.user = s->loopback.net = -1;
    s->workspace = mem_strdup(workspace);
    s->tmp = mem_strdup(tmp);
    sandbox_list_readable(s, home);
    VEC_PUSH(&s->rw, s->workspace);
    VEC_PUSH(&s->rw, s->tmp);
    VEC_PUSH(&s->rw, NULL);
    for (size_t i = 0; *home == '/' && secrets_home(i); i++)
        VEC_PUSH(&s->hidden, sandbox_own(s, mem_printf("%s/%s", home, secrets_home(i))));
    for (size_t i = 0; i < COUNT_OF(locked_names); i++)
        VEC_PUSH(&s->locked, sandbox_own(s, mem_printf("%s/%s", workspace, locked_names[i])));
    snprintf(s->uid_map, sizeof s->uid_map, "%u %u 1", geteuid(), geteuid());
    snprintf(s->gid_map, sizeof s->gid_map, "%u %u 1", getegid(), getegid());
    s->filter_len = seccomp_make(s->filter, network ? SECCOMP_ALL_NETWORK : SECCOMP_NO_SOCKETS);
    return s;
}

void sandbox_leave_loopback(struct sandbox *s)
{
    if (s->loopback.user >= 0)
        close(s->loopback.user);
    if (s->loopback.net >= 0)
        close(s->loopback.net);
    s->loopback.user = s->loopback.net = -1;
}

void sandbox_free(struct sandbox *s)
{
    if (!s)
        return;
    sandbox_leave_loopback(s);
    for (size_t i = 0; i < s->owned.len; i++)
        free(s->owned.ptr[i]);
    VEC_FREE(&s->owned);
    VEC_FREE(&s->ro);
    VEC_FREE(&s->rw);
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

bool sandbox_is_shared(const struct sandbox *s)
{
    return sandbox_level(s) == SANDBOX_FULL && !s->network && s->loopback.net >= 0;
}
