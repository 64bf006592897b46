/* An answer as Anthropic's clients read it. */
#include <string.h>

#include "llm/messages/messages_priv.h"
#include "llm/turn/tell.h"

/* The three of input are disjoint: clients add them up. */
static cJSON *told_usage(const struct llm_usage *u)
{
    cJSON *j = cJSON_CreateObject();
    int64_t cached = MIN(u->cached, u->input), written = MIN(u->written, u->input - cached);
    json_add_int(j, "input_tokens", u->input - cached - written);
    json_add_int(j, "cache_creation_input_tokens", written);
    json_add_int(j, "cache_read_input_tokens", cached);
    json_add_int(j, "output_tokens", u->output);
    if (u->reasoning) {
        cJSON *details = cJSON_CreateObject();
        json_add_int(details, "thinking_tokens", u->reasoning);
        json_add(j, "output_tokens_details", details);
    }
    return j;
}

static cJSON *told_message(const struct tell *t, const struct llm_usage *u)
{
    cJSON *m = cJSON_CreateObject();
    AUTO_FREE char *id = mem_printf("msg_%s", t->id);
    json_add_str(m, "id", id);
    json_add_str(m, "type", "message");
    json_add_str(m, "role", "assistant");
    json_add_str(m, "model", t->model);
    json_add(m, "content", cJSON_CreateArray());
    json_add(m, "stop_reason", cJSON_CreateNull());
    json_add(m, "stop_sequence", cJSON_CreateNull());
    json_add(m, "usage", told_usage(u));
    return m;
}

static void told_begin(struct tell *t)
{
    const struct llm_usage u = {.input = MAX(t->prompt, 1)};
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "type", "message_start");
    json_add(j, "message", told_message(t, &u));
    tell_event(t, "message_start", j);
    buf_adds(t->out, t->as->ping);
}

/* A block; whole: with what is in it. */
static cJSON *told_block(const struct tell_item *it, bool whole)
{
    static const char *const types[] = {[TELL_TEXT] = "text",
                                        [TELL_REASONING] = "thinking",
                                        [TELL_CALL] = "tool_use",
                                        [TELL_SEAL] = "redacted_thinking"};
    cJSON *b = cJSON_CreateObject();
    const char *words = whole ? buf_cstr(&it->text) : "";
    json_add_str(b, "type", types[it->kind]);
    if (it->kind == TELL_TEXT)
        json_add_str(b, "text", words);
    if (it->kind == TELL_REASONING) {
        json_add_str(b, "thinking", words);
        json_add_str(b, "signature", whole && it->seal ? it->seal : "");
    }
    if (it->kind == TELL_CALL) {
        cJSON *input = whole ? json_parse(words, it->text.len, NULL) : NULL;
        json_add_str(b, "id", it->id);
        json_add_str(b, "name", it->name);
        json_add(b, "input", input ? input : cJSON_CreateObject());
    }
    if (it->kind == TELL_SEAL)
        json_add_str(b, "data", it->seal);
    return b;
}

static void told_open(struct tell *t, struct tell_item *it)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "type", "content_block_start");
    json_add_int(j, "index", (int64_t)t->items.len - 1);
    json_add(j, "content_block", told_block(it, false));
    tell_event(t, "content_block_start", j);
}

static void told_delta(struct tell *t, const char *type, const char *member, const char *s,
                       size_t n)
{
    AUTO_FREE char *before = mem_printf(
        "{\"type\":\"content_block_delta\",\"index\":%zu,\"delta\":{\"type\":\"%s\",\"%s\":",
        t->items.len - 1, type, member);
    tell_piece(t, "content_block_delta", before, s, n, "}}");
}

static void told_piece(struct tell *t, const struct tell_item *it, const char *s, size_t n)
{
    if (it->kind == TELL_TEXT)
        told_delta(t, "text_delta", "text", s, n);
    else if (it->kind == TELL_REASONING)
        told_delta(t, "thinking_delta", "thinking", s, n);
    else
        told_delta(t, "input_json_delta", "partial_json", s, n);
}

static void told_close(struct tell *t, const struct tell_item *it)
{
    AUTO_JSON *j = cJSON_CreateObject();
    if (it->kind == TELL_REASONING && it->seal)
        told_delta(t, "signature_delta", "signature", it->seal, strlen(it->seal));
    json_add_str(j, "type", "content_block_stop");
    json_add_int(j, "index", (int64_t)t->items.len - 1);
    tell_event(t, "content_block_stop", j);
}

