/* A request as Google's clients send it. */
#include <ctype.h>
#include <string.h>

#include "llm/gemini/gemini_priv.h"
#include "llm/turn/asked.h"

/* Calls may have no ids: they are numbered, and responses find theirs by its name. */
struct reading {
    struct asked *a;
    int64_t calls;
    struct buf thought; /* words of it so far: their seal comes last */
    VEC(char *) names;  /* of calls without an id that wait for a response: "NAME\0ID" */
};

static char *read_numbered(struct reading *r)
{
    return mem_printf("call_%lld", (long long)++r->calls);
}

static void read_call(struct reading *r, struct asked_message *m, const cJSON *part,
                      const cJSON *call)
{
    const char *name = json_str(call, "name", ""), *given = json_str(call, "id", NULL);
    const cJSON *args = json_get(call, "args");
    AUTO_FREE char *made = given ? NULL : read_numbered(r);
    AUTO_FREE char *text = cJSON_IsObject(args) ? json_print(args) : NULL;
    asked_reason(m, NULL, json_str(part, "thoughtSignature", NULL));
    asked_call(r->a, m, given ? given : made, name, NULL, text);
    if (given)
        return;
    size_t n = strlen(name);
    char *both = mem_printf("%s %s", name, made);
    both[n] = '\0';
    VEC_PUSH(&r->names, both);
}

/* The oldest call of that name that nothing answered yet. */
static char *read_waiting(struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->names.len; i++) {
        char *both = r->names.ptr[i];
        if (!both || strcmp(both, name) != 0)
            continue;
        char *id = mem_strdup(both + strlen(both) + 1);
        free(both);
        r->names.ptr[i] = NULL;
        return id;
    }
    return mem_strdup("");
}

static void read_response(struct reading *r, const cJSON *response)
{
    const cJSON *body = json_get(response, "response"), *part;
    const char *name = json_str(response, "name", ""), *given = json_str(response, "id", NULL);
    AUTO_FREE char *id = given ? mem_strdup(given) : read_waiting(r, name);
    struct asked_message *m = asked_result(r->a, id);
    const char *output = json_str(body, "output", json_str(body, "content", NULL));
    const char *error = json_str(body, "error", NULL);
    AUTO_FREE char *printed = cJSON_IsObject(body) && body->child ? json_print(body) : NULL;
    if (error)
        asked_say(m, "Error: ", "");
    asked_say(m, error ? error : output ? output : printed, "");
    cJSON_ArrayForEach(part, json_get(response, "parts"))
    {
        const cJSON *data = json_get(part, "inlineData");
        if (data)
            asked_show(r->a, m, LLM_PART_IMAGE, json_str(data, "mimeType", "image/png"),
                       json_str(data, "data", ""), NULL);
    }
}

static void read_media(struct asked *a, struct asked_message *m, const cJSON *data,
                       const cJSON *file)
{
    const char *type = json_str(data ? data : file, "mimeType", "");
    enum llm_part_kind kind = strncmp(type, "image/", 6) == 0 ? LLM_PART_IMAGE : LLM_PART_FILE;
    if (data)
        asked_show(a, m, kind, type, json_str(data, "data", ""),
                   json_str(data, "displayName", NULL));
    else
        asked_show_url(a, m, kind, json_str(file, "fileUri", ""), NULL);
}

static void read_thought(struct reading *r, struct asked_message *m, const char *text,
                         const char *seal)
{
    buf_adds(&r->thought, text);
    if (!seal)
        return;
    asked_reason(m, buf_cstr(&r->thought), seal);
    buf_clear(&r->thought);
}

static void read_part(struct reading *r, const cJSON *part, bool model)
{
    const cJSON *call = json_get(part, "functionCall"), *data = json_get(part, "inlineData");
    const cJSON *response = json_get(part, "functionResponse"), *file = json_get(part, "fileData");
    const char *text = json_str(part, "text", NULL);
    if (cJSON_IsObject(response)) {
        read_response(r, response);
        return;
    }
    struct asked_message *m = model ? asked_assistant(r->a) : asked_user(r->a);
    if (cJSON_IsObject(call))
        read_call(r, m, part, call);
    else if (data || file)
        read_media(r->a, m, data, file);
    else if (text && json_bool(part, "thought", false))
        read_thought(r, m, text, json_str(part, "thoughtSignature", NULL));
    else if (text && model && *text == '\0')
        asked_reason(m, NULL, json_str(part, "thoughtSignature", NULL));
    else if (text)
        asked_say(m, text, model ? "" : "\n\n");
    else
        asked_note(r->a, "a part that is neither text, call, response nor file");
}

/* ---- tools and parameters ---- */

