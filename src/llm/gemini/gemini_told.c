/* An answer as Google's clients read it: each event is a whole response with the next parts. */
#include <string.h>

#include "llm/gemini/gemini_priv.h"
#include "llm/turn/tell.h"

/* A response with these parts (taken), and how it ends, or NULL. */
static cJSON *told_response(const struct tell *t, cJSON *parts, const char *finish,
                            const struct llm_usage *u)
{
    cJSON *j = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(j, "candidates");
    cJSON *one = cJSON_CreateObject(), *content = cJSON_CreateObject();
    json_add(content, "parts", parts);
    json_add_str(content, "role", "model");
    json_add(one, "content", content);
    json_add_str(one, "finishReason", finish);
    json_add_int(one, "index", 0);
    cJSON_AddItemToArray(list, one);
    if (u) {
        cJSON *usage = cJSON_CreateObject();
        json_add_int(usage, "promptTokenCount", u->input);
        json_add_int(usage, "candidatesTokenCount", u->output - MIN(u->reasoning, u->output));
        json_add_int(usage, "totalTokenCount", u->input + u->output);
        if (u->cached)
            json_add_int(usage, "cachedContentTokenCount", u->cached);
        if (u->reasoning)
            json_add_int(usage, "thoughtsTokenCount", u->reasoning);
        json_add(j, "usageMetadata", usage);
    }
    json_add_str(j, "modelVersion", t->model);
    json_add_str(j, "responseId", t->id);
    return j;
}

/* sealed: with what its server knows it by, which for words is known at their end. */
static cJSON *told_part(const struct tell_item *it, const char *s, size_t n, bool sealed)
{
    cJSON *part = cJSON_CreateObject();
    if (it->kind == TELL_CALL) {
        cJSON *call = cJSON_CreateObject(), *args = json_parse(s, n, NULL);
        json_add_str(call, "id", it->id);
        json_add_str(call, "name", it->name);
        json_add(call, "args", args ? args : cJSON_CreateObject());
        json_add(part, "functionCall", call);
        return part;
    }
    json_add_strn(part, "text", s, n);
    if (it->kind == TELL_REASONING)
        json_add_bool(part, "thought", true);
    if (it->seal && sealed)
        json_add_str(part, "thoughtSignature", it->seal);
    return part;
}

/* An event, or the next item of the array. */
static void told_item(struct tell *t, const cJSON *j)
{
    if (!t->asked->array) {
        tell_event(t, NULL, j);
        return;
    }
    buf_adds(t->out, t->sequence++ ? ",\r\n" : "[");
    json_write(t->out, j);
}

static void told_send(struct tell *t, cJSON *part)
{
    cJSON *parts = cJSON_CreateArray();
    cJSON_AddItemToArray(parts, part);
    AUTO_JSON *j = told_response(t, parts, NULL, NULL);
    told_item(t, j);
}

static void told_begin(struct tell *t)
{
    (void)t; /* nothing is said before there is something */
}

static void told_open(struct tell *t, struct tell_item *it)
{
    if (it->kind == TELL_SEAL)
        told_send(t, told_part(it, "", 0, true));
}

static void told_piece(struct tell *t, const struct tell_item *it, const char *s, size_t n)
{
    told_send(t, told_part(it, s, n, false));
}

static void told_close(struct tell *t, const struct tell_item *it)
{
    if (it->kind == TELL_REASONING && it->seal)
        told_send(t, told_part(it, "", 0, true));
}

static const char *told_finish(const struct tell_end *e)
{
    return e->finish == LLM_FINISH_LENGTH   ? "MAX_TOKENS"
           : e->finish == LLM_FINISH_FILTER ? "SAFETY"
                                            : "STOP";
}

/* The last one has a part too: there are clients that look for one in each. */
static void told_end(struct tell *t, const struct tell_end *e)
{
    cJSON *parts = cJSON_CreateArray(), *part = cJSON_CreateObject();
    json_add_str(part, "text", "");
    cJSON_AddItemToArray(parts, part);
    AUTO_JSON *j = told_response(t, parts, told_finish(e), &e->usage);
    told_item(t, j);
    if (t->asked->array)
        buf_addc(t->out, ']');
}

static void told_whole(struct tell *t, const struct tell_end *e)
{
    cJSON *parts = cJSON_CreateArray();
    for (size_t i = 0; i < t->items.len; i++) {
        const struct tell_item *it = t->items.ptr[i];
        cJSON_AddItemToArray(parts, told_part(it, buf_cstr(&it->text), it->text.len, true));
    }
    AUTO_JSON *j = told_response(t, parts, told_finish(e), &e->usage);
    json_write(t->out, j);
}

/* ---- errors ---- */

static const struct {
    int code;
    const char *status;
} told_errors[LLM_CLASS_COUNT] = {
    [LLM_AUTH] = {401, "UNAUTHENTICATED"},
    [LLM_QUOTA] = {429, "RESOURCE_EXHAUSTED"},
    [LLM_RATE_LIMIT] = {429, "RESOURCE_EXHAUSTED"},
    [LLM_OVERLOADED] = {503, "UNAVAILABLE"},
    [LLM_CONTEXT] = {400, "INVALID_ARGUMENT"},
    [LLM_BAD_REQUEST] = {400, "INVALID_ARGUMENT"},
    [LLM_SERVER] = {500, "INTERNAL"},
    [LLM_TIMEOUT] = {504, "DEADLINE_EXCEEDED"},
};

static int told_refuse(const struct llm_failure *f, struct buf *out)
{
    int code = told_errors[f->class].code ? told_errors[f->class].code : 502;
    const char *status = told_errors[f->class].status;
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *error = cJSON_CreateObject();
    AUTO_FREE char *context = NULL;
    if (f->class == LLM_BAD_REQUEST && f->status >= 400 && f->status < 500)
        code = f->status;
    if (f->class == LLM_CONTEXT)
        context = mem_printf("The input token count (%lld) exceeds the maximum number of tokens "
                             "allowed (%lld).",
                             (long long)f->requested, (long long)f->window);
    json_add_int(error, "code", code);
    json_add_str(error, "message", context ? context : f->error.text);
    json_add_str(error, "status", code == 404 ? "NOT_FOUND" : status ? status : "UNAVAILABLE");
    json_add(j, "error", error);
    json_write(out, j);
    return code;
}

static void told_fail(struct tell *t, const struct llm_failure *f)
{
    const char *before = t->sequence ? ",\r\n" : "[";
    buf_adds(t->out, t->asked->array ? before : "data: ");
    (void)told_refuse(f, t->out);
    buf_adds(t->out, t->asked->array ? "]" : "\n\n");
}

const struct tell_dialect gemini_told = {.ping = ": keep-alive\n\n",
                                         .seals_last = true,
                                         .calls_whole = true,
                                         .begin = told_begin,
                                         .open = told_open,
                                         .piece = told_piece,
                                         .close = told_close,
                                         .end = told_end,
                                         .whole = told_whole,
                                         .refuse = told_refuse,
                                         .fail = told_fail};
