#include "engine/host_sample.h"

#include <string.h>

#include "engine/engine_priv.h"

#define TOKENS_MOST 4000
#define SHOWN_MOST 4000 /* bytes of it that a question shows */

/* A message may hold one part or several; what is not text is named. */
static void add_parts(struct buf *out, const cJSON *content)
{
    for (const cJSON *one = cJSON_IsArray(content) ? content->child : content; one;
         one = cJSON_IsArray(content) ? one->next : NULL) {
        const char *text = json_str(one, "text", NULL);
        if (text)
            buf_adds(out, text);
        else
            buf_addf(out, "[%s, not shown]", json_str(one, "type", "something"));
    }
}

/* One message is what the user says; several are told with who said them. */
static char *words_of(const cJSON *messages)
{
    AUTO(buf) out = {0};
    bool several = cJSON_GetArraySize(messages) > 1;
    const cJSON *m;
    cJSON_ArrayForEach(m, messages)
    {
        if (several)
            buf_addf(&out, "%s%s: ", out.len ? "\n\n" : "", json_str(m, "role", "user"));
        add_parts(&out, json_get(m, "content"));
    }
    return buf_take(&out);
}

static bool is_allowed(struct engine *g, const char *server, bool *allowed, const char *words)
{
    if (*allowed)
        return true;
    AUTO_FREE char *title = mem_printf("May the MCP server %s ask the model?", server);
    AUTO_FREE char *shown = mem_printf("%.*s", SHOWN_MOST, words);
    struct ask q = {.kind = "confirm",
                    .title = title,
                    .detail = shown,
                    .why = "it costs tokens, and the server reads the answer",
                    .always = "s: what this server asks the model is not asked about again"};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, NULL);
    *allowed = *key == 's';
    return *key == 'y' || *allowed;
}

cJSON *host_sample(struct engine *g, const char *server, bool *allowed, const cJSON *params)
{
    struct error e = {0};
    AUTO_FREE char *words = words_of(json_get(params, "messages"));
    int64_t most = json_int(params, "maxTokens", TOKENS_MOST);
    if (!is_allowed(g, server, allowed, words))
        return NULL;
    AUTO_FREE char *said =
        model_call_ask(&g->call, json_str(params, "systemPrompt", ""), words,
                       MIN(MAX(most, 1), TOKENS_MOST), json_num(params, "temperature", 0.2), &e);
    if (!said) {
        outbox_notice(&g->out, "warn", "mcp", "%s asked the model: %s", server, e.text);
        return NULL;
    }
    cJSON *j = cJSON_CreateObject(), *content = cJSON_CreateObject();
    json_add_str(content, "type", "text");
    json_add_strn(content, "text", said, strlen(said));
    json_add_str(j, "role", "assistant");
    json_add(j, "content", content);
    json_add_str(j, "model", g->modes.model->name);
    json_add_str(j, "stopReason", "endTurn");
    return j;
}
