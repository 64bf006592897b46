/* An answer as clients of chat completions read it. */
#include <string.h>

#include "llm/chat/chat_priv.h"
#include "llm/turn/seal.h"
#include "llm/turn/tell.h"

static cJSON *told_head(const struct tell *t, const char *object)
{
    cJSON *j = cJSON_CreateObject();
    AUTO_FREE char *id = mem_printf("chatcmpl-%s", t->id);
    json_add_str(j, "id", id);
    json_add_str(j, "object", object);
    json_add_int(j, "created", t->created);
    json_add_str(j, "model", t->model);
    return j;
}

/* A chunk with a delta (taken), and how it ends, or NULL. */
static void told_chunk(struct tell *t, cJSON *delta, const char *finish)
{
    AUTO_JSON *j = told_head(t, "chat.completion.chunk");
    cJSON *choices = cJSON_AddArrayToObject(j, "choices"), *one = cJSON_CreateObject();
    json_add_int(one, "index", 0);
    json_add(one, "delta", delta);
    json_add(one, "finish_reason", finish ? cJSON_CreateString(finish) : cJSON_CreateNull());
    cJSON_AddItemToArray(choices, one);
    tell_event(t, NULL, j);
}

static void told_begin(struct tell *t)
{
    cJSON *delta = cJSON_CreateObject();
    json_add_str(delta, "role", "assistant");
    json_add_str(delta, "content", "");
    told_chunk(t, delta, NULL);
}

static cJSON *told_call(const struct tell_item *it, bool whole)
{
    cJSON *c = cJSON_CreateObject(), *f = cJSON_CreateObject();
    json_add_str(c, "id", it->id);
    json_add_str(c, "type", "function");
    json_add_str(f, "name", it->name);
    json_add_str(f, "arguments", whole ? buf_cstr(&it->text) : "");
    json_add(c, "function", f);
    return c;
}

/* Pieces of one index would be joined by who reads them: each has its own. */
static void told_seal(cJSON *to, const struct tell_item *it, size_t index)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(to, "reasoning_details");
    cJSON *one = cJSON_CreateObject();
    if (!list)
        list = cJSON_AddArrayToObject(to, "reasoning_details");
    AUTO_FREE char *whole = seal_whole(it->seal, buf_cstr(&it->text));
    json_add_str(one, "type", "reasoning.encrypted");
    json_add_str(one, "data", whole);
    json_add_int(one, "index", (int64_t)index);
    cJSON_AddItemToArray(list, one);
}

static void told_open(struct tell *t, struct tell_item *it)
{
    if (it->kind == TELL_TEXT || it->kind == TELL_REASONING)
        return;
    cJSON *delta = cJSON_CreateObject();
    if (it->kind == TELL_CALL) {
        cJSON *list = cJSON_AddArrayToObject(delta, "tool_calls"), *c = told_call(it, false);
        json_add_int(c, "index", (int64_t)t->calls);
        cJSON_AddItemToArray(list, c);
    } else {
        told_seal(delta, it, t->items.len);
    }
    told_chunk(t, delta, NULL);
}

static void told_piece(struct tell *t, const struct tell_item *it, const char *s, size_t n)
{
    cJSON *delta = cJSON_CreateObject();
    if (it->kind == TELL_CALL) {
        cJSON *list = cJSON_AddArrayToObject(delta, "tool_calls"), *c = cJSON_CreateObject();
        cJSON *f = cJSON_CreateObject();
        json_add_int(c, "index", (int64_t)t->calls);
        json_add_strn(f, "arguments", s, n);
        json_add(c, "function", f);
        cJSON_AddItemToArray(list, c);
    } else {
        json_add_strn(delta, it->kind == TELL_TEXT ? "content" : "reasoning_content", s, n);
    }
    told_chunk(t, delta, NULL);
}

