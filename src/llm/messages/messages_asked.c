/* A request as Anthropic's clients send it. */
#include <string.h>
#include <strings.h>

#include "llm/messages/messages_priv.h"
#include "llm/turn/asked.h"

/* Claude Code's line for its biller: other in each session, so that no server's cache would hold.
 */
#define BILLING "x-anthropic-billing-header"

static void read_system(struct asked *a, const cJSON *system)
{
    const cJSON *block;
    if (cJSON_IsString(system))
        asked_system(a, system->valuestring);
    if (cJSON_IsArray(system))
        cJSON_ArrayForEach(block, system)
        {
            const char *text = json_str(block, "text", "");
            if (strncmp(text, BILLING, strlen(BILLING)) != 0)
                asked_system(a, text);
        }
}

/* Text of a message of the system's: a string or blocks. */
static void read_late_system(struct asked *a, const cJSON *content)
{
    AUTO(buf) all = {0};
    const cJSON *block;
    if (cJSON_IsString(content))
        buf_adds(&all, content->valuestring);
    if (cJSON_IsArray(content))
        cJSON_ArrayForEach(block, content)
            buf_addf(&all, "%s%s", all.len ? "\n\n" : "", json_str(block, "text", ""));
    asked_system(a, buf_cstr(&all));
}

static void read_source(struct asked *a, struct asked_message *m, const cJSON *block)
{
    const cJSON *source = json_get(block, "source");
    const char *type = json_str(source, "type", "");
    bool image = strcmp(json_str(block, "type", ""), "image") == 0;
    enum llm_part_kind kind = image ? LLM_PART_IMAGE : LLM_PART_FILE;
    const char *name = json_str(block, "title", NULL);
    if (strcmp(type, "base64") == 0) {
        asked_show(a, m, kind,
                   json_str(source, "media_type", image ? "image/png" : "application/pdf"),
                   json_str(source, "data", ""), name);
    } else if (strcmp(type, "url") == 0) {
        asked_show_url(a, m, kind, json_str(source, "url", ""), name);
    } else if (strcmp(type, "text") == 0) {
        asked_say(m, json_str(source, "data", ""), "\n\n");
    } else {
        asked_say(m,
                  image ? "(an image that lies with another provider)"
                        : "(a document that lies with another provider)",
                  "\n\n");
        asked_note(a, "the source \"%s\" of %s", type, image ? "an image" : "a document");
    }
}

/* Never nothing: a block that nobody knows is at least named. */
static void read_result_block(struct asked *a, struct asked_message *m, const cJSON *block)
{
    const char *type = json_str(block, "type", "");
    if (strcmp(type, "text") == 0) {
        asked_say(m, json_str(block, "text", ""), "\n");
    } else if (strcmp(type, "image") == 0 || strcmp(type, "document") == 0) {
        asked_say(
            m, strcmp(type, "image") == 0 ? "(an image, shown below)" : "(a document, shown below)",
            "\n");
        read_source(a, m, block);
    } else if (strcmp(type, "tool_reference") == 0) {
        AUTO_FREE char *line =
            mem_printf("(the tool %s is available)", json_str(block, "tool_name", "?"));
        asked_say(m, line, "\n");
    } else {
        AUTO_FREE char *printed = json_print(block);
        asked_say(m, printed, "\n");
    }
}

static void read_result(struct asked *a, const cJSON *block)
{
    const cJSON *content = json_get(block, "content"), *one;
    struct asked_message *m = asked_result(a, json_str(block, "tool_use_id", ""));
    if (json_bool(block, "is_error", false))
        asked_say(m, "Error: ", "");
    if (cJSON_IsString(content))
        asked_say(m, content->valuestring, "");
    else if (cJSON_IsArray(content))
        cJSON_ArrayForEach(one, content) read_result_block(a, m, one);
    if (!m->text.len)
        asked_say(m, "(no output)", "");
}

/* What the client itself reminds of beside a result belongs to the result: as a user's word of its
 * own it would make most templates forget the reasoning of the loop that runs. */
static bool read_is_reminder(const struct asked *a, const char *text)
{
    const struct asked_message *last =
        a->messages.len ? a->messages.ptr[a->messages.len - 1] : NULL;
    return last && last->role == LLM_TOOL && strncmp(text, "<system-reminder>", 17) == 0;
}

static void read_user_block(struct asked *a, const cJSON *block)
{
    const char *type = json_str(block, "type", ""), *text = json_str(block, "text", "");
    if (strcmp(type, "tool_result") == 0)
        read_result(a, block);
    else if (strcmp(type, "text") == 0 && read_is_reminder(a, text))
        asked_say(a->messages.ptr[a->messages.len - 1], text, "\n\n");
    else if (strcmp(type, "text") == 0)
        asked_say(asked_user(a), text, "\n\n");
    else if (strcmp(type, "image") == 0 || strcmp(type, "document") == 0)
        read_source(a, asked_user(a), block);
    else if (*type)
        asked_note(a, "a block of the type \"%s\" in a user's message", type);
}

