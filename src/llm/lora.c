#include "llm/lora.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "llm/ask.h"
#include "llm/call.h"

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

/* ---- the requests ---- */

void lora_ask_fini(struct lora_ask *a)
{
    free(a->url);
    free(a->body);
    *a = (struct lora_ask){0};
}

static void lora_ask_post(const struct model *m, const struct lora *lora, const char *verb,
                          bool path, struct lora_ask *a)
{
    AUTO_FREE char *root = ask_root(m->api_base);
    AUTO_FREE char *where =
        mem_printf("%s%s_lora_adapter", lora->api == LORA_VLLM ? "/v1/" : "/", verb);
    AUTO_JSON *body = cJSON_CreateObject();
    json_add_str(body, "lora_name", lora->name);
    if (path)
        json_add_str(body, "lora_path", lora->path);
    a->url = route_url(root, NULL, where, NULL);
    a->body = json_print(body);
}

bool lora_ask_load(const struct model *m, const struct lora *lora, struct lora_ask *a)
{
    *a = (struct lora_ask){0};
    if (!m->api_base)
        return false;
    AUTO_FREE char *root = ask_root(m->api_base);
    if (lora->api == LORA_LLAMACPP)
        a->url = route_url(root, NULL, "/lora-adapters", NULL);
    else if (lora->path && (lora->api == LORA_VLLM || lora->api == LORA_SGLANG))
        lora_ask_post(m, lora, "load", true, a);
    return a->url != NULL;
}

bool lora_ask_unload(const struct model *m, const struct lora *lora, struct lora_ask *a)
{
    *a = (struct lora_ask){0};
    if (m->api_base && (lora->api == LORA_VLLM || lora->api == LORA_SGLANG))
        lora_ask_post(m, lora, "unload", false, a);
    return a->url != NULL;
}

/* ---- the answers ---- */

static const char *lora_flag(enum lora_api api)
{
    switch (api) {
    case LORA_VLLM:
        return "start it with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True in its "
               "environment";
    case LORA_SGLANG:
        return "start it with --enable-lora";
    default:
        return "start it with --lora FILE";
    }
}

/* The words of a refusal, whatever form they have. */
static const char *lora_words(const cJSON *j, const struct buf *body)
{
    const char *words = json_str(json_get(j, "error"), "message", json_str(j, "message", NULL));
    if (!words)
        words = json_str(j, "error_message", json_str(j, "detail", json_str(j, "error", NULL)));
    return words ? words : buf_cstr(body);
}

static bool lora_file_is(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t n = strlen(name);
    return strncmp(file, name, n) == 0 && (!file[n] || strcmp(file + n, ".gguf") == 0);
}

/* llama.cpp knows its adapters by number and file. */
static bool lora_pick_slot(const struct model *m, const struct lora *lora, const cJSON *list,
                           int64_t *slot, struct error *e)
{
    AUTO(buf) have = {0};
    const cJSON *a;
    cJSON_ArrayForEach(a, list)
    {
        const char *path = json_str(a, "path", "");
        buf_addf(&have, "%s%s", have.len ? ", " : "", path);
        bool same = lora->path ? strcmp(path, lora->path) == 0 : lora_file_is(path, lora->name);
        if (same && json_int(a, "id", -1) >= 0) {
            *slot = json_int(a, "id", 0) + 1;
            return true;
        }
    }
    return error_set(e, ERR_NOT_FOUND,
                     "the server of %s has no adapter %s; it has: %.200s. It loads them when it "
                     "starts: %s",
                     m->name, lora->path ? lora->path : lora->name,
                     have.len ? buf_cstr(&have) : "none", lora_flag(lora->api));
}

bool lora_judge(const struct model *m, const struct lora *lora, int status, const char *detail,
                const struct buf *body, int64_t *slot, bool *ours, struct error *e)
{
    AUTO_JSON *j = json_parse(buf_cstr(body), body->len, NULL);
    *slot = 0;
    *ours = false;
    if (status == 0)
        return error_set(e, ERR_NETWORK, "the server of %s was not asked about the adapter %s: %s",
                         m->name, lora->name, detail);
    if (status == 404 || status == 405 || status == 501)
        return error_set(e, ERR_CONFIG,
                         "the server of %s has no adapter API (status %d): %s, or take lora out of "
                         "the mode",
                         m->name, status, lora_flag(lora->api));
    const char *words = lora_words(j, body);
    if (lora->api == LORA_LLAMACPP && status == 200)
        return lora_pick_slot(m, lora, j, slot, e);
    if (status == 400 && strcasestr(words, "already"))
        return true;
    *ours = status == 200;
    return *ours ||
           error_set(e, ERR_NETWORK, "the server of %s did not load the adapter %s: %.300s",
                     m->name, lora->name, *words ? words : "it gave no reason");
}

void lora_add_body(cJSON *head, const struct lora *lora, int64_t slot)
{
    if (lora->api == LORA_TGI)
        json_add_str(head, "adapter_id", lora->name);
    if (lora->api != LORA_LLAMACPP || slot <= 0)
        return;
    cJSON *list = cJSON_CreateArray(), *one = cJSON_CreateObject();
    json_add_int(one, "id", slot - 1);
    json_add(one, "scale", cJSON_CreateNumber(lora->scale));
    cJSON_AddItemToArray(list, one);
    cJSON_DeleteItemFromObjectCaseSensitive(head, "lora");
    json_add(head, "lora", list);
}

/* ---- asking ---- */

static int lora_send(struct llm *l, const struct model *m, const struct lora_ask *a,
                     struct buf *body, struct error *e)
{
    return ask_server(l, m, a->url, a->body, clock_ms() + LORA_TIMEOUT_MS, body, e);
}

static bool lora_prepare(struct llm *l, const struct model *m, const struct lora *lora,
                         struct buf *note, struct error *e)
{
    AUTO(lora_ask) a = {0};
    AUTO(buf) body = {0};
    struct error why = {0};
    int64_t slot;
    bool ours;
    if (!lora_ask_load(m, lora, &a))
        return true;
    int status = lora_send(l, m, &a, &body, &why);
    if (!lora_judge(m, lora, status, why.text, &body, &slot, &ours, e))
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
    AUTO(lora_ask) a = {0};
    AUTO(buf) body = {0};
    struct error why = {0};
    struct lora_known *k = lora_find(l, m, lora->name);
    if (!k || !k->ours || !lora_ask_unload(m, lora, &a))
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
            (lora->path ? strcmp(path, lora->path) == 0 : lora_file_is(path, lora->name)))
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
    AUTO_FREE char *root = ask_root(m->api_base);
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
