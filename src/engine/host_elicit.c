#include "engine/host_elicit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_priv.h"

#define CHOICES_MAX 9

static cJSON *answer(const char *action, cJSON *content)
{
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "action", action);
    if (content)
        json_add(j, "content", content);
    return j;
}

static bool is_required(const cJSON *schema, const char *name)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, json_get(schema, "required"))
    {
        if (cJSON_IsString(r) && strcmp(r->valuestring, name) == 0)
            return true;
    }
    return false;
}

/* What the server proposes; NULL: it proposes nothing for a field that it needs. */
static cJSON *proposed(const cJSON *schema)
{
    cJSON *content = cJSON_CreateObject();
    const cJSON *f;
    bool whole = true;
    cJSON_ArrayForEach(f, json_get(schema, "properties"))
    {
        const cJSON *value = json_get(f, "default");
        if (value)
            json_add(content, f->string, cJSON_Duplicate(value, true));
        else
            whole = whole && !is_required(schema, f->string);
    }
    if (whole)
        return content;
    cJSON_Delete(content);
    return NULL;
}

/* ---- one field ---- */

struct choice {
    const char *value, *label; /* value: what is sent, of a text field */
};

/* Values of a field that has a list of them: enum (with enumNames), or oneOf consts. */
static size_t choices_of(const cJSON *f, struct choice list[static CHOICES_MAX])
{
    const cJSON *v, *names = json_get(f, "enumNames");
    size_t n = 0;
    cJSON_ArrayForEach(v, json_get(f, "enum"))
    {
        const cJSON *name = cJSON_GetArrayItem(names, (int)n);
        if (n < CHOICES_MAX && cJSON_IsString(v)) {
            list[n] = (struct choice){v->valuestring,
                                      cJSON_IsString(name) ? name->valuestring : v->valuestring};
            n++;
        }
    }
    cJSON_ArrayForEach(v, json_get(f, "oneOf"))
    {
        const char *value = json_str(v, "const", NULL);
        if (n < CHOICES_MAX && value)
            list[n++] = (struct choice){value, json_str(v, "title", value)};
    }
    return n;
}

static void add_key(cJSON *list, const char *key, const char *label, bool text)
{
    cJSON *o = cJSON_CreateObject();
    json_add_str(o, "key", key);
    json_add_str(o, "label", label);
    if (text)
        json_add_bool(o, "text", true);
    cJSON_AddItemToArray(list, o);
}

/* Words as the field's type wants them; NULL: they are none of it. */
static cJSON *typed(const cJSON *f, const char *words)
{
    const char *type = json_str(f, "type", "string");
    char *end;
    if (strcmp(type, "integer") == 0 || strcmp(type, "number") == 0) {
        double d = strtod(words, &end);
        bool ok = end != words && !*end && isfinite(d) && (*type == 'n' || d == floor(d));
        return ok ? json_number(d, words) : NULL;
    }
    if (strcmp(type, "array") != 0)
        return cJSON_CreateString(words);
    cJSON *list = cJSON_CreateArray();
    for (size_t n; *words; words += n) {
        words += strspn(words, ", \t");
        n = strcspn(words, ",");
        AUTO_FREE char *one = mem_strndup(words, n);
        if (*one)
            cJSON_AddItemToArray(list, cJSON_CreateString(one));
    }
    return list;
}

