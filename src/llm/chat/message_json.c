#include "llm/chat/message_json.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "llm/args.h"
#include "llm/models/models.h"

static void message_json_string(struct buf *out, const char *s)
{
    buf_add_json_str(out, s ? s : "", s ? strlen(s) : 0);
}

static bool message_json_is_id9(const char *id)
{
    size_t n = 0;
    while (isalnum((unsigned char)id[n]))
        n++;
    return n == 9 && id[9] == '\0';
}

/* The same id always becomes the same nine characters, in calls and in results. */
static void message_json_id(struct buf *out, const char *id, bool ids9)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (!ids9 || message_json_is_id9(id)) {
        message_json_string(out, id);
        return;
    }
    uint64_t h = UINT64_C(14695981039346656037);
    for (const char *p = id; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
    buf_addc(out, '"');
    for (int i = 0; i < 9; i++, h /= 62)
        buf_addc(out, digits[h % 62]);
    buf_addc(out, '"');
}

/* What the tool ran with: the exact bytes if they are JSON for any server, else what was made of
 * them. */
static void message_json_args(struct buf *out, const char *args)
{
    if (args && args_is_exact(args, strlen(args))) {
        message_json_string(out, args);
        return;
    }
    AUTO_JSON *j = args_parse(args, LLM_FINISH_TOOLS, NULL, NULL);
    AUTO_FREE char *text = j ? json_print(j) : mem_strdup("{}");
    message_json_string(out, text);
}

static void message_json_members(struct buf *out, const cJSON *from, const char *const *skip)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, from)
    {
        bool known = false;
        for (const char *const *s = skip; *s && !known; s++)
            known = strcmp(*s, m->string) == 0;
        if (known)
            continue;
        buf_addc(out, ',');
        message_json_string(out, m->string);
        buf_addc(out, ':');
        json_write(out, m);
    }
}

static const cJSON *message_json_raw_call(const cJSON *raw, const char *id)
{
    const cJSON *c;
    cJSON_ArrayForEach(c, json_get(raw, "tool_calls")) if (strcmp(json_str(c, "id", ""), id) ==
                                                           0) return c;
    return NULL;
}

static void message_json_calls(struct buf *out, const struct llm_message *m, const cJSON *raw,
                               bool ids9)
{
    static const char *const entry_own[] = {"id", "type", "function", NULL};
    static const char *const function_own[] = {"name", "arguments", NULL};
    if (!m->call_count)
        return;
    buf_adds(out, ",\"tool_calls\":[");
    for (size_t i = 0; i < m->call_count; i++) {
        const struct llm_tool_call *c = &m->calls[i];
        const cJSON *from = message_json_raw_call(raw, c->id);
        buf_adds(out, i ? ",{\"id\":" : "{\"id\":");
        message_json_id(out, c->id, ids9);
        buf_adds(out, ",\"type\":\"function\",\"function\":{\"name\":");
        message_json_string(out, c->name);
        buf_adds(out, ",\"arguments\":");
        message_json_args(out, c->args);
        message_json_members(out, json_get(from, "function"), function_own);
        buf_addc(out, '}');
        message_json_members(out, from, entry_own);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

static void message_json_assistant(struct buf *out, const struct llm_message *m, const char *model,
                                   bool ids9)
{
    /* Reasoning goes back with calls only: DeepSeek demands it there, others bill the rest. */
    static const char *const own_with_calls[] = {"role",          "content",  "tool_calls",
                                                 "function_call", "playbook", NULL};
    static const char *const own[] = {"role",     "content",   "tool_calls",        "function_call",
                                      "playbook", "reasoning", "reasoning_content", NULL};
    bool same = m->raw && m->raw_model && strcmp(m->raw_model, model) == 0;
    AUTO_JSON *raw = same ? json_parse(m->raw, strlen(m->raw), NULL) : NULL;
    const cJSON *content = json_get(raw, "content");
    buf_adds(out, "{\"role\":\"assistant\",\"content\":");
    if (cJSON_IsArray(content))
        json_write(out, content);
    else if (cJSON_IsString(content) && *content->valuestring)
        message_json_string(out, content->valuestring);
    else if (m->text && *m->text)
        message_json_string(out, m->text);
    else
        buf_adds(out, m->call_count ? "null" : "\"\"");
    message_json_members(out, raw, m->call_count ? own_with_calls : own);
    message_json_calls(out, m, raw, ids9);
    buf_addc(out, '}');
}

void message_json_add(struct buf *out, const struct llm_message *m, const struct model *model,
                      bool ids9)
{
    if (m->role == LLM_ASSISTANT) {
        message_json_assistant(out, m, model->name, ids9);
        return;
    }
    buf_addf(out, "{\"role\":\"%s\",",
             m->role == LLM_SYSTEM ? "system"
             : m->role == LLM_TOOL ? "tool"
                                   : "user");
    if (m->role == LLM_TOOL) {
        buf_adds(out, "\"tool_call_id\":");
        message_json_id(out, m->call_id ? m->call_id : "", ids9);
        buf_addc(out, ',');
    }
    buf_adds(out, "\"content\":");
    message_json_string(out, m->text);
    buf_addc(out, '}');
}
