/* A request as clients of chat completions send it. */
#include <string.h>

#include "llm/chat/chat_priv.h"
#include "llm/turn/asked.h"

/* Text of a content that is a string or parts. */
static void read_text(struct buf *out, const cJSON *content, const char *between)
{
    const cJSON *part;
    if (cJSON_IsString(content))
        buf_adds(out, content->valuestring);
    if (!cJSON_IsArray(content))
        return;
    cJSON_ArrayForEach(part, content)
    {
        const char *text = json_str(part, "text", json_str(part, "refusal", ""));
        if (*text && out->len)
            buf_adds(out, between);
        buf_adds(out, text);
    }
}

static void read_file(struct asked *a, struct asked_message *m, const cJSON *file)
{
    const char *name = json_str(file, "filename", NULL);
    const char *data = json_str(file, "file_data", NULL);
    if (data)
        asked_show_url(a, m, LLM_PART_FILE, data, name);
    else
        asked_say(m, "(a file that lies with another provider)", "\n\n");
}

static void read_part(struct asked *a, struct asked_message *m, const cJSON *part)
{
    const char *type = json_str(part, "type", "text");
    const cJSON *image = json_get(part, "image_url");
    if (strcmp(type, "text") == 0)
        asked_say(m, json_str(part, "text", ""), "\n\n");
    else if (strcmp(type, "image_url") == 0)
        asked_show_url(a, m, LLM_PART_IMAGE,
                       cJSON_IsString(image) ? image->valuestring : json_str(image, "url", ""),
                       NULL);
    else if (strcmp(type, "file") == 0)
        read_file(a, m, json_get(part, "file"));
    else
        asked_note(a, "a part of the type \"%s\"", type);
}

static void read_user(struct asked *a, const cJSON *content)
{
    const cJSON *part;
    struct asked_message *m = asked_user(a);
    if (cJSON_IsString(content))
        asked_say(m, content->valuestring, "\n\n");
    if (cJSON_IsArray(content))
        cJSON_ArrayForEach(part, content) read_part(a, m, part);
}

/* A sealed word stands where OpenRouter has what is encrypted. */
static void read_reasoning(struct asked_message *m, const cJSON *j)
{
    const cJSON *detail;
    cJSON_ArrayForEach(detail, json_get(j, "reasoning_details"))
        asked_reason(m, json_str(j, "reasoning_content", NULL), json_str(detail, "data", NULL));
}

static void read_assistant(struct asked *a, const cJSON *j)
{
    AUTO(buf) text = {0};
    struct asked_message *m = asked_assistant(a);
    const cJSON *call, *old = json_get(j, "function_call");
    read_text(&text, json_get(j, "content"), "");
    asked_say(m, buf_cstr(&text), "\n\n");
    asked_say(m, json_str(j, "refusal", ""), "\n\n");
    read_reasoning(m, j);
    cJSON_ArrayForEach(call, json_get(j, "tool_calls"))
    {
        const cJSON *f = json_get(call, "function");
        asked_call(a, m, json_str(call, "id", ""), json_str(f, "name", ""), NULL,
                   json_str(f, "arguments", ""));
    }
    if (cJSON_IsObject(old)) /* before there were ids */
        asked_call(a, m, json_str(old, "name", ""), json_str(old, "name", ""), NULL,
                   json_str(old, "arguments", ""));
}

static void read_result(struct asked *a, const cJSON *j, const char *id)
{
    AUTO(buf) text = {0};
    const cJSON *part, *content = json_get(j, "content");
    struct asked_message *m = asked_result(a, id);
    read_text(&text, content, "\n");
    asked_say(m, buf_cstr(&text), "");
    if (cJSON_IsArray(content))
        cJSON_ArrayForEach(part, content) if (json_get(part, "image_url")) read_part(a, m, part);
}

static bool read_message(struct asked *a, const cJSON *j, struct error *e)
{
    const char *role = json_str(j, "role", "");
    if (strcmp(role, "system") == 0 || strcmp(role, "developer") == 0) {
        AUTO(buf) text = {0};
        read_text(&text, json_get(j, "content"), "\n\n");
        asked_system(a, buf_cstr(&text));
    } else if (strcmp(role, "user") == 0) {
        read_user(a, json_get(j, "content"));
    } else if (strcmp(role, "assistant") == 0) {
        read_assistant(a, j);
    } else if (strcmp(role, "tool") == 0) {
        read_result(a, j, json_str(j, "tool_call_id", ""));
    } else if (strcmp(role, "function") == 0) {
        read_result(a, j, json_str(j, "name", ""));
    } else {
        return error_set(e, ERR_PARSE, "messages: there is no role \"%.40s\"", role);
    }
    return true;
}

static void read_tools(struct asked *a, const cJSON *body)
{
    const cJSON *t;
    cJSON_ArrayForEach(t, json_get(body, "tools"))
    {
        const cJSON *f = json_get(t, "function");
        if (cJSON_IsObject(f))
            asked_offer(a, json_str(f, "name", ""), NULL, json_str(f, "description", ""),
                        json_get(f, "parameters"));
        else
            asked_note(a, "a tool of the type \"%s\"", json_str(t, "type", "?"));
    }
    cJSON_ArrayForEach(t, json_get(body, "functions"))
        asked_offer(a, json_str(t, "name", ""), NULL, json_str(t, "description", ""),
                    json_get(t, "parameters"));
    const cJSON *choice = json_get(body, "tool_choice");
    if (cJSON_IsString(choice))
        asked_choice(a, choice->valuestring, NULL);
    else if (cJSON_IsObject(json_get(choice, "function")))
        asked_choice(a, NULL, json_str(json_get(choice, "function"), "name", ""));
}

static void read_params(struct asked *a, const cJSON *body)
{
    static const char *const names[] = {"temperature",
                                        "top_p",
                                        "top_k",
                                        "min_p",
                                        "seed",
                                        "presence_penalty",
                                        "frequency_penalty",
                                        "response_format",
                                        "parallel_tool_calls",
                                        "verbosity",
                                        "logit_bias"};
    static const char *const limits[] = {"max_completion_tokens", "max_tokens"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        asked_param(a, body, names[i], names[i]);
    for (size_t i = 0; i < COUNT_OF(limits) && !a->limit; i++)
        a->limit = json_int(body, limits[i], 0);
    asked_stop(a, json_get(body, "stop"));
    a->effort = mem_strdup(
        json_str(body, "reasoning_effort", json_str(json_get(body, "reasoning"), "effort", NULL)));
    a->session = mem_strdup(json_str(body, "prompt_cache_key", NULL));
    a->usage = json_bool(json_get(body, "stream_options"), "include_usage", false);
}

bool chat_asked(struct asked *a, const cJSON *body, struct error *e)
{
    const cJSON *m, *messages = json_get(body, "messages");
    if (!cJSON_IsArray(messages))
        return error_set(e, ERR_PARSE, "messages: a list is needed");
    if (json_int(body, "n", 1) != 1)
        return error_set(e, ERR_PARSE, "n: this model gives one answer at a time");
    cJSON_ArrayForEach(m, messages) if (!read_message(a, m, e)) return false;
    read_tools(a, body);
    read_params(a, body);
    return true;
}
