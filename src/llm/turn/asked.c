#include "llm/turn/asked.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "llm/models/models.h"
#include "llm/turn/seal.h"

#define ASKED_NAME_MAX 64 /* bytes of a tool's name that every server takes */

static void asked_message_free(struct asked_message *m)
{
    buf_fini(&m->text);
    free(m->call_id);
    llm_calls_free(m->calls.ptr, m->calls.len);
    llm_parts_fini(&m->parts);
    free(m);
}

static void asked_tool_free(struct asked_tool *t)
{
    char *strings[] = {t->name, t->theirs, t->space, t->description, t->schema};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        free(strings[i]);
    free(t);
}

static void asked_forget(struct asked *a)
{
    for (size_t i = 0; i < a->joined.len; i++)
        free(a->joined.ptr[i]);
    VEC_FREE(&a->joined);
    free(a->list);
    free(a->offered);
    a->list = NULL;
    a->offered = NULL;
}

void asked_fini(struct asked *a)
{
    for (size_t i = 0; i < a->messages.len; i++)
        asked_message_free(a->messages.ptr[i]);
    for (size_t i = 0; i < a->tools.len; i++)
        asked_tool_free(a->tools.ptr[i]);
    for (size_t i = 0; i < a->stops.len; i++)
        free(a->stops.ptr[i]);
    VEC_FREE(&a->messages);
    VEC_FREE(&a->tools);
    VEC_FREE(&a->stops);
    buf_fini(&a->notes);
    call_ids_fini(&a->ids);
    cJSON_Delete(a->params);
    free(a->model);
    free(a->effort);
    free(a->session);
    asked_forget(a);
    *a = (struct asked){0};
}

void asked_note(struct asked *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&a->notes, fmt, ap);
    va_end(ap);
    buf_addc(&a->notes, '\n');
}

/* ---- messages ---- */

static struct asked_message *asked_new(struct asked *a, enum llm_role role)
{
    struct asked_message *m = mem_alloc(sizeof *m);
    m->role = role;
    VEC_PUSH(&a->messages, m);
    return m;
}

static struct asked_message *asked_last(struct asked *a, enum llm_role role)
{
    struct asked_message *m = a->messages.len ? a->messages.ptr[a->messages.len - 1] : NULL;
    return m && m->role == role && !m->late ? m : asked_new(a, role);
}

struct asked_message *asked_user(struct asked *a)
{
    return asked_last(a, LLM_USER);
}

struct asked_message *asked_assistant(struct asked *a)
{
    return asked_last(a, LLM_ASSISTANT);
}

struct asked_message *asked_result(struct asked *a, const char *call_id)
{
    struct asked_message *m = asked_new(a, LLM_TOOL);
    m->call_id = mem_strdup(call_id ? call_id : "");
    return m;
}

void asked_say(struct asked_message *m, const char *text, const char *between)
{
    if (!text || !*text)
        return;
    if (m->text.len)
        buf_adds(&m->text, between);
    buf_adds(&m->text, text);
}

void asked_system(struct asked *a, const char *text)
{
    if (!text || !*text)
        return;
    bool begun = false;
    for (size_t i = 0; i < a->messages.len && !begun; i++)
        begun = a->messages.ptr[i]->role == LLM_ASSISTANT;
    if (begun) { /* in front it would change all that a server keeps of the prompt */
        struct asked_message *last = a->messages.ptr[a->messages.len - 1];
        AUTO_FREE char *words = mem_printf("<system-reminder>\n%s\n</system-reminder>", text);
        /* Behind a result, as a user's word, it would make templates forget the loop's reasoning.
         */
        struct asked_message *m = last->role == LLM_TOOL ? last : asked_new(a, LLM_USER);
        m->late = m->role == LLM_USER;
        asked_say(m, words, "\n\n");
        return;
    }
    if (!a->messages.len || a->messages.ptr[0]->role != LLM_SYSTEM) {
        struct asked_message *first = asked_new(a, LLM_SYSTEM);
        for (size_t i = a->messages.len - 1; i > 0; i--)
            a->messages.ptr[i] = a->messages.ptr[i - 1];
        a->messages.ptr[0] = first;
    }
    asked_say(a->messages.ptr[0], text, "\n\n");
}

void asked_call(struct asked *a, struct asked_message *m, const char *id, const char *name,
                const char *space, const char *args)
{
    struct llm_tool_call c = {.id = mem_strdup(id ? id : ""),
                              .name = mem_strdup(asked_name(a, name ? name : "", space)),
                              .args = mem_strdup(args && *args ? args : "{}")};
    VEC_PUSH(&m->calls, c);
    call_ids_add(&a->ids, c.id);
}

