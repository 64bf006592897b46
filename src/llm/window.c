#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "llm/call.h"
#include "llm/http.h"
#include "llm/keys.h"
#include "llm/models.h"
#include "llm/provider.h"
#include "llm/remote.h"

#define WINDOW_ANSWER_MAX (4 << 20)
#define WINDOW_OLLAMA_DEFAULT 4096 /* what it serves unless told otherwise */

struct asking {
    struct llm *llm;
    const struct model *model;
    char *root; /* api_base without /v1 */
    int64_t until_ms;
    struct buf body;
    int status;
    bool over;
};

static void window_head(void *arg, int status)
{
    ((struct asking *)arg)->status = status;
}

static bool window_body(void *arg, const char *p, size_t n)
{
    struct asking *a = arg;
    buf_add(&a->body, p, n);
    return a->body.len < WINDOW_ANSWER_MAX;
}

static void window_done(void *arg, enum http_end end, const char *detail)
{
    struct asking *a = arg;
    a->over = true;
    a->status = end == HTTP_DONE ? a->status : 0;
}

static struct http_transfer *window_start(struct asking *a, const char *url, const char *post,
                                          struct header_list *headers)
{
    struct error e;
    const char *key = a->model->key_literal ? a->model->key_literal : keys_get(a->model->key_env);
    struct http *http = call_http(a->llm, &e);
    if (!http || !remote_headers(a->model, key, headers, &e))
        return NULL;
    VEC_PUSH(headers, NULL);
    const struct http_request q = {.url = url,
                                   .headers = (const char *const *)headers->ptr,
                                   .body = post,
                                   .body_len = post ? strlen(post) : 0,
                                   .connect_ms = MAX(a->until_ms - clock_ms(), 1),
                                   .allow_http = a->model->allow_http};
    const struct http_events on = {
        .arg = a, .head = window_head, .body = window_body, .done = window_done};
    return http_start(http, &q, &on, &e);
}

/* GET, or POST when `post` is given, of base + path. NULL: no JSON came in time. */
static cJSON *window_fetch(struct asking *a, const char *base, const char *path, const char *post)
{
    struct header_list headers = {0};
    AUTO_FREE char *url = route_url(base, NULL, path, NULL);
    buf_clear(&a->body);
    a->status = 0;
    a->over = false;
    struct http_transfer *t = url ? window_start(a, url, post, &headers) : NULL;
    while (t && !a->over && clock_ms() < a->until_ms)
        loop_step(a->llm->loop, a->until_ms);
    http_close(t);
    remote_headers_free(&headers);
    return a->over && a->status == 200 ? json_parse(buf_cstr(&a->body), a->body.len, NULL) : NULL;
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
    const cJSON *info;
    cJSON_ArrayForEach(info, json_get(j, "model_info"))
    {
        const char *dot = strrchr(info->string, '.');
        if (dot && strcmp(dot, ".context_length") == 0 && cJSON_IsNumber(info))
            return MIN((int64_t)info->valuedouble, WINDOW_OLLAMA_DEFAULT);
    }
    return 0;
}

static int64_t window_ollama(struct asking *a)
{
    int64_t n = window_ollama_loaded(a);
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

static char *window_root(const char *base)
{
    size_t n = strlen(base);
    while (n && base[n - 1] == '/')
        n--;
    if (n > 3 && memcmp(base + n - 3, "/v1", 3) == 0)
        n -= 3;
    return mem_strndup(base, n);
}

int64_t llm_ask_window(struct llm *l, const struct model *m, int64_t timeout_ms)
{
    const struct provider *p = provider_find(m->provider);
    if (!window_is_worth_asking(m, p) || l->running)
        return 0;
    struct asking a = {.llm = l,
                       .model = m,
                       .root = window_root(m->api_base),
                       .until_ms = clock_ms() + timeout_ms};
    bool ollama = strncmp(p->name, "ollama", 6) == 0;
    int64_t n = ollama ? window_ollama(&a) : window_models(&a);
    if (n <= 0 && !ollama && strcmp(p->name, "openrouter") != 0)
        n = window_llama(&a);
    free(a.root);
    buf_fini(&a.body);
    return MAX(n, 0);
}
