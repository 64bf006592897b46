/*
 * Adapters that servers have, and those of them that we loaded: they leave their servers' memory
 * when we end. Which these are stands in a directory of our own, held while we run: a gateway that
 * was killed leaves it behind, and the next one that starts does what is left to do.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/sweep.h"
#include "gateway/gateway_priv.h"
#include "llm/model_key.h"

#define ADAPTERS_UNLOAD_MS 2000 /* for all that are unloaded at the end */
#define ADAPTERS_FILE "loaded.json"
#define ADAPTERS_FILE_MAX (1u << 20)

/* What another gateway left, as far as its adapters are not unloaded. */
struct left {
    char *dir;
    int fd; /* holds it */
    size_t open;
};

struct leaving {
    struct left *left;
    struct adapter adapter;
    struct http_transfer *transfer;
};

static void adapter_fini(struct adapter *a)
{
    free(a->base);
    free(a->name);
    free(a->model);
    adapter_ask_fini(&a->unload);
    headers_free(&a->headers);
}

const struct adapter *adapters_find(const struct gateway *p, const char *base, const char *name)
{
    for (size_t i = 0; i < p->adapters.len; i++)
        if (strcmp(p->adapters.ptr[i].base, base) == 0 &&
            strcmp(p->adapters.ptr[i].name, name) == 0)
            return &p->adapters.ptr[i];
    return NULL;
}

/* ---- what is remembered ---- */

static bool adapters_dir(struct gateway *p, struct error *e)
{
    if (p->adapters_dir)
        return true;
    AUTO_FREE char *dir =
        mem_printf("%s/%d-%lld", p->o.adapters_dir, (int)getpid(), (long long)clock_wall_ms());
    if (!file_make_dirs(dir, e))
        return false;
    p->adapters_hold = sweep_hold(dir);
    p->adapters_dir = mem_strdup(dir);
    return true;
}

static void adapters_save(struct gateway *p)
{
    struct error e = {0};
    AUTO_JSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < p->adapters.len; i++) {
        const struct adapter *a = &p->adapters.ptr[i];
        if (!a->unload.url)
            continue;
        cJSON *one = cJSON_CreateObject();
        json_add_str(one, "model", a->model);
        json_add_str(one, "base", a->base);
        json_add_str(one, "name", a->name);
        json_add_str(one, "url", a->unload.url);
        json_add_str(one, "body", a->unload.body);
        cJSON_AddItemToArray(list, one);
    }
    if (!list->child || !p->o.adapters_dir)
        return;
    AUTO_FREE char *text = json_print(list);
    bool ok = adapters_dir(p, &e);
    AUTO_FREE char *path = ok ? mem_printf("%s/" ADAPTERS_FILE, p->adapters_dir) : NULL;
    if (!ok || !file_write(path, text, strlen(text), &e))
        log_warn("proxy", "which adapters were loaded is not kept: %s", e.text);
}

void adapters_add(struct gateway *p, const struct model *m, const struct lora *lora, int64_t slot,
                  bool ours)
{
    struct error e = {0};
    struct adapter a = {.base = mem_strdup(m->api_base),
                        .name = mem_strdup(lora->name),
                        .model = mem_strdup(m->name),
                        .slot = slot};
    const char *key;
    if (ours && adapter_ask_unload(m, lora, &a.unload) && model_key_get(m, NULL, NULL, &key, &e) &&
        headers_build(m, key, false, &a.headers, &e))
        VEC_PUSH(&a.headers, NULL);
    VEC_PUSH(&p->adapters, a);
    if (ours)
        adapters_save(p);
}

/* ---- unloading ---- */

static struct http_transfer *
adapters_ask(struct gateway *p, const struct adapter *a,
             void (*done)(void *arg, enum http_end end, const char *detail), void *arg)
{
    const struct http_request q = {.url = a->unload.url,
                                   .headers = (const char *const *)a->headers.ptr,
                                   .body = a->unload.body,
                                   .body_len = a->unload.body ? strlen(a->unload.body) : 0,
                                   .connect_ms = ADAPTERS_UNLOAD_MS};
    const struct http_events on = {.arg = arg, .done = done};
    return a->unload.url && a->headers.len ? http_start(p->http, &q, &on, NULL) : NULL;
}

static void adapters_on_left(void *arg, enum http_end end, const char *detail)
{
    struct leaving *l = arg;
    if (end == HTTP_DONE)
        log_info("proxy", "the adapter %s, which a proxy before this one loaded, is unloaded",
                 l->adapter.name);
    else
        log_warn("proxy", "the adapter %s of a proxy before this one is not unloaded: %s",
                 l->adapter.name, detail);
    if (--l->left->open == 0)
        sweep_tree(l->left->dir);
}