void asked_show(struct asked *a, struct asked_message *m, enum llm_part_kind kind, const char *type,
                const char *data, const char *name)
{
    if (!data || !*data) {
        asked_note(a, "an image or a file without its bytes");
        return;
    }
    struct llm_part *p = llm_parts_add(&m->parts, kind);
    p->text = mem_strdup(data);
    p->id = mem_strdup(type);
    p->name = mem_strdup(name);
}

void asked_show_url(struct asked *a, struct asked_message *m, enum llm_part_kind kind,
                    const char *url, const char *name)
{
    const char *comma = url ? strstr(url, ";base64,") : NULL;
    if (!url || strncmp(url, "data:", 5) != 0) {
        asked_show(a, m, kind, NULL, url, name);
        return;
    }
    AUTO_FREE char *type = mem_strndup(url + 5, comma ? (size_t)(comma - url - 5) : 0);
    asked_show(a, m, kind, type, comma ? comma + 8 : NULL, name);
}

static void asked_join_parts(struct llm_parts *to, struct llm_parts *from)
{
    for (size_t i = 0; i < from->count; i++)
        *llm_parts_add(to, from->ptr[i].kind) = from->ptr[i];
    if (!to->origin)
        to->origin = from->origin;
    else
        free(from->origin);
    free(from->ptr);
}

void asked_reason(struct asked_message *m, const char *words, const char *seal)
{
    struct llm_parts sealed;
    if (!seal_open(seal, words, &sealed))
        return; /* of another model: nobody else takes it */
    bool whole = sealed.count != 1 || sealed.ptr[0].kind != LLM_PART_REASONING;
    if (whole) /* it says all, and what stood for its words alone goes */
        llm_parts_fini(&m->parts);
    asked_join_parts(&m->parts, &sealed);
}

/* ---- tools ---- */

static bool asked_name_fits(const char *name)
{
    size_t n = 0;
    while (isalnum((unsigned char)name[n]) || name[n] == '_' || name[n] == '-')
        n++;
    return n > 0 && !name[n] && n <= ASKED_NAME_MAX && !isdigit((unsigned char)*name);
}

/* Letters, digits, _ and -, and where that is another name, a hash, for two may come to the same.
 */
static char *asked_name_made(const char *name)
{
    AUTO(buf) out = {0};
    uint64_t h = UINT64_C(14695981039346656037);
    for (const char *p = name; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
    if (!isalpha((unsigned char)*name))
        buf_addc(&out, 't');
    for (const char *p = name; *p && out.len < ASKED_NAME_MAX - 9; p++)
        buf_addc(&out, isalnum((unsigned char)*p) || *p == '-' ? *p : '_');
    buf_addf(&out, "_%08x", (unsigned)(h ^ h >> 32));
    return buf_take(&out);
}

static bool asked_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static struct asked_tool *asked_tool_of(struct asked *a, const char *theirs, const char *space)
{
    for (size_t i = 0; i < a->tools.len; i++)
        if (strcmp(a->tools.ptr[i]->theirs, theirs) == 0 &&
            asked_same(a->tools.ptr[i]->space, space))
            return a->tools.ptr[i];
    struct asked_tool *t = mem_alloc(sizeof *t);
    AUTO_FREE char *full = space ? mem_printf("%s__%s", space, theirs) : mem_strdup(theirs);
    t->theirs = mem_strdup(theirs);
    t->space = mem_strdup(space);
    t->name = asked_name_fits(full) ? mem_strdup(full) : asked_name_made(full);
    VEC_PUSH(&a->tools, t);
    return t;
}

const char *asked_name(struct asked *a, const char *theirs, const char *space)
{
    return asked_tool_of(a, theirs, space)->name;
}

const struct asked_tool *asked_tool(const struct asked *a, const char *name)
{
    for (size_t i = 0; i < a->tools.len; i++)
        if (strcmp(a->tools.ptr[i]->name, name) == 0)
            return a->tools.ptr[i];
    return NULL;
}

struct asked_tool *asked_offer(struct asked *a, const char *name, const char *space,
                               const char *description, const cJSON *schema)
{
    struct asked_tool *t = asked_tool_of(a, name, space);
    AUTO_JSON *plain = cJSON_IsObject(schema) ? cJSON_Duplicate(schema, true) : NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(plain, "$schema");
    if (plain && !json_get(plain, "type"))
        json_add_str(plain, "type", "object");
    free(t->schema);
    t->schema = plain ? json_print(plain) : mem_strdup("{\"type\":\"object\",\"properties\":{}}");
    mem_replace(&t->description, description ? description : "");
    return t;
}

void asked_offer_custom(struct asked *a, const cJSON *tool)
{
    static const char schema[] = "{\"type\":\"object\",\"properties\":{\"input\":{\"type\":"
                                 "\"string\",\"description\":\"the text, as it is\"}},"
                                 "\"required\":[\"input\"]}";
    const cJSON *format = json_get(tool, "format");
    const char *grammar = json_str(format, "definition", NULL);
    AUTO_JSON *j = json_parse(schema, strlen(schema), NULL);
    AUTO(buf) about = {0};
    buf_adds(&about, json_str(tool, "description", ""));
    if (grammar)
        buf_addf(&about, "\n\nThe text in \"input\" follows this grammar (%s):\n%s",
                 json_str(format, "syntax", "lark"), grammar);
    asked_offer(a, json_str(tool, "name", ""), NULL, buf_cstr(&about), j)->custom = true;
}

/* ---- parameters ---- */

static cJSON *asked_params(struct asked *a)
{
    if (!a->params)
        a->params = cJSON_CreateObject();
    return a->params;
}

void asked_param(struct asked *a, const cJSON *body, const char *from, const char *to)
{
    const cJSON *v = json_get(body, from);
    if (v && !cJSON_IsNull(v))
        json_add(asked_params(a), to, cJSON_Duplicate(v, true));
}

void asked_stop(struct asked *a, const cJSON *stop)
{
    const cJSON *one;
    if (cJSON_IsString(stop) && *stop->valuestring)
        VEC_PUSH(&a->stops, mem_strdup(stop->valuestring));
    if (cJSON_IsArray(stop))
        cJSON_ArrayForEach(one, stop) if (cJSON_IsString(one) && *one->valuestring)
            VEC_PUSH(&a->stops, mem_strdup(one->valuestring));
    if (!a->stops.len)
        return;
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < a->stops.len; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(a->stops.ptr[i]));
    json_add(asked_params(a), "stop", list);
}

