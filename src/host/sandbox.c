#include "host/sandbox.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/filter.h"
#include "host/sandbox_priv.h"

const char *sandbox_level_name(enum sandbox_level l)
{
    return l == SANDBOX_FULL ? "full" : l == SANDBOX_LANDLOCK ? "landlock" : "none";
}

enum sandbox_level sandbox_level_find(const char *name)
{
    return strcmp(name, "none") == 0       ? SANDBOX_NONE
           : strcmp(name, "landlock") == 0 ? SANDBOX_LANDLOCK
                                           : SANDBOX_FULL;
}

const char *sandbox_own(struct sandbox *s, char *text)
{
    VEC_PUSH(&s->owned, text);
    return text;
}

void sandbox_show(struct sandbox *s, const char *from, const char *to, bool writable)
{
    struct sandbox_place p = {sandbox_own(s, mem_strdup(from)), sandbox_own(s, mem_strdup(to)),
                              writable, false};
    if (s->places.len < SANDBOX_PLACES)
        VEC_PUSH(&s->places, p);
}

void sandbox_lock(struct sandbox *s, const char *place, char *name)
{
    struct sandbox_lock l = {sandbox_own(s, mem_strdup(place)), sandbox_own(s, name)};
    VEC_PUSH(&s->locked, l);
}

void sandbox_free(struct sandbox *s)
{
    if (!s)
        return;
    if (s->probe.runs)
        (void)sandbox_canary_end(s, &s->probe.canary, s->probe.why);
    filter_free(s->filter);
    for (size_t i = 0; i < SANDBOX_SHARED; i++)
        if (s->shared[i] >= 0)
            close(s->shared[i]);
    for (size_t i = 0; i < s->owned.len; i++)
        free(s->owned.ptr[i]);
    VEC_FREE(&s->owned);
    VEC_FREE(&s->ro);
    VEC_FREE(&s->full_ro);
    VEC_FREE(&s->rw);
    VEC_FREE(&s->full_rw);
    VEC_FREE(&s->places);
    VEC_FREE(&s->cache.layers);
    VEC_FREE(&s->cache.env);
    VEC_FREE(&s->cache.full_env);
    if (s->cache.dir)
        close(s->cache.lock);
    free(s->cache.dir);
    VEC_FREE(&s->hidden);
    VEC_FREE(&s->locked);
    VEC_FREE(&s->devices);
    VEC_FREE(&s->traps);
    VEC_FREE(&s->granted);
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

static const struct sandbox_limits usual = {.file_mb = 1024};

void sandbox_set_limits(struct sandbox *s, const struct sandbox_limits *l)
{
    s->limits = *l;
    if (l->shared_mb)
        snprintf(s->shm_options, sizeof s->shm_options, "mode=1777,size=%lldm",
                 (long long)l->shared_mb);
    else
        snprintf(s->shm_options, sizeof s->shm_options, "mode=1777");
}

const struct sandbox_limits *sandbox_limits(const struct sandbox *s)
{
    return s ? &s->limits : &usual;
}

const char *sandbox_tmpdir(const struct sandbox *s, const char *outside)
{
    return sandbox_level(s) == SANDBOX_FULL ? "/tmp" : outside;
}
