#include "host/sandbox_reach.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "host/filter.h"
#include "host/landlock.h"
#include "host/sandbox_git.h"
#include "host/sandbox_net.h"
#include "host/sandbox_priv.h"
#include "host/secrets.h"

#define DEV_DEPTH 4

#define COPY(to, from)                                          \
    do {                                                        \
        (to)->ptr = NULL;                                       \
        (to)->len = (to)->cap = 0;                              \
        for (size_t copied = 0; copied < (from)->len; copied++) \
            VEC_PUSH((to), (from)->ptr[copied]);                \
    } while (0)

static struct sandbox *sandbox_copy(const struct sandbox *s)
{
    struct sandbox *d = mem_alloc(sizeof *d);
    *d = *s;
    d->workspace = mem_strdup(s->workspace);
    d->tmp = mem_strdup(s->tmp);
    COPY(&d->ro, &s->ro);
    COPY(&d->full_ro, &s->full_ro);
    COPY(&d->rw, &s->rw);
    COPY(&d->full_rw, &s->full_rw);
    COPY(&d->places, &s->places);
    COPY(&d->hidden, &s->hidden);
    COPY(&d->locked, &s->locked);
    COPY(&d->cache.layers, &s->cache.layers);
    COPY(&d->cache.env, &s->cache.env);
    COPY(&d->cache.full_env, &s->cache.full_env);
    COPY(&d->devices, &s->devices);
    COPY(&d->traps, &s->traps);
    COPY(&d->granted, &s->granted);
    d->owned.ptr = NULL;
    d->owned.len = d->owned.cap = 0;
    d->filter = NULL;
    d->probe.runs = false; /* it is the other's */
    d->cache.dir = NULL;   /* its lock is the other's */
    for (size_t i = 0; i < SANDBOX_SHARED; i++)
        d->shared[i] = s->shared[i] < 0 ? -1 : fcntl(s->shared[i], F_DUPFD_CLOEXEC, 3);
    return d;
}

static bool lies_in_layer(const struct sandbox *s, const char *path)
{
    for (size_t i = 0; i < s->cache.layers.len; i++)
        if (path_is_within(path, s->cache.layers.ptr[i].over))
            return true;
    return false;
}

/* What was to be seen in it is now to be written. What the user runs from a cache stays as it is.
 */
static void places_drop_within(struct sandbox *s, const char *dir)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->places.len; i++) {
        struct sandbox_place p = s->places.ptr[i];
        if (p.writable || !path_is_within(p.to, dir) || lies_in_layer(s, p.to))
            s->places.ptr[kept++] = p;
    }
    s->places.len = kept;
}

/* Among the places: over what it lies in, under what lies in it. */
static void place_insert(struct sandbox *s, const char *dir)
{
    size_t at = 0, n = s->places.len;
    while (at < n && !path_is_within(s->places.ptr[at].to, dir))
        at++;
    sandbox_show(s, dir, dir, true);
    if (s->places.len == n)
        return;
    struct sandbox_place p = s->places.ptr[n];
    p.exact = true;
    memmove(&s->places.ptr[at + 1], &s->places.ptr[at], (n - at) * sizeof p);
    s->places.ptr[at] = p;
}

/* Landlock does, unless what lies above is writable anyway. */
static bool can_leave_out(const struct sandbox *s, const char *dir)
{
    for (size_t i = 0; i + 1 < s->full_rw.len; i++) /* its last ends it */
        if (path_is_within(dir, s->full_rw.ptr[i]))
            return false;
    return landlock_abi() >= SANDBOX_MIN_LANDLOCK;
}

static bool open_path(struct sandbox *s, const char *dir, struct error *e)
{
    if (s->level == SANDBOX_FULL && lies_in_layer(s, dir))
        return error_set(e, ERR_DENIED,
                         "path:%.200s lies in a cache that commands write to already, into a "
                         "layer of this workspace; it needs nothing",
                         dir);
    if (path_is_within(dir, s->workspace))
        return error_set(e, ERR_DENIED, "path:%.200s lies in the workspace: it needs nothing", dir);
    if (s->level == SANDBOX_FULL && secrets_meet_user(dir) != SECRETS_FREE &&
        !can_leave_out(s, dir))
        return error_set(e, ERR_DENIED,
                         "path:%.200s has keys or passwords in it, which cannot be left out here; "
                         "name a directory beneath it",
                         dir);
    size_t before = s->rw.len;
    sandbox_allow(s, dir, true, 0);
    for (size_t i = before; i < s->rw.len; i++)
        VEC_PUSH(&s->granted, s->rw.ptr[i]);
    s->rw.len = before;
    places_drop_within(s, dir);
    size_t places = s->places.len;
    place_insert(s, dir);
    if (s->places.len == places)
        return error_set(e, ERR_LIMIT, "path:%.200s: too many directories are open already", dir);
    sandbox_lock_names(s, dir);
    sandbox_git_lock(s, dir);
    return true;
}