void asked_format(struct asked *a, const char *name, const cJSON *schema, const cJSON *strict)
{
    cJSON *format = cJSON_CreateObject(), *inner = cJSON_CreateObject();
    json_add_str(format, "type", "json_schema");
    json_add_str(inner, "name", name ? name : "answer");
    json_add(inner, "schema", cJSON_Duplicate(schema, true));
    if (cJSON_IsBool(strict))
        json_add(inner, "strict", cJSON_Duplicate(strict, true));
    json_add(format, "json_schema", inner);
    json_add(asked_params(a), "response_format", format);
}

void asked_choice(struct asked *a, const char *word, const char *function)
{
    cJSON *params = asked_params(a);
    if (!function) {
        json_add_str(params, "tool_choice", word);
        return;
    }
    cJSON *choice = cJSON_CreateObject(), *inner = cJSON_CreateObject();
    json_add_str(choice, "type", "function");
    json_add_str(inner, "name", asked_name(a, function, NULL));
    json_add(choice, "function", inner);
    json_add(params, "tool_choice", choice);
}

/* ---- settling ---- */

typedef VEC(struct asked_message *) messages;

static bool asked_is_offered(const struct asked *a)
{
    for (size_t i = 0; i < a->tools.len; i++)
        if (a->tools.ptr[i]->schema)
            return true;
    return false;
}

/* The result of that call among those of from..to that are not taken yet. */
static struct asked_message *asked_take_result(struct asked *a, size_t from, size_t to,
                                               const char *id)
{
    for (size_t i = from; i < to; i++) {
        struct asked_message *m = a->messages.ptr[i];
        if (m && m->role == LLM_TOOL && strcmp(m->call_id, id) == 0) {
            a->messages.ptr[i] = NULL;
            return m;
        }
    }
    return NULL;
}

static struct asked_message *asked_no_result(const char *id)
{
    struct asked_message *m = mem_alloc(sizeof *m);
    m->role = LLM_TOOL;
    m->call_id = mem_strdup(id);
    buf_adds(&m->text, "(no result was recorded)");
    return m;
}

/* What stands between two of the model's messages: results of its calls, then all else. A result
 * of no call is words. */
static void asked_settle_turn(struct asked *a, const struct asked_message *asked, size_t from,
                              size_t to, messages *out)
{
    for (size_t c = 0; asked && c < asked->calls.len; c++) {
        const char *id = asked->calls.ptr[c].id;
        struct asked_message *m = asked_take_result(a, from, to, id);
        VEC_PUSH(out, m ? m : asked_no_result(id));
    }
    for (size_t i = from; i < to; i++) {
        struct asked_message *m = a->messages.ptr[i];
        if (!m)
            continue;
        if (m->role == LLM_TOOL)
            m->role = LLM_USER;
        VEC_PUSH(out, m);
    }
}

