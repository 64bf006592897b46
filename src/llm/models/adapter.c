#include "llm/models/adapter.h"

#include <string.h>

#include "base/mem.h"
#include "llm/models/models.h"

/* ---- the requests ---- */

void adapter_ask_fini(struct adapter_ask *a)
{
    free(a->url);
    free(a->body);
    *a = (struct adapter_ask){0};
}

static void adapter_ask_post(const struct model *m, const struct lora *lora, const char *verb,
                             bool path, struct adapter_ask *a)
{
    AUTO_FREE char *root = route_root(m->api_base);
    AUTO_FREE char *where =
        mem_printf("%s%s_lora_adapter", lora->api == LORA_VLLM ? "/v1/" : "/", verb);
    AUTO_JSON *body = cJSON_CreateObject();
    json_add_str(body, "lora_name", lora->name);
    if (path)
        json_add_str(body, "lora_path", lora->path);
    a->url = route_url(root, NULL, where, NULL);
    a->body = json_print(body);
}

bool adapter_ask_load(const struct model *m, const struct lora *lora, struct adapter_ask *a)
{
    *a = (struct adapter_ask){0};
    if (!m->api_base)
        return false;
    AUTO_FREE char *root = route_root(m->api_base);
    if (lora->api == LORA_LLAMACPP)
        a->url = route_url(root, NULL, "/lora-adapters", NULL);
    else if (lora->path && (lora->api == LORA_VLLM || lora->api == LORA_SGLANG))
        adapter_ask_post(m, lora, "load", true, a);
    return a->url != NULL;
}

bool adapter_ask_unload(const struct model *m, const struct lora *lora, struct adapter_ask *a)
{
    *a = (struct adapter_ask){0};
    if (m->api_base && (lora->api == LORA_VLLM || lora->api == LORA_SGLANG))
        adapter_ask_post(m, lora, "unload", false, a);
    return a->url != NULL;
}

/* ---- the answers ---- */

static const char *adapter_flag(enum lora_api api)
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
static const char *adapter_words(const cJSON *j, const struct buf *body)
{
    const char *words = json_str(json_get(j, "error"), "message", json_str(j, "message", NULL));
    if (!words)
        words = json_str(j, "error_message", json_str(j, "detail", json_str(j, "error", NULL)));
    return words ? words : buf_cstr(body);
}

bool adapter_file_is(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t n = strlen(name);
    return strncmp(file, name, n) == 0 && (!file[n] || strcmp(file + n, ".gguf") == 0);
}

/* llama.cpp knows its adapters by number and file. */
static bool adapter_pick_slot(const struct model *m, const struct lora *lora, const cJSON *list,
                              int64_t *slot, struct error *e)
{
    AUTO(buf) have = {0};
    const cJSON *a;
    cJSON_ArrayForEach(a, list)
    {
        const char *path = json_str(a, "path", "");
        buf_addf(&have, "%s%s", have.len ? ", " : "", path);
        bool same = lora->path ? strcmp(path, lora->path) == 0 : adapter_file_is(path, lora->name);
        if (same && json_int(a, "id", -1) >= 0) {
            *slot = json_int(a, "id", 0) + 1;
            return true;
        }
    }
    return error_set(e, ERR_NOT_FOUND,
                     "the server of %s has no adapter %s; it has: %.200s. It loads them when it "
                     "starts: %s",
                     m->name, lora->path ? lora->path : lora->name,
                     have.len ? buf_cstr(&have) : "none", adapter_flag(lora->api));
}

bool adapter_judge(const struct model *m, const struct lora *lora, int status, const char *detail,
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
                         m->name, status, adapter_flag(lora->api));
    const char *words = adapter_words(j, body);
    if (lora->api == LORA_LLAMACPP && status == 200)
        return adapter_pick_slot(m, lora, j, slot, e);
    if (status == 400 && strcasestr(words, "already"))
        return true;
    *ours = status == 200;
    return *ours ||
           error_set(e, ERR_NETWORK, "the server of %s did not load the adapter %s: %.300s",
                     m->name, lora->name, *words ? words : "it gave no reason");
}

void adapter_add_body(cJSON *head, const struct lora *lora, int64_t slot)
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
