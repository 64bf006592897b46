#include "llm/window.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/ask.h"
#include "llm/call.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/models/provider.h"
#include "net/http.h"

#define WINDOW_OLLAMA_DEFAULT 4096 /* what it serves unless told otherwise */
#define WINDOW_OLLAMA_ASKED \
    32768 /* what it is asked for in its own dialect: memory grows with it */

struct asking {
    struct llm *llm;
    const struct model *model;
    char *root; /* api_base without /v1 */
    int64_t until_ms;
};

/* GET, or POST when `post` is given, of base + path. NULL: no JSON came in time. */
static cJSON *window_fetch(struct asking *a, const char *base, const char *path, const char *post)
{
    AUTO(buf) body = {0};
    AUTO_FREE char *url = route_url(base, NULL, path, NULL);
    int status = url ? ask_server(a->llm, a->model, url, post, a->until_ms, &body, NULL) : 0;
    return status == 200 ? json_parse(buf_cstr(&body), body.len, NULL) : NULL;
}

static int64_t window_llama(struct asking *a)
{
    AUTO_JSON *j = window_fetch(a, a->root, "/props", NULL);
    int64_t n = json_int(json_get(j, "default_generation_settings"), "n_ctx", 0);
    return n > 0 ? n : json_int(j, "n_ctx", 0);
}

static int64_t window_models(struct asking *a)
{
    static const char *const names[] = {"max_model_len", "context_length", "max_context_length",
                                        "context_window"};
    const cJSON *m;
    AUTO_JSON *j = window_fetch(a, a->model->api_base, "/models", NULL);
    cJSON_ArrayForEach(m, json_get(j, "data"))
    {
        if (strcmp(json_str(m, "id", ""), a->model->upstream) != 0)
            continue;
        for (size_t i = 0; i < COUNT_OF(names); i++)
            if (json_int(m, names[i], 0) > 0)
                return json_int(m, names[i], 0);
    }
    return 0;
}

/* A loaded model's true window. */
static int64_t window_ollama_loaded(struct asking *a)
{
    const cJSON *m;
    AUTO_JSON *j = window_fetch(a, a->root, "/api/ps", NULL);
    cJSON_ArrayForEach(
        m, json_get(j, "models")) if (strcmp(json_str(m, "model", json_str(m, "name", "")),
                                             a->model->upstream) ==
                                      0) return json_int(m, "context_length", 0);
    return 0;
}

/* num_ctx of the Modelfile; else what the model could do, but no more than the default. */
static int64_t window_ollama_shown(struct asking *a)
{
    AUTO_JSON *ask = cJSON_CreateObject();
    json_add_str(ask, "model", a->model->upstream);
    AUTO_FREE char *post = json_print(ask);
    AUTO_JSON *j = window_fetch(a, a->root, "/api/show", post);
    const char *at = strstr(json_str(j, "parameters", ""), "num_ctx");
    int64_t set = at ? strtoll(at + strlen("num_ctx"), NULL, 10) : 0;
    if (set > 0)
        return set;
    bool own = model_dialect(a->model) == ROUTE_OLLAMA;
    const cJSON *info;
    cJSON_ArrayForEach(info, json_get(j, "model_info"))
    {
        const char *dot = strrchr(info->string, '.');
        if (dot && strcmp(dot, ".context_length") == 0 && cJSON_IsNumber(info))
            return MIN((int64_t)info->valuedouble,
                       own ? WINDOW_OLLAMA_ASKED : WINDOW_OLLAMA_DEFAULT);
    }
    return 0;
}

static int64_t window_ollama(struct asking *a)
{
    /* In its own dialect the window is ours to choose, whatever it was loaded with. */
    bool own = model_dialect(a->model) == ROUTE_OLLAMA;
    int64_t n = own ? 0 : window_ollama_loaded(a);
    return n > 0 ? n : window_ollama_shown(a);
}

/* Hosted providers do not tell; a server of one's own does. */
static bool window_is_worth_asking(const struct model *m, const struct provider *p)
{
    if (!m->api_base || !p || (p->flags & PROVIDER_PLAYBOOK))
        return false;
    return (p->flags & PROVIDER_LOCAL) || strcmp(p->name, "openrouter") == 0 ||
           http_is_loopback(m->api_base) || (p->base && strcmp(p->base, m->api_base) != 0);
}

int64_t window_ask(struct llm *l, const struct model *m, int64_t timeout_ms)
{
    const struct provider *p = provider_find(m->provider);
    if (!window_is_worth_asking(m, p) || l->running)
        return 0;
    struct asking a = {
        .llm = l, .model = m, .root = route_root(m->api_base), .until_ms = clock_ms() + timeout_ms};
    bool ollama = strncmp(p->name, "ollama", 6) == 0;
    int64_t n = ollama ? window_ollama(&a) : window_models(&a);
    if (n <= 0 && !ollama && strcmp(p->name, "openrouter") != 0)
        n = window_llama(&a);
    free(a.root);
    return MAX(n, 0);
}