static void read_assistant_block(struct asked *a, struct asked_message *m, const cJSON *block)
{
    const char *type = json_str(block, "type", "");
    if (strcmp(type, "text") == 0) {
        asked_say(m, json_str(block, "text", ""), "\n\n");
    } else if (strcmp(type, "thinking") == 0) {
        asked_reason(m, json_str(block, "thinking", ""), json_str(block, "signature", NULL));
    } else if (strcmp(type, "redacted_thinking") == 0) {
        asked_reason(m, NULL, json_str(block, "data", NULL));
    } else if (strcmp(type, "tool_use") == 0) {
        const cJSON *input = json_get(block, "input");
        AUTO_FREE char *args = cJSON_IsObject(input) ? json_print(input) : NULL;
        asked_call(a, m, json_str(block, "id", ""), json_str(block, "name", ""), NULL, args);
    } else if (*type) {
        asked_note(a, "a block of the type \"%s\" in an assistant's message", type);
    }
}

static bool read_message(struct asked *a, const cJSON *m, struct error *e)
{
    const char *role = json_str(m, "role", "");
    const cJSON *content = json_get(m, "content"), *block;
    bool assistant = strcmp(role, "assistant") == 0;
    if (strcmp(role, "system") == 0) {
        read_late_system(a, content);
        return true;
    }
    if (!assistant && strcmp(role, "user") != 0)
        return error_set(e, ERR_PARSE, "messages: there is no role \"%.40s\"", role);
    struct asked_message *to = assistant ? asked_assistant(a) : NULL;
    if (cJSON_IsString(content))
        asked_say(assistant ? to : asked_user(a), content->valuestring, "\n\n");
    else if (cJSON_IsArray(content))
        cJSON_ArrayForEach(block, content)
        {
            if (assistant)
                read_assistant_block(a, to, block);
            else
                read_user_block(a, block);
        }
    return true;
}

static void read_tools(struct asked *a, const cJSON *tools)
{
    const cJSON *t;
    cJSON_ArrayForEach(t, tools)
    {
        const char *name = json_str(t, "name", ""), *type = json_str(t, "type", "custom");
        if (!cJSON_IsObject(json_get(t, "input_schema")))
            asked_note(a, "the tool \"%s\" (%s), which Anthropic's own server runs", name, type);
        else
            asked_offer(a, name, NULL, json_str(t, "description", ""), json_get(t, "input_schema"));
    }
}

static void read_choice(struct asked *a, const cJSON *choice)
{
    static const char *const words[][2] = {{"auto", "auto"}, {"any", "required"}, {"none", "none"}};
    const char *type = json_str(choice, "type", "");
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(type, words[i][0]) == 0)
            asked_choice(a, words[i][1], NULL);
    if (strcmp(type, "tool") == 0)
        asked_choice(a, NULL, json_str(choice, "name", ""));
    if (json_bool(choice, "disable_parallel_tool_use", false)) {
        AUTO_JSON *no = cJSON_CreateObject();
        json_add_bool(no, "no", false);
        asked_param(a, no, "no", "parallel_tool_calls");
    }
}

/* How hard to think. What is not asked for is not said. */
static const char *read_effort(const cJSON *body)
{
    const cJSON *thinking = json_get(body, "thinking");
    const char *type = json_str(thinking, "type", "");
    int64_t budget = json_int(thinking, "budget_tokens", 0);
    if (strcmp(type, "disabled") == 0)
        return "none";
    if (strcmp(type, "enabled") == 0)
        return budget < 4096 ? "low" : budget < 16384 ? "medium" : "high";
    return *type ? json_str(json_get(body, "output_config"), "effort", NULL) : NULL;
}

/* metadata.user_id of Claude Code is the text of an object. */
static char *read_session(const cJSON *body)
{
    const char *user = json_str(json_get(body, "metadata"), "user_id", NULL);
    AUTO_JSON *inner = user ? json_parse(user, strlen(user), NULL) : NULL;
    const char *session = json_str(inner, "session_id", NULL);
    const char *behind = user ? strstr(user, "session_") : NULL;
    return mem_strdup(session ? session : behind);
}

bool messages_asked(struct asked *a, const cJSON *body, struct error *e)
{
    const cJSON *m, *messages = json_get(body, "messages");
    const cJSON *schema = json_get(json_get(json_get(body, "output_config"), "format"), "schema");
    if (!cJSON_IsArray(messages))
        return error_set(e, ERR_PARSE, "messages: a list is needed");
    read_system(a, json_get(body, "system"));
    cJSON_ArrayForEach(m, messages) if (!read_message(a, m, e)) return false;
    read_tools(a, json_get(body, "tools"));
    read_choice(a, json_get(body, "tool_choice"));
    asked_param(a, body, "temperature", "temperature");
    asked_param(a, body, "top_p", "top_p");
    asked_param(a, body, "top_k", "top_k");
    asked_stop(a, json_get(body, "stop_sequences"));
    if (schema)
        asked_format(a, NULL, schema, NULL);
    a->limit = json_int(body, "max_tokens", 0);
    a->effort = mem_strdup(read_effort(body));
    a->session = read_session(body);
    return true;
}
