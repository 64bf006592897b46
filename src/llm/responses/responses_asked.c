/* A request as clients of Responses send it. */
#include <string.h>

#include "llm/responses/responses_priv.h"
#include "llm/turn/asked.h"

/* Reasoning stands before what it led to: it waits for that message. */
struct reading {
    struct asked *a;
    const cJSON *thought[16];
    size_t thoughts;
};

static char *read_joined(const cJSON *list)
{
    AUTO(buf) all = {0};
    const cJSON *part;
    cJSON_ArrayForEach(part, list)
    {
        const char *text = json_str(part, "text", json_str(part, "refusal", ""));
        buf_addf(&all, "%s%s", all.len && *text ? "\n\n" : "", text);
    }
    return buf_take(&all);
}

static struct asked_message *read_assistant(struct reading *r)
{
    struct asked_message *m = asked_assistant(r->a);
    for (size_t i = 0; i < r->thoughts; i++) {
        const cJSON *j = r->thought[i];
        AUTO_FREE char *words = read_joined(json_get(j, "summary"));
        asked_reason(m, words, json_str(j, "encrypted_content", NULL));
    }
    r->thoughts = 0;
    return m;
}

static void read_part(struct asked *a, struct asked_message *m, const cJSON *part)
{
    const char *type = json_str(part, "type", "input_text");
    const cJSON *image = json_get(part, "image_url");
    if (json_str(part, "text", NULL))
        asked_say(m, json_str(part, "text", ""), "\n\n");
    else if (strcmp(type, "input_image") == 0 && cJSON_IsString(image))
        asked_show_url(a, m, LLM_PART_IMAGE, image->valuestring, NULL);
    else if (strcmp(type, "input_file") == 0 && json_str(part, "file_data", NULL))
        asked_show_url(a, m, LLM_PART_FILE, json_str(part, "file_data", ""),
                       json_str(part, "filename", NULL));
    else if (strcmp(type, "input_file") == 0 && json_str(part, "file_url", NULL))
        asked_show_url(a, m, LLM_PART_FILE, json_str(part, "file_url", ""), NULL);
    else if (strcmp(type, "refusal") == 0)
        asked_say(m, json_str(part, "refusal", ""), "\n\n");
    else {
        asked_say(m, "(a file that lies with another provider)", "\n\n");
        asked_note(a, "a part of the type \"%s\"", type);
    }
}

static void read_content(struct asked *a, struct asked_message *m, const cJSON *content)
{
    const cJSON *part;
    if (cJSON_IsString(content))
        asked_say(m, content->valuestring, "\n\n");
    if (cJSON_IsArray(content))
        cJSON_ArrayForEach(part, content) read_part(a, m, part);
}

static bool read_message(struct reading *r, const cJSON *j, struct error *e)
{
    const char *role = json_str(j, "role", "");
    const cJSON *content = json_get(j, "content");
    if (strcmp(role, "user") == 0) {
        read_content(r->a, asked_user(r->a), content);
    } else if (strcmp(role, "assistant") == 0) {
        read_content(r->a, read_assistant(r), content);
    } else if (strcmp(role, "system") == 0 || strcmp(role, "developer") == 0) {
        AUTO_FREE char *text =
            cJSON_IsString(content) ? mem_strdup(content->valuestring) : read_joined(content);
        asked_system(r->a, text);
    } else {
        return error_set(e, ERR_PARSE, "input: there is no role \"%.40s\"", role);
    }
    return true;
}

static void read_call(struct reading *r, const cJSON *j)
{
    bool custom = strcmp(json_str(j, "type", ""), "custom_tool_call") == 0;
    AUTO_JSON *wrapped = custom ? cJSON_CreateObject() : NULL;
    json_add_str(wrapped, "input", custom ? json_str(j, "input", "") : NULL);
    AUTO_FREE char *args = custom ? json_print(wrapped) : NULL;
    asked_call(r->a, read_assistant(r), json_str(j, "call_id", ""), json_str(j, "name", ""),
               json_str(j, "namespace", NULL), args ? args : json_str(j, "arguments", ""));
}

static void read_output(struct asked *a, const cJSON *j)
{
    struct asked_message *m = asked_result(a, json_str(j, "call_id", ""));
    const cJSON *output = json_get(j, "output");
    read_content(a, m, output);
    if (cJSON_IsObject(output)) {
        AUTO_FREE char *text = json_print(output);
        asked_say(m, json_str(output, "content", text), "");
    }
}

