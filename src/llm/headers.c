#include "llm/headers.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "llm/keys.h"
#include "llm/models/models.h"

bool headers_build(const struct model *m, const char *key, struct header_list *out, struct error *e)
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
    if (key)
        VEC_PUSH(out, mem_printf("Authorization: Bearer %s", key));
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