/* What gives away more than a device: other people's keys pressed, memory, terminals. */
static bool device_is_given(const char *name, const struct stat *st)
{
    static const char *const never[] = {"mem",     "kmem", "port", "uinput",
                                        "console", "tty",  "ptmx", "kmsg"};
    if (!S_ISCHR(st->st_mode) || strncmp(name, "vcs", 3) == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(never); i++)
        if (strcmp(name, never[i]) == 0)
            return false;
    return strncmp(name, "tty", 3) != 0 || name[3] < '0' || name[3] > '9';
}

static void list_devices(struct sandbox *s, const char *dir, int depth)
{
    static const char *const own[] = {"pts", "shm", "mqueue", "hugepages", "input", "cpu"};
    DIR *d = depth < DEV_DEPTH ? opendir(dir) : NULL;
    for (struct dirent *ent; d && (ent = readdir(d));) {
        AUTO_FREE char *path = mem_printf("%s/%s", dir, ent->d_name);
        struct stat st;
        bool skip = *ent->d_name == '.' || lstat(path, &st) != 0;
        for (size_t i = 0; i < COUNT_OF(own); i++)
            skip = skip || strcmp(ent->d_name, own[i]) == 0;
        if (skip)
            continue;
        if (S_ISDIR(st.st_mode))
            list_devices(s, path, depth + 1);
        else if (device_is_given(ent->d_name, &st))
            VEC_PUSH(&s->devices, sandbox_own(s, mem_strdup(path)));
    }
    if (d)
        closedir(d);
}

static void open_network(struct sandbox *s)
{
    int *net = &s->shared[SANDBOX_SHARED - 1];
    s->network = true;
    if (*net >= 0)
        close(*net);
    *net = -1;
    sandbox_make_filters(s);
}

/* Where programs look for a proxy; values without the address. A name of this machine is none that
 * the proxy is asked for, unless 127.0.0.1 itself was granted. */
static void name_proxy(struct sandbox *s, int port, bool loopback)
{
    static const char *const vars[] = {
        "http_proxy", "https_proxy",     "HTTP_PROXY",       "HTTPS_PROXY",
        "ALL_PROXY",  "all_proxy",       "npm_config_proxy", "npm_config_https_proxy",
        "PIP_PROXY",  "CARGO_HTTP_PROXY"};
    const char *direct = loopback ? "localhost,::1" : "localhost,127.0.0.1,::1";
    s->cache.full_env.len -= s->cache.full_env.len > 0; /* its end */
    for (size_t i = 0; i < COUNT_OF(vars); i++)
        VEC_PUSH(&s->cache.full_env,
                 sandbox_own(s, mem_printf("%s=http://127.0.0.1:%d", vars[i], port)));
    VEC_PUSH(&s->cache.full_env, sandbox_own(s, mem_printf("no_proxy=%s", direct)));
    VEC_PUSH(&s->cache.full_env, sandbox_own(s, mem_printf("NO_PROXY=%s", direct)));
    VEC_PUSH(&s->cache.full_env, sandbox_own(s, mem_strdup("NODE_USE_ENV_PROXY=1")));
    VEC_PUSH(&s->cache.full_env, NULL);
}

static bool open_hosts(struct sandbox *s, const struct reach *r, struct loop *l, struct error *e)
{
    VEC(const char *) hosts = {0};
    int listener = -1, port = 0;
    bool loopback = false;
    for (size_t i = 0; i < r->items.len; i++) {
        const char *const *of = reach_item_hosts(&r->items.ptr[i]);
        for (; of && *of; of++)
            VEC_PUSH(&hosts, *of);
        if (r->items.ptr[i].kind == REACH_HOST && !of)
            VEC_PUSH(&hosts, r->items.ptr[i].what);
    }
    for (size_t i = 0; i < hosts.len; i++)
        loopback = loopback || strncmp(hosts.ptr[i], "127.", 4) == 0;
    bool ok = s->level == SANDBOX_FULL
                  ? sandbox_own_network(s, &listener, &port) ||
                        error_errno(e, errno, "a network for one command cannot be made")
                  : error_set(e, ERR_DENIED,
                              "sandbox level %s cannot open the network to single hosts; ask for "
                              "network",
                              sandbox_level_name(s->level));
    if (ok) {
        s->filter = filter_new(l, listener, hosts.ptr, hosts.len);
        name_proxy(s, port, loopback);
    }
    VEC_FREE(&hosts);
    return ok;
}

