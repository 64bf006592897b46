#include "acp/question.h"

#include <string.h>

void question_fini(struct question *q)
{
    free(q->id);
    cJSON_Delete(q->choices);
    *q = (struct question){0};
}

static const char *option_kind(const char *key)
{
    return strcmp(key, "n") == 0                            ? "reject_once"
           : strcmp(key, "s") == 0 || strcmp(key, "p") == 0 ? "allow_always"
                                                            : "allow_once";
}

/* One that only the user's words could give is none here; a no is one without words too. */
static bool is_option(const cJSON *choice, bool asks)
{
    return !(asks && json_bool(choice, "text", false));
}

static cJSON *option(const cJSON *choice, const char *always)
{
    cJSON *o = cJSON_CreateObject();
    const char *key = json_str(choice, "key", ""), *label = json_str(choice, "label", "");
    bool lasts = always && strncmp(always, key, strlen(key)) == 0 && strcmp(key, "s") == 0;
    const char *covers = lasts && strncmp(always, "s: ", 3) == 0 ? always + 3 : always;
    AUTO_FREE char *name = lasts ? mem_printf("%s: %s", label, covers) : mem_strdup(label);
    json_add_str(o, "optionId", key);
    json_add_strn(o, "name", name, strlen(name));
    json_add_str(o, "kind", option_kind(key));
    return o;
}

static cJSON *shown(const struct event_approval *a, const struct update *u)
{
    const struct update_call *running = update_running(u);
    bool writes = a->kind && strcmp(a->kind, "write") == 0;
    cJSON *diff =
        writes && a->detail ? update_diff(u, a->detail, running ? running->path : NULL) : NULL;
    if (cJSON_GetArraySize(diff))
        return diff;
    cJSON_Delete(diff);
    AUTO_FREE char *text = mem_printf(
        "%s%s%s%s%s", a->title ? a->title : "", a->detail && *a->detail ? "\n\n" : "",
        a->detail ? a->detail : "", a->why && *a->why ? "\n\n" : "", a->why ? a->why : "");
    return update_content(text);
}

static cJSON *ask_permission(const struct question *q, const struct event_approval *a,
                             const struct update *u)
{
    cJSON *params = cJSON_CreateObject(), *call = cJSON_CreateObject();
    cJSON *options = cJSON_CreateArray();
    const struct update_call *running = update_running(u);
    bool asks = a->kind && strcmp(a->kind, "question") == 0;
    const cJSON *c;
    json_add_str(call, "toolCallId", running ? running->id : q->id);
    json_add_str(call, "title", running ? running->title : a->title ? a->title : "a question");
    json_add_str(call, "status", "pending");
    json_add(call, "content", shown(a, u));
    json_add(params, "toolCall", call);
    cJSON_ArrayForEach(c, q->choices)
    {
        if (is_option(c, asks))
            cJSON_AddItemToArray(options, option(c, a->always));
    }
    json_add(params, "options", options);
    return params;
}

/* One field, for a choice or words. */
static cJSON *ask_form(const struct question *q, const struct event_approval *a)
{
    cJSON *params = cJSON_CreateObject(), *schema = cJSON_CreateObject();
    cJSON *fields = cJSON_CreateObject(), *answer = cJSON_CreateObject();
    AUTO(buf) message = {0};
    const cJSON *c;
    buf_adds(&message, a->title);
    if (a->detail && *a->detail)
        buf_addf(&message, "\n\n%s", a->detail);
    cJSON_ArrayForEach(c, q->choices)
    {
        if (is_option(c, true) && strcmp(json_str(c, "key", ""), "n") != 0)
            buf_addf(&message, "\n- %s", json_str(c, "label", ""));
    }
    json_add_str(answer, "type", "string");
    json_add_str(answer, "title", "Answer");
    json_add(fields, "answer", answer);
    json_add_str(schema, "type", "object");
    json_add(schema, "properties", fields);
    const char *const needed[] = {"answer"};
    json_add(schema, "required", cJSON_CreateStringArray(needed, 1));
    json_add_str(params, "mode", "form");
    json_add_strn(params, "message", buf_cstr(&message), message.len);
    json_add(params, "requestedSchema", schema);
    return params;
}

cJSON *question_ask(struct question *q, const struct event_approval *a, const struct update *u,
                    const char *session, bool form, const char **method)
{
    bool asks = a->kind && strcmp(a->kind, "question") == 0;
    question_fini(q);
    q->id = mem_strdup(a->id ? a->id : "");
    q->choices = a->choices ? json_parse(a->choices, strlen(a->choices), NULL) : NULL;
    q->form = asks && form;
    *method = q->form ? "elicitation/create" : "session/request_permission";
    cJSON *params = q->form ? ask_form(q, a) : ask_permission(q, a, u);
    json_add_str(params, "sessionId", session);
    return params;
}

const char *question_words_key(const struct question *q)
{
    const cJSON *c;
    cJSON_ArrayForEach(c, q->choices)
    {
        if (json_bool(c, "text", false))
            return json_str(c, "key", NULL);
    }
    return NULL;
}

static const char *form_choice(const struct question *q, const cJSON *result, const char **text)
{
    const char *answer = json_str(json_get(result, "content"), "answer", "");
    const cJSON *c;
    if (strcmp(json_str(result, "action", ""), "accept") != 0 || !*answer)
        return "n";
    cJSON_ArrayForEach(c, q->choices)
    {
        if (strcmp(json_str(c, "label", ""), answer) == 0)
            return json_str(c, "key", "n");
    }
    *text = answer;
    const char *key = question_words_key(q);
    return key ? key : "n";
}

const char *question_choice(const struct question *q, const cJSON *response, const char **text)
{
    const cJSON *result = json_get(response, "result"), *outcome = json_get(result, "outcome"), *c;
    *text = NULL;
    if (q->form)
        return form_choice(q, result, text);
    const char *chosen = json_str(outcome, "optionId", "");
    if (strcmp(json_str(outcome, "outcome", ""), "selected") != 0)
        return "n";
    cJSON_ArrayForEach(c, q->choices)
    {
        if (strcmp(json_str(c, "key", ""), chosen) == 0)
            return json_str(c, "key", "n");
    }
    return "n";
}
