#include "llm/lora.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "llm/ask.h"
#include "llm/call.h"
#include "llm/models/adapter.h"

#define LORA_TIMEOUT_MS 60000 /* loading reads some hundred megabytes */

#define LORA_LIST_MS 3000

/* What one server is known to have. */
struct lora_known {
    char *base, *name;
    int64_t slot;
    bool ours; /* loaded by us, so to be unloaded by us */
};

static struct lora_known *lora_find(struct llm *l, const struct model *m, const char *name)
{
    for (size_t i = 0; i < l->adapters.len; i++)
        if (strcmp(l->adapters.ptr[i]->base, m->api_base) == 0 &&
            strcmp(l->adapters.ptr[i]->name, name) == 0)
            return l->adapters.ptr[i];
    return NULL;
}

static void lora_known_free(struct lora_known *k)
{
    free(k->base);
    free(k->name);
    free(k);
}

static void lora_remember(struct llm *l, const struct model *m, const struct lora *lora,
                          int64_t slot, bool ours)
{
    struct lora_known *k = lora_find(l, m, lora->name);
    if (!k) {
        k = mem_alloc(sizeof *k);
        k->base = mem_strdup(m->api_base);
        k->name = mem_strdup(lora->name);
        VEC_PUSH(&l->adapters, k);
    }
    k->slot = slot;
    k->ours = k->ours || ours;
}

static void lora_drop(struct llm *l, const struct lora_known *k)
{
    for (size_t i = 0; i < l->adapters.len; i++)
        if (l->adapters.ptr[i] == k) {
            lora_known_free(l->adapters.ptr[i]);
            l->adapters.ptr[i] = l->adapters.ptr[--l->adapters.len];
            return;
        }
}

void lora_forget(struct llm *l)
{
    for (size_t i = 0; i < l->adapters.len; i++)
        lora_known_free(l->adapters.ptr[i]);
    VEC_FREE(&l->adapters);
}

/* ---- asking ---- */

static int lora_send(struct llm *l, const struct model *m, const struct adapter_ask *a,
                     struct buf *body, struct error *e)
{
    return ask_server(l, m, a->url, a->body, clock_ms() + LORA_TIMEOUT_MS, body, e);
}

static bool lora_prepare(struct llm *l, const struct model *m, const struct lora *lora,
                         struct buf *note, struct error *e)
{
    AUTO(adapter_ask) a = {0};
    AUTO(buf) body = {0};
    struct error why = {0};
    int64_t slot;
    bool ours;
    if (!adapter_ask_load(m, lora, &a))
        return true;
    int status = lora_send(l, m, &a, &body, &why);
    if (!adapter_judge(m, lora, status, why.text, &body, &slot, &ours, e))
        return false;
    lora_remember(l, m, lora, slot, ours);
    if (note)
        buf_addf(note, "adapter %s %s\n", lora->name,
                 ours   ? "loaded"
                 : slot ? "is there"
                        : "was loaded already");
    return true;
}

/* Do something for each deployment that has the mode. False at the first failure. */
typedef bool lora_each_fn(struct llm *l, const struct model *m, const struct lora *lora,
                          struct buf *note, struct error *e);

static bool lora_each(struct llm *l, const struct model *m, const struct mode *mode,
                      struct buf *note, struct error *e, lora_each_fn *fn)
{
    const struct model *home = mode && mode->of ? mode->of : m;
    if (!mode || mode->lora.api == LORA_NONE)
        return true;
    if (l->running)
        return error_set(e, ERR_BUSY, "a model is being asked; try again when it has answered");
    bool ok = fn(l, home, &mode->lora, note, e);
    for (const struct model *d = m; d && ok; d = d->next) {
        struct mode *same = d != home && !d->problem ? mode_for(d, mode) : NULL;
        if (same && same->lora.api != LORA_NONE)
            ok = fn(l, d, &same->lora, note, e);
        mode_free(same);
    }
    return ok;
}

bool lora_activate(struct llm *l, const struct model *m, const struct mode *mode, struct buf *note,
                   struct error *e)
{
    return lora_each(l, m, mode, note, e, lora_prepare);
}

