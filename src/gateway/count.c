#include "gateway/count.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "llm/models/family.h"

/* What belongs to a question for a number; the rest of a request is refused there. */
static const char *const messages_keys[] = {"model",       "messages", "system", "tools",
                                            "tool_choice", "thinking", NULL};
static const char *const responses_keys[] = {"model", "input",       "instructions", "tools",
                                             "text",  "tool_choice", "reasoning",    NULL};
static const char *const chat_keys[] = {"model", "messages", "tools", "chat_template_kwargs", NULL};

static void keep_only(cJSON *body, const char *const *keys)
{
    for (cJSON *next, *o = body->child; o; o = next) {
        size_t i = 0;
        next = o->next;
        while (keys[i] && strcmp(keys[i], o->string) != 0)
            i++;
        if (!keys[i])
            cJSON_Delete(cJSON_DetachItemViaPointer(body, o));
    }
}

/* Sources: Anthropic's count_tokens, OpenAI's input_tokens, Gemini's countTokens, vLLM's /tokenize,
 * which stands beside /v1. NULL: this one has no such path. */
char *count_url(const struct model *m, const struct mode *mode, struct error *e)
{
    enum route_style dialect = model_dialect(m);
    AUTO_FREE char *url = model_url(m, mode, dialect, e);
    if (!url || dialect == ROUTE_OLLAMA)
        return NULL;
    if (dialect == ROUTE_MESSAGES)
        return mem_printf("%s/count_tokens", url);
    if (dialect == ROUTE_RESPONSES)
        return mem_printf("%s/input_tokens", url);
    if (dialect == ROUTE_GEMINI) {
        const char *colon = strrchr(url, ':');
        return mem_printf("%.*s:countTokens", (int)(colon - url), url);
    }
    size_t n = strlen(m->api_base);
    n -= n > 3 && strcmp(m->api_base + n - 3, "/v1") == 0 ? 3 : 0;
    bool vllm = strcmp(m->provider, "hosted_vllm") == 0 || strcmp(m->provider, "vllm") == 0;
    return vllm ? mem_printf("%.*s/tokenize", (int)n, m->api_base) : NULL;
}

bool count_question(const struct model *m, struct buf *request)
{
    cJSON *body = json_parse(buf_cstr(request), request->len, NULL);
    if (!body)
        return false;
    enum route_style dialect = model_dialect(m);
    if (dialect == ROUTE_GEMINI) {
        cJSON *whole = cJSON_CreateObject();
        AUTO_FREE char *name = mem_printf("models/%s", m->upstream);
        json_add_str(body, "model", name);
        json_add(whole, "generateContentRequest", body);
        body = whole;
    } else {
        keep_only(body, dialect == ROUTE_MESSAGES    ? messages_keys
                        : dialect == ROUTE_RESPONSES ? responses_keys
                                                     : chat_keys);
    }
    buf_clear(request);
    json_write(request, body);
    cJSON_Delete(body);
    return true;
}

int64_t count_told(const struct buf *answer)
{
    AUTO_JSON *j = json_parse(buf_cstr(answer), answer->len, NULL);
    return json_int(j, "input_tokens", json_int(j, "totalTokens", json_int(j, "count", 0)));
}

void count_answer(enum route_style style, int64_t tokens, struct buf *out)
{
    AUTO_JSON *j = cJSON_CreateObject();
    if (style == ROUTE_RESPONSES)
        json_add_str(j, "object", "response.input_tokens");
    json_add_int(j, style == ROUTE_GEMINI ? "totalTokens" : "input_tokens", tokens);
    buf_clear(out);
    json_write(out, j);
}