const char *sandbox_refused_host(const struct sandbox *s)
{
    return s ? filter_refused(s->filter) : NULL;
}

static bool has_kind(const struct reach *r, enum reach_kind kind)
{
    for (size_t i = 0; i < r->items.len; i++)
        if (r->items.ptr[i].kind == kind)
            return true;
    return false;
}

static bool open_all(struct sandbox *s, const struct reach *r, struct loop *l, struct error *e)
{
    if (has_kind(r, REACH_HOST) && !has_kind(r, REACH_NETWORK) && !has_kind(r, REACH_TRACE) &&
        !s->network && !open_hosts(s, r, l, e))
        return false;
    for (size_t i = 0; i < r->items.len; i++) {
        const struct reach_item *item = &r->items.ptr[i];
        if (item->kind == REACH_NETWORK)
            open_network(s);
        else if (item->kind == REACH_DEVICE)
            list_devices(s, "/dev", 0);
        else if (item->kind == REACH_TRACE)
            s->level = SANDBOX_NONE;
        else if (item->kind == REACH_PATH && !open_path(s, item->what, e))
            return false;
    }
    return true;
}

/* Take the ends off the lists, so that they can grow; and put them back. */
static void lists_open(struct sandbox *d)
{
    d->rw.len--;
    d->granted.len -= d->granted.len > 0;
    d->devices.len -= d->devices.len > 0;
}

static void lists_end(struct sandbox *d)
{
    VEC_PUSH(&d->rw, NULL);
    VEC_PUSH(&d->granted, NULL);
    VEC_PUSH(&d->devices, NULL);
}

struct sandbox *sandbox_reach(const struct sandbox *s, const struct reach *r, struct loop *l,
                              struct error *e)
{
    struct sandbox *d = sandbox_copy(s);
    lists_open(d);
    bool ok = d->level == SANDBOX_NONE || open_all(d, r, l, e);
    lists_end(d);
    if (ok)
        return d;
    sandbox_free(d);
    return NULL;
}

struct sandbox *sandbox_with_dir(const struct sandbox *s, const char *dir, bool writable,
                                 struct error *e)
{
    struct sandbox *d = sandbox_copy(s);
    lists_open(d);
    bool ok = d->level == SANDBOX_NONE || !writable || open_path(d, dir, e);
    if (!writable)
        sandbox_show(d, dir, dir, false);
    lists_end(d);
    if (ok)
        return d;
    sandbox_free(d);
    return NULL;
}

static bool stays_writable(const struct sandbox *s, const char *path)
{
    return lies_in_layer(s, path) || strcmp(path, SANDBOX_MOVED) == 0;
}

/* Of a list for Landlock what is no workspace, repository or part of one. */
static void keep_outside(struct sandbox *s)
{
    size_t full = 0, alone = 0;
    for (size_t i = 0; i < s->full_rw.len; i++) {
        const char *path = s->full_rw.ptr[i];
        bool closed = false;
        for (size_t p = 0; path && p < s->places.len; p++)
            closed = closed || (!s->places.ptr[p].writable && !strcmp(s->places.ptr[p].to, path));
        if (!closed)
            s->full_rw.ptr[full++] = path;
    }
    s->full_rw.len = full;
    for (size_t i = 0; i < s->rw.len; i++) {
        const char *path = s->rw.ptr[i];
        if (!path || strcmp(path, s->tmp) == 0 || !path_is_within(path, s->workspace))
            s->rw.ptr[alone++] = path;
    }
    s->rw.len = alone;
}

struct sandbox *sandbox_read_only(const struct sandbox *s)
{
    struct sandbox *d = sandbox_copy(s);
    for (size_t i = 0; i < d->places.len; i++)
        if (d->places.ptr[i].writable && !stays_writable(d, d->places.ptr[i].to))
            d->places.ptr[i].writable = false;
    keep_outside(d);
    return d;
}