/* What words were sealed with goes back with the call's or at the end. */
static void told_close(struct tell *t, const struct tell_item *it)
{
    if (it->kind != TELL_REASONING || !it->seal)
        return;
    cJSON *delta = cJSON_CreateObject();
    told_seal(delta, it, t->items.len);
    told_chunk(t, delta, NULL);
}

static const char *told_finish(const struct tell *t, const struct tell_end *e)
{
    return e->finish == LLM_FINISH_LENGTH   ? "length"
           : e->finish == LLM_FINISH_FILTER ? "content_filter"
           : t->calls                       ? "tool_calls"
                                            : "stop";
}

static cJSON *told_usage(const struct llm_usage *u)
{
    cJSON *j = cJSON_CreateObject(), *in = cJSON_CreateObject(), *out = cJSON_CreateObject();
    json_add_int(j, "prompt_tokens", u->input);
    json_add_int(j, "completion_tokens", u->output);
    json_add_int(j, "total_tokens", u->input + u->output);
    json_add_int(in, "cached_tokens", u->cached);
    if (u->written)
        json_add_int(in, "cache_write_tokens", u->written);
    json_add_int(out, "reasoning_tokens", u->reasoning);
    json_add(j, "prompt_tokens_details", in);
    json_add(j, "completion_tokens_details", out);
    return j;
}

static void told_end(struct tell *t, const struct tell_end *e)
{
    told_chunk(t, cJSON_CreateObject(), told_finish(t, e));
    if (t->asked->usage) {
        AUTO_JSON *j = told_head(t, "chat.completion.chunk");
        json_add(j, "choices", cJSON_CreateArray());
        json_add(j, "usage", told_usage(&e->usage));
        tell_event(t, NULL, j);
    }
    buf_adds(t->out, "data: [DONE]\n\n");
}

static cJSON *told_message(const struct tell *t)
{
    cJSON *m = cJSON_CreateObject(), *calls = NULL;
    AUTO_FREE char *text = tell_joined(t, TELL_TEXT);
    AUTO_FREE char *reasoning = tell_joined(t, TELL_REASONING);
    json_add_str(m, "role", "assistant");
    json_add(m, "content", text ? cJSON_CreateString(text) : cJSON_CreateNull());
    json_add(m, "refusal", cJSON_CreateNull());
    json_add_str(m, "reasoning_content", reasoning);
    for (size_t i = 0; i < t->items.len; i++) {
        const struct tell_item *it = t->items.ptr[i];
        if (it->kind == TELL_CALL && !calls)
            calls = cJSON_AddArrayToObject(m, "tool_calls");
        if (it->kind == TELL_CALL)
            cJSON_AddItemToArray(calls, told_call(it, true));
        if (it->seal)
            told_seal(m, it, i);
    }
    return m;
}

static void told_whole(struct tell *t, const struct tell_end *e)
{
    AUTO_JSON *j = told_head(t, "chat.completion");
    cJSON *choices = cJSON_AddArrayToObject(j, "choices"), *one = cJSON_CreateObject();
    json_add_int(one, "index", 0);
    json_add(one, "message", told_message(t));
    json_add(one, "logprobs", cJSON_CreateNull());
    json_add_str(one, "finish_reason", told_finish(t, e));
    cJSON_AddItemToArray(choices, one);
    json_add(j, "usage", told_usage(&e->usage));
    json_write(t->out, j);
}

/* ---- errors ---- */

static void told_fail(struct tell *t, const struct llm_failure *f)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add(j, "error", tell_openai_error(f));
    tell_event(t, NULL, j);
}

const struct tell_dialect chat_told = {.ping = ": keep-alive\n\n",
                                       .seals_last = true,
                                       .begin = told_begin,
                                       .open = told_open,
                                       .piece = told_piece,
                                       .close = told_close,
                                       .end = told_end,
                                       .whole = told_whole,
                                       .refuse = tell_openai_refuse,
                                       .fail = told_fail};
