#include "llm/headers.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/keys.h"
#include "llm/models/family.h"
#include "llm/models/models.h"

/* Anthropic takes its key in a header of its own; those who speak as it does take one or the other,
 * so they get both. */
static void headers_key(const struct model *m, const char *key, struct header_list *out)
{
    bool messages = model_dialect(m) == ROUTE_MESSAGES;
    if (!key)
        return;
    if (m->auth_header)
        VEC_PUSH(out, mem_printf("%s: %s", m->auth_header, key));
    else if (model_dialect(m) == ROUTE_GEMINI)
        VEC_PUSH(out, mem_printf("x-goog-api-key: %s", key));
    else if (messages)
        VEC_PUSH(out, mem_printf("x-api-key: %s", key));
    if (!m->auth_header && model_dialect(m) != ROUTE_GEMINI &&
        (!messages || strcmp(m->provider, "anthropic") != 0))
        VEC_PUSH(out, mem_printf("Authorization: Bearer %s", key));
}

static void headers_anthropic(const struct model *m, struct header_list *out)
{
    const char *const *betas = family_of(m)->betas;
    AUTO(buf) all = {0};
    VEC_PUSH(out, mem_strdup("anthropic-version: 2023-06-01"));
    for (size_t i = 0; betas[i]; i++)
        buf_addf(&all, "%s%s", i ? "," : "", betas[i]);
    if (all.len)
        VEC_PUSH(out, mem_printf("anthropic-beta: %s", buf_cstr(&all)));
}

bool headers_build(const struct model *m, const char *key, bool speaks, struct header_list *out,
                   struct error *e)
{
    AUTO_JSON *extra = cJSON_Duplicate(m->headers, true);
    if (extra && !keys_resolve(extra, e))
        return false;
    VEC_PUSH(out, mem_strdup("Content-Type: application/json"));
    VEC_PUSH(out, mem_strdup("Accept: text/event-stream, application/json"));
    VEC_PUSH(out, mem_strdup("User-Agent: mien/" MIEN_VERSION));
    if (key && strpbrk(key, "\r\n"))
        return error_set(e, ERR_CONFIG, "the API key%s%s holds a line break; is it two keys?",
                         m->key_env ? " of " : "", m->key_env ? m->key_env : "");
    headers_key(m, key, out);
    if (speaks && model_dialect(m) == ROUTE_MESSAGES)
        headers_anthropic(m, out);
    const cJSON *h;
    cJSON_ArrayForEach(h, extra)
    {
        AUTO_FREE char *printed = cJSON_IsString(h) ? mem_strdup(h->valuestring) : json_print(h);
        if (strpbrk(printed, "\r\n"))
            return error_set(e, ERR_CONFIG, "the header %s holds a line break", h->string);
        VEC_PUSH(out, mem_printf("%s: %s", h->string, printed));
    }
    return true;
}

void headers_free(struct header_list *l)
{
    for (size_t i = 0; i < l->len; i++) {
        if (l->ptr[i])
            explicit_bzero(l->ptr[i], strlen(l->ptr[i]));
        free(l->ptr[i]);
    }
    VEC_FREE(l);
}