static void told_stop(const struct tell *t, const struct tell_end *e, cJSON *to)
{
    const char *reason = e->finish == LLM_FINISH_LENGTH   ? "max_tokens"
                         : e->finish == LLM_FINISH_FILTER ? "refusal"
                         : t->calls                       ? "tool_use"
                         : e->stop                        ? "stop_sequence"
                                                          : "end_turn";
    if (e->full && e->finish == LLM_FINISH_LENGTH)
        reason = "model_context_window_exceeded";
    cJSON_DeleteItemFromObjectCaseSensitive(to, "stop_reason");
    cJSON_DeleteItemFromObjectCaseSensitive(to, "stop_sequence");
    json_add_str(to, "stop_reason", reason);
    json_add(to, "stop_sequence", e->stop ? cJSON_CreateString(e->stop) : cJSON_CreateNull());
    if (e->finish != LLM_FINISH_FILTER)
        return;
    cJSON *details = cJSON_CreateObject();
    json_add_str(details, "type", "refusal");
    json_add(details, "category", cJSON_CreateNull());
    json_add_str(details, "explanation",
                 e->why ? e->why : "the model's server filtered the answer");
    json_add(to, "stop_details", details);
}

static void told_end(struct tell *t, const struct tell_end *e)
{
    AUTO_JSON *j = cJSON_CreateObject();
    AUTO_JSON *stop = cJSON_CreateObject();
    cJSON *delta = cJSON_CreateObject();
    json_add_str(j, "type", "message_delta");
    told_stop(t, e, delta);
    json_add(j, "delta", delta);
    json_add(j, "usage", told_usage(&e->usage));
    tell_event(t, "message_delta", j);
    json_add_str(stop, "type", "message_stop");
    tell_event(t, "message_stop", stop);
}

static void told_whole(struct tell *t, const struct tell_end *e)
{
    AUTO_JSON *m = told_message(t, &e->usage);
    cJSON *content = cJSON_GetObjectItemCaseSensitive(m, "content");
    for (size_t i = 0; i < t->items.len; i++)
        cJSON_AddItemToArray(content, told_block(t->items.ptr[i], true));
    told_stop(t, e, m);
    json_write(t->out, m);
}

/* ---- errors ---- */

static const char *told_error_type(enum llm_class c, int status)
{
    static const char *const types[LLM_CLASS_COUNT] = {
        [LLM_AUTH] = "authentication_error",     [LLM_QUOTA] = "billing_error",
        [LLM_RATE_LIMIT] = "rate_limit_error",   [LLM_OVERLOADED] = "overloaded_error",
        [LLM_CONTEXT] = "invalid_request_error", [LLM_BAD_REQUEST] = "invalid_request_error",
        [LLM_TIMEOUT] = "timeout_error"};
    if (status == 404 && c == LLM_BAD_REQUEST)
        return "not_found_error";
    if (status == 413)
        return "request_too_large";
    return types[c] ? types[c] : "api_error";
}

static void told_error(const struct llm_failure *f, struct buf *out)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *error = cJSON_CreateObject();
    AUTO_FREE char *context = NULL;
    if (f->class == LLM_CONTEXT) /* the only words that Claude Code compacts on */
        context = mem_printf("prompt is too long: %lld tokens > %lld maximum",
                             (long long)f->requested, (long long)f->window);
    json_add_str(j, "type", "error");
    json_add_str(error, "type", told_error_type(f->class, f->status));
    json_add_str(error, "message", context ? context : f->error.text);
    json_add(j, "error", error);
    json_add(j, "request_id", cJSON_CreateNull());
    json_write(out, j);
}

static int told_refuse(const struct llm_failure *f, struct buf *out)
{
    static const int statuses[LLM_CLASS_COUNT] = {
        [LLM_AUTH] = 401,    [LLM_QUOTA] = 402,       [LLM_RATE_LIMIT] = 429,
        [LLM_CONTEXT] = 400, [LLM_BAD_REQUEST] = 400, [LLM_OVERLOADED] = 529,
        [LLM_SERVER] = 500,  [LLM_TIMEOUT] = 504,     [LLM_CONFIG] = 500};
    told_error(f, out);
    if (f->class == LLM_BAD_REQUEST && f->status >= 400 && f->status < 500 && f->status != 422)
        return f->status;
    if (f->class == LLM_AUTH && f->status == 403)
        return 403;
    return statuses[f->class] ? statuses[f->class] : 502;
}

static void told_fail(struct tell *t, const struct llm_failure *f)
{
    buf_adds(t->out, "event: error\ndata: ");
    told_error(f, t->out);
    buf_adds(t->out, "\n\n");
}

const struct tell_dialect messages_told = {.ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n",
                                           .begin = told_begin,
                                           .open = told_open,
                                           .piece = told_piece,
                                           .close = told_close,
                                           .end = told_end,
                                           .whole = told_whole,
                                           .refuse = told_refuse,
                                           .fail = told_fail};