/* A thought and nothing after it is no message to go on from; some codecs write nothing for it. */
static void asked_drop_empty(struct asked *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->messages.len; i++) {
        struct asked_message *m = a->messages.ptr[i];
        if (m->role == LLM_ASSISTANT && !m->text.len && !m->calls.len)
            asked_message_free(m);
        else
            a->messages.ptr[n++] = m;
    }
    a->messages.len = n;
}

void asked_settle(struct asked *a)
{
    messages out = {0};
    asked_drop_empty(a);
    const struct asked_message *asked = NULL;
    for (size_t i = 0, end; i < a->messages.len; i = end) {
        struct asked_message *m = a->messages.ptr[i];
        end = i + 1;
        if (m->role == LLM_ASSISTANT) {
            VEC_PUSH(&out, m);
            asked = m;
            if (end < a->messages.len && a->messages.ptr[end]->role == LLM_ASSISTANT)
                continue;
            i++;
        } else if (m->role == LLM_SYSTEM) {
            VEC_PUSH(&out, m);
            continue;
        }
        for (end = i; end < a->messages.len && a->messages.ptr[end]->role != LLM_ASSISTANT; end++)
            ;
        asked_settle_turn(a, asked, i, end, &out);
        asked = NULL;
    }
    VEC_FREE(&a->messages);
    a->messages.ptr = out.ptr;
    a->messages.len = out.len;
    a->messages.cap = out.cap;
    if (!asked_is_offered(a)) { /* a choice among no tools is a 400 */
        cJSON_DeleteItemFromObjectCaseSensitive(a->params, "tool_choice");
        cJSON_DeleteItemFromObjectCaseSensitive(a->params, "parallel_tool_calls");
    }
}

/* ---- the request ---- */

/* Neighbours of the user's are one: strict templates and some servers refuse two. */
static bool asked_join(struct asked *a, struct llm_message *last, const struct llm_message *m)
{
    if (last->role != LLM_USER || m->role != LLM_USER || (last->parts.count && m->parts.count))
        return false;
    char *both = mem_printf("%s%s%s", last->text, *last->text && *m->text ? "\n\n" : "", m->text);
    VEC_PUSH(&a->joined, both);
    last->text = both;
    if (m->parts.count)
        last->parts = m->parts;
    return true;
}

/* Behind the client's own system message, or in its place. */
static void asked_instruct(struct asked *a, size_t *n, const char *text)
{
    bool system = *n > 0 && a->list[0].role == LLM_SYSTEM;
    char *all = system ? mem_printf("%s\n\n%s", a->list[0].text, text) : mem_strdup(text);
    VEC_PUSH(&a->joined, all);
    if (!system) {
        memmove(a->list + 1, a->list, *n * sizeof *a->list);
        a->list[0] = (struct llm_message){.role = LLM_SYSTEM};
        ++*n;
    }
    a->list[0].text = all;
}

void asked_fill(struct asked *a, const struct model *m, const struct mode *mode, bool takes_system,
                struct llm_request *out)
{
    size_t n = 0, tools = 0;
    asked_forget(a);
    a->list = mem_alloc((a->messages.len + 2) * sizeof *a->list);
    a->offered = mem_alloc((a->tools.len + 1) * sizeof *a->offered);
    for (size_t i = 0; i < a->messages.len; i++) {
        const struct asked_message *from = a->messages.ptr[i];
        const struct llm_message next = {
            .role = from->late && takes_system ? LLM_SYSTEM : from->role,
            .text = from->text.len || from->role != LLM_ASSISTANT ? buf_cstr(&from->text) : NULL,
            .call_id = from->call_id,
            .calls = from->calls.ptr,
            .call_count = from->calls.len,
            .parts = from->parts};
        if (n == 0 || !asked_join(a, &a->list[n - 1], &next))
            a->list[n++] = next;
    }
    if (mode && mode->instructions)
        asked_instruct(a, &n, mode->instructions);
    for (size_t i = 0; i < a->tools.len; i++) {
        const struct asked_tool *t = a->tools.ptr[i];
        if (t->schema)
            a->offered[tools++] = (struct llm_tool){t->name, t->description, t->schema};
    }
    *out = (struct llm_request){.model = m,
                                .mode = mode,
                                .messages = a->list,
                                .message_count = n,
                                .tools = a->offered,
                                .tool_count = tools,
                                .params = a->params,
                                .max_tokens = a->limit,
                                .window = m->window,
                                .temperature = -1,
                                .effort = a->effort,
                                .session = a->session,
                                /* without tools and history it is asked beside, once */
                                .goal_number = tools || n > 3,
                                .used_ids = &a->ids};
}