static bool lora_unload(struct llm *l, const struct model *m, const struct lora *lora,
                        struct buf *note, struct error *e)
{
    AUTO(adapter_ask) a = {0};
    AUTO(buf) body = {0};
    struct error why = {0};
    struct lora_known *k = lora_find(l, m, lora->name);
    if (!k || !k->ours || !adapter_ask_unload(m, lora, &a))
        return true;
    int status = lora_send(l, m, &a, &body, &why);
    if (status != 200 && status != 404)
        return error_set(e, ERR_NETWORK, "the server of %s did not unload the adapter %s: %.300s",
                         m->name, lora->name, status ? buf_cstr(&body) : why.text);
    lora_drop(l, k);
    if (note)
        buf_addf(note, "adapter %s unloaded\n", lora->name);
    return true;
}

bool lora_release(struct llm *l, const struct model *m, const struct mode *mode, struct buf *note,
                  struct error *e)
{
    return lora_each(l, m, mode, note, e, lora_unload);
}

static bool lora_listed(const cJSON *names, const char *name)
{
    const cJSON *n;
    cJSON_ArrayForEach(n, names) if (strcmp(n->valuestring, name) == 0) return true;
    return false;
}

/* vLLM and SGLang list adapters as models; llama.cpp has its own list. */
static bool lora_server_has(const struct lora *lora, const cJSON *answer)
{
    const cJSON *m, *list = lora->api == LORA_LLAMACPP ? answer : json_get(answer, "data");
    cJSON_ArrayForEach(m, list)
    {
        const char *path = json_str(m, "path", "");
        if (lora->api != LORA_LLAMACPP && strcmp(json_str(m, "id", ""), lora->name) == 0)
            return true;
        if (lora->api == LORA_LLAMACPP &&
            (lora->path ? strcmp(path, lora->path) == 0 : adapter_file_is(path, lora->name)))
            return true;
    }
    return false;
}

static bool lora_look(struct llm *l, const struct model *m, const struct lora *lora, cJSON *names,
                      struct error *e)
{
    AUTO(buf) body = {0};
    struct error why = {0};
    if (lora->api == LORA_TGI || !m->api_base || lora_listed(names, lora->name))
        return true;
    AUTO_FREE char *root = route_root(m->api_base);
    bool llama = lora->api == LORA_LLAMACPP;
    AUTO_FREE char *url =
        route_url(llama ? root : m->api_base, NULL, llama ? "/lora-adapters" : "/models", NULL);
    int status = url ? ask_server(l, m, url, NULL, clock_ms() + LORA_LIST_MS, &body, &why) : 0;
    if (status == 0)
        return error_set(e, ERR_NETWORK, "the server of %s did not tell its adapters: %s", m->name,
                         why.text);
    AUTO_JSON *j = status == 200 ? json_parse(buf_cstr(&body), body.len, NULL) : NULL;
    if (lora_server_has(lora, j))
        cJSON_AddItemToArray(names, cJSON_CreateString(lora->name));
    return true;
}

bool lora_loaded(struct llm *l, const struct model *m, cJSON **names, struct error *e)
{
    *names = cJSON_CreateArray();
    if (l->running)
        return error_set(e, ERR_BUSY, "a model is being asked; try again when it has answered");
    for (const struct model *d = m; d; d = d->next)
        for (size_t i = 0; i < d->mode_count && !d->problem; i++)
            if (d->modes[i].lora.api != LORA_NONE && !lora_look(l, d, &d->modes[i].lora, *names, e))
                return false;
    return true;
}

bool lora_slot(struct llm *l, const struct model *m, const struct mode *mode, int64_t *slot,
               struct error *e)
{
    if (mode->lora.api != LORA_LLAMACPP)
        return true;
    if (!lora_find(l, m, mode->lora.name) && !lora_prepare(l, m, &mode->lora, NULL, e))
        return false;
    *slot = lora_find(l, m, mode->lora.name)->slot;
    return true;
}