static bool read_item(struct reading *r, const cJSON *j, struct error *e)
{
    const char *type = json_str(j, "type", "message");
    if (strcmp(type, "message") == 0)
        return read_message(r, j, e);
    if (strcmp(type, "item_reference") == 0)
        return error_set(e, ERR_PARSE,
                         "input: an item_reference means what a server stored; this model's server "
                         "stores nothing, so send the items themselves (store: false)");
    if (strcmp(type, "reasoning") == 0) {
        if (r->thoughts < COUNT_OF(r->thought))
            r->thought[r->thoughts++] = j;
    } else if (strcmp(type, "function_call") == 0 || strcmp(type, "custom_tool_call") == 0) {
        read_call(r, j);
    } else if (strcmp(type, "function_call_output") == 0 ||
               strcmp(type, "custom_tool_call_output") == 0) {
        read_output(r->a, j);
    } else {
        asked_note(r->a, "an item of the type \"%s\"", type);
    }
    return true;
}

/* ---- tools and parameters ---- */

static void read_function(struct asked *a, const cJSON *t, const char *space)
{
    const cJSON *f = json_get(t, "function"); /* some send chat's form */
    f = cJSON_IsObject(f) ? f : t;
    asked_offer(a, json_str(f, "name", ""), space, json_str(f, "description", ""),
                json_get(f, "parameters"));
}

static void read_tool(struct asked *a, const cJSON *t)
{
    const char *type = json_str(t, "type", "");
    const cJSON *inner;
    if (strcmp(type, "function") == 0)
        read_function(a, t, NULL);
    else if (strcmp(type, "custom") == 0)
        asked_offer_custom(a, t);
    else if (strcmp(type, "namespace") == 0)
        cJSON_ArrayForEach(inner, json_get(t, "tools"))
            read_function(a, inner, json_str(t, "name", ""));
    else
        asked_note(a, "the tool \"%s\", which has no form for this model's server", type);
}

static void read_choice(struct asked *a, const cJSON *choice)
{
    const char *type = json_str(choice, "type", "");
    const char *name =
        json_str(choice, "name", json_str(json_get(choice, "function"), "name", NULL));
    if (cJSON_IsString(choice))
        asked_choice(a, choice->valuestring, NULL);
    else if (name && (strcmp(type, "function") == 0 || strcmp(type, "custom") == 0))
        asked_choice(a, NULL, name);
}

static void read_params(struct asked *a, const cJSON *body)
{
    const cJSON *text = json_get(body, "text"), *format = json_get(text, "format");
    const char *kind = json_str(format, "type", "text");
    asked_param(a, body, "temperature", "temperature");
    asked_param(a, body, "top_p", "top_p");
    asked_param(a, body, "parallel_tool_calls", "parallel_tool_calls");
    if (strcmp(kind, "json_schema") == 0)
        asked_format(a, json_str(format, "name", NULL), json_get(format, "schema"),
                     json_get(format, "strict"));
    else if (strcmp(kind, "json_object") == 0)
        asked_param(a, text, "format", "response_format");
    a->limit = json_int(body, "max_output_tokens", 0);
    a->effort = mem_strdup(json_str(json_get(body, "reasoning"), "effort", NULL));
    a->session = mem_strdup(json_str(body, "prompt_cache_key", NULL));
}

/* What only a server that stores answers can do. */
static bool read_stateless(const cJSON *body, struct error *e)
{
    static const char *const stored[] = {"previous_response_id", "conversation", "background"};
    for (size_t i = 0; i < COUNT_OF(stored); i++) {
        const cJSON *v = json_get(body, stored[i]);
        if (v && !cJSON_IsNull(v) && !cJSON_IsFalse(v))
            return error_set(e, ERR_PARSE,
                             "%s: this model's server stores no answers; send the whole input",
                             stored[i]);
    }
    return true;
}

bool responses_asked(struct asked *a, const cJSON *body, struct error *e)
{
    struct reading r = {.a = a};
    const cJSON *input = json_get(body, "input"), *one;
    if (!read_stateless(body, e))
        return false;
    asked_system(a, json_str(body, "instructions", NULL));
    if (cJSON_IsString(input))
        asked_say(asked_user(a), input->valuestring, "");
    else if (!cJSON_IsArray(input))
        return error_set(e, ERR_PARSE, "input: a text or a list of items is needed");
    else
        cJSON_ArrayForEach(one, input) if (!read_item(&r, one, e)) return false;
    cJSON_ArrayForEach(one, json_get(body, "tools")) read_tool(a, one);
    read_choice(a, json_get(body, "tool_choice"));
    read_params(a, body);
    return true;
}