/* Ask for it. NULL: nothing was given. */
static cJSON *ask_field(struct engine *g, const char *server, const cJSON *f)
{
    struct choice list[CHOICES_MAX];
    size_t n = choices_of(f, list);
    bool yes_no = strcmp(json_str(f, "type", ""), "boolean") == 0;
    const cJSON *value = json_get(f, "default");
    AUTO_JSON *keys = cJSON_CreateArray();
    AUTO_FREE char *shown = value ? json_print(value) : NULL;
    AUTO_FREE char *label = value ? mem_printf("as proposed: %s", shown) : NULL;
    AUTO_FREE char *title = mem_printf("%s: %s", server, json_str(f, "title", f->string));
    for (size_t i = 0; i < n; i++)
        add_key(keys, (const char[]){(char)('1' + i), '\0'}, list[i].label, false);
    if (yes_no) {
        add_key(keys, "y", "yes", false);
        add_key(keys, "o", "no", false);
    }
    if (value)
        add_key(keys, "d", label, false);
    if (!n && !yes_no)
        add_key(keys, "t", "answer", true);
    add_key(keys, "n", "no answer", false);
    AUTO_FREE char *choices = json_print(keys);
    struct ask q = {.kind = "question",
                    .title = title,
                    .detail = json_str(f, "description", NULL),
                    .choices = choices};
    AUTO_FREE char *words = NULL;
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, &words);
    size_t chosen = *key >= '1' && *key <= '9' ? (size_t)(*key - '1') : n;
    if (chosen < n)
        return cJSON_CreateString(list[chosen].value);
    if (yes_no && (*key == 'y' || *key == 'o'))
        return cJSON_CreateBool(*key == 'y');
    if (*key == 'd' && value)
        return cJSON_Duplicate(value, true);
    return words && *words ? typed(f, words) : NULL;
}

static cJSON *ask_fields(struct engine *g, const char *server, const cJSON *schema)
{
    cJSON *content = cJSON_CreateObject();
    const cJSON *f;
    cJSON_ArrayForEach(f, json_get(schema, "properties"))
    {
        cJSON *value = ask_field(g, server, f);
        if (value) {
            json_add(content, f->string, value);
        } else if (is_required(schema, f->string) || reactor_stopped(&g->reactor)) {
            cJSON_Delete(content);
            return NULL;
        }
    }
    return content;
}

/* ---- the question ---- */

static cJSON *answer_alone(struct engine *g, const char *server, const cJSON *schema)
{
    bool first = strcmp(g->permit.ask.without, "first") == 0;
    cJSON *content = first ? proposed(schema) : NULL;
    outbox_notice(&g->out, "info", "mcp", "%s asked the user something; %s", server,
                  content ? "what it proposes was taken" : "nobody can answer, so it was declined");
    return answer(content ? "accept" : "decline", content);
}

static void describe(const cJSON *schema, struct buf *out)
{
    const cJSON *f;
    cJSON_ArrayForEach(f, json_get(schema, "properties"))
    {
        AUTO_FREE char *value = json_get(f, "default") ? json_print(json_get(f, "default")) : NULL;
        buf_addf(out, "%s%s%s%s%s%s", out->len ? "\n" : "", f->string,
                 is_required(schema, f->string) ? " (needed)" : "", value ? " = " : "",
                 value ? value : "", json_get(f, "description") ? ": " : "");
        buf_adds(out, json_str(f, "description", ""));
    }
}

cJSON *host_elicit(struct engine *g, const char *server, const cJSON *params)
{
    const cJSON *schema = json_get(params, "requestedSchema");
    bool fields = json_get(schema, "properties") && json_get(schema, "properties")->child;
    if (strcmp(json_str(params, "mode", "form"), "form") != 0)
        return answer("decline", NULL);
    if (!g->permit.ask.possible)
        return answer_alone(g, server, schema);
    AUTO(buf) detail = {0};
    describe(schema, &detail);
    AUTO_JSON *ready = proposed(schema), *keys = cJSON_CreateArray();
    AUTO_FREE char *title =
        mem_printf("The MCP server %s asks: %s", server, json_str(params, "message", ""));
    if (ready)
        add_key(keys, "y", fields ? "send what it proposes" : "yes", false);
    if (fields)
        add_key(keys, "a", "answer", false);
    add_key(keys, "n", "decline", false);
    AUTO_FREE char *choices = json_print(keys);
    struct ask q = {.kind = "question",
                    .title = title,
                    .detail = detail.len ? buf_cstr(&detail) : NULL,
                    .why = "what you answer is sent to the server",
                    .choices = choices};
    AUTO_FREE char *key = ask_user(&g->permit.ask, &q, NULL);
    cJSON *content = *key == 'a' && fields  ? ask_fields(g, server, schema)
                     : *key == 'y' && ready ? cJSON_Duplicate(ready, true)
                                            : NULL;
    return answer(content                        ? "accept"
                  : reactor_stopped(&g->reactor) ? "cancel"
                                                 : "decline",
                  content);
}