/* With the key of the model that it was loaded for, if that is still at the same place. */
static bool adapters_read(struct gateway *p, const cJSON *one, struct adapter *a)
{
    struct error e = {0};
    const char *key;
    const struct model *m = models_declared(p->o.models, json_str(one, "model", ""), &e);
    while (m && (!m->api_base || strcmp(m->api_base, json_str(one, "base", "")) != 0))
        m = m->next;
    *a = (struct adapter){.name = mem_strdup(json_str(one, "name", "")),
                          .unload = {.url = mem_strdup(json_str(one, "url", NULL)),
                                     .body = mem_strdup(json_str(one, "body", NULL))}};
    bool ok = m && a->unload.url && model_key_get(m, NULL, NULL, &key, &e) &&
              headers_build(m, key, false, &a->headers, &e);
    if (ok)
        VEC_PUSH(&a->headers, NULL);
    else
        log_warn("proxy", "the adapter %s is not unloaded: its model is another one now", a->name);
    return ok;
}

static void adapters_take_over(struct gateway *p, const char *dir, int fd)
{
    AUTO(buf) text = {0};
    AUTO_FREE char *path = mem_printf("%s/" ADAPTERS_FILE, dir);
    struct left *left = mem_alloc(sizeof *left);
    *left = (struct left){.dir = mem_strdup(dir), .fd = fd, .open = 1};
    AUTO_JSON *list = file_read(path, &text, ADAPTERS_FILE_MAX, NULL)
                          ? json_parse(buf_cstr(&text), text.len, NULL)
                          : NULL;
    const cJSON *one;
    VEC_PUSH(&p->left, left);
    cJSON_ArrayForEach(one, list)
    {
        struct leaving *l = mem_alloc(sizeof *l);
        *l = (struct leaving){.left = left};
        VEC_PUSH(&p->leaving, l);
        if (adapters_read(p, one, &l->adapter) &&
            (l->transfer = adapters_ask(p, &l->adapter, adapters_on_left, l)))
            left->open++;
    }
    if (--left->open == 0)
        sweep_tree(dir);
}

void adapters_sweep(struct gateway *p)
{
    DIR *d = p->o.adapters_dir ? opendir(p->o.adapters_dir) : NULL;
    for (struct dirent *e; d && (e = readdir(d));) {
        AUTO_FREE char *dir = mem_printf("%s/%s", p->o.adapters_dir, e->d_name);
        int fd = *e->d_name == '.' ? -1 : sweep_hold(dir); /* whoever runs holds its own */
        if (fd >= 0)
            adapters_take_over(p, dir, fd);
    }
    if (d)
        closedir(d);
}

static void adapters_on_unloaded(void *arg, enum http_end end, const char *detail)
{
    (void)end;
    (void)detail;
    *(bool *)arg = true;
}

/* Adapters that were loaded for our clients leave their servers' memory. Nobody waits for long. */
static void adapters_unload(struct gateway *p)
{
    int64_t until = clock_ms() + ADAPTERS_UNLOAD_MS;
    for (size_t i = 0; p->http && i < p->adapters.len; i++) {
        bool over = false;
        struct http_transfer *t = adapters_ask(p, &p->adapters.ptr[i], adapters_on_unloaded, &over);
        while (t && !over && clock_ms() < until)
            loop_step(p->loop, until);
        http_close(t);
    }
    if (p->adapters_dir)
        sweep_tree(p->adapters_dir);
}

void adapters_fini(struct gateway *p)
{
    adapters_unload(p);
    for (size_t i = 0; i < p->leaving.len; i++) {
        http_close(p->leaving.ptr[i]->transfer);
        adapter_fini(&p->leaving.ptr[i]->adapter);
        free(p->leaving.ptr[i]);
    }
    for (size_t i = 0; i < p->left.len; i++) {
        close(p->left.ptr[i]->fd);
        free(p->left.ptr[i]->dir);
        free(p->left.ptr[i]);
    }
    for (size_t i = 0; i < p->adapters.len; i++)
        adapter_fini(&p->adapters.ptr[i]);
    VEC_FREE(&p->leaving);
    VEC_FREE(&p->left);
    VEC_FREE(&p->adapters);
    if (p->adapters_hold >= 0)
        close(p->adapters_hold);
    free(p->adapters_dir);
}