/* The older spelling of a schema has its types in capitals. */
static void read_lower_types(cJSON *schema)
{
    cJSON *type = cJSON_GetObjectItemCaseSensitive(schema, "type");
    if (cJSON_IsString(type))
        for (char *p = type->valuestring; *p; p++)
            *p = (char)tolower((unsigned char)*p);
    for (cJSON *m = schema ? schema->child : NULL; m; m = m->next)
        read_lower_types(m);
}

static void read_tools(struct asked *a, const cJSON *tools)
{
    const cJSON *t, *f;
    cJSON_ArrayForEach(t, tools)
    {
        const cJSON *list = json_get(t, "functionDeclarations");
        if (!list && t->child)
            asked_note(a, "the tool \"%s\", which Google's own server runs", t->child->string);
        cJSON_ArrayForEach(f, list)
        {
            const cJSON *plain = json_get(f, "parametersJsonSchema");
            AUTO_JSON *older = plain ? NULL : cJSON_Duplicate(json_get(f, "parameters"), true);
            read_lower_types(older);
            asked_offer(a, json_str(f, "name", ""), NULL, json_str(f, "description", ""),
                        plain ? plain : older);
        }
    }
}

static void read_choice(struct asked *a, const cJSON *config)
{
    const char *mode = json_str(config, "mode", "");
    const cJSON *names = json_get(config, "allowedFunctionNames");
    bool any = strcmp(mode, "ANY") == 0;
    if (any && cJSON_GetArraySize(names) == 1 && cJSON_IsString(names->child))
        asked_choice(a, NULL, names->child->valuestring);
    else if (any)
        asked_choice(a, "required", NULL);
    else if (strcmp(mode, "NONE") == 0)
        asked_choice(a, "none", NULL);
}

static const char *read_effort(const cJSON *thinking)
{
    static const char *const levels[][2] = {
        {"MINIMAL", "minimal"}, {"LOW", "low"}, {"MEDIUM", "medium"}, {"HIGH", "high"}};
    const char *level = json_str(thinking, "thinkingLevel", "");
    const cJSON *budget = json_get(thinking, "thinkingBudget");
    for (size_t i = 0; i < COUNT_OF(levels); i++)
        if (strcmp(level, levels[i][0]) == 0)
            return levels[i][1];
    if (!cJSON_IsNumber(budget) || budget->valuedouble < 0)
        return NULL; /* as much as it likes */
    return budget->valuedouble < 1         ? "none"
           : budget->valuedouble < 4096    ? "low"
           : budget->valuedouble < 16384.0 ? "medium"
                                           : "high";
}

static void read_params(struct asked *a, const cJSON *config)
{
    static const char *const names[][2] = {{"temperature", "temperature"},
                                           {"topP", "top_p"},
                                           {"topK", "top_k"},
                                           {"seed", "seed"},
                                           {"presencePenalty", "presence_penalty"},
                                           {"frequencyPenalty", "frequency_penalty"}};
    const cJSON *schema = json_get(config, "responseJsonSchema");
    AUTO_JSON *older = schema ? NULL : cJSON_Duplicate(json_get(config, "responseSchema"), true);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        asked_param(a, config, names[i][0], names[i][1]);
    read_lower_types(older);
    if (schema || older)
        asked_format(a, NULL, schema ? schema : older, NULL);
    asked_stop(a, json_get(config, "stopSequences"));
    a->limit = json_int(config, "maxOutputTokens", 0);
    a->effort = mem_strdup(read_effort(json_get(config, "thinkingConfig")));
}

static void read_system(struct asked *a, const cJSON *system)
{
    const cJSON *part;
    if (cJSON_IsString(system))
        asked_system(a, system->valuestring);
    cJSON_ArrayForEach(part, json_get(system, "parts")) asked_system(a, json_str(part, "text", ""));
}

bool gemini_asked(struct asked *a, const cJSON *body, struct error *e)
{
    struct reading r = {.a = a};
    const cJSON *contents = json_get(body, "contents"), *one, *part;
    if (!cJSON_IsArray(contents))
        return error_set(e, ERR_PARSE, "contents: a list is needed");
    read_system(a, json_get(body, "systemInstruction"));
    cJSON_ArrayForEach(one, contents)
    {
        bool model = strcmp(json_str(one, "role", "user"), "model") == 0;
        cJSON_ArrayForEach(part, json_get(one, "parts")) read_part(&r, part, model);
    }
    buf_fini(&r.thought);
    for (size_t i = 0; i < r.names.len; i++)
        free(r.names.ptr[i]);
    VEC_FREE(&r.names);
    read_tools(a, json_get(body, "tools"));
    read_choice(a, json_get(json_get(body, "toolConfig"), "functionCallingConfig"));
    read_params(a, json_get(body, "generationConfig"));
    return true;
}
