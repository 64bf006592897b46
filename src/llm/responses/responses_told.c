/* An answer as clients of Responses read it: items, each added, filled and done, and all of them
 * once more at the end. */
#include <string.h>

#include "llm/responses/responses_priv.h"
#include "llm/turn/tell.h"

/* An event with its number; j: the rest of it, taken into the event. */
static void told_event(struct tell *t, const char *type, cJSON *j)
{
    AUTO_JSON *event = j ? j : cJSON_CreateObject();
    json_add_str(event, "type", type);
    json_add_int(event, "sequence_number", t->sequence++);
    tell_event(t, type, event);
}

static cJSON *told_usage(const struct llm_usage *u)
{
    cJSON *j = cJSON_CreateObject(), *in = cJSON_CreateObject(), *out = cJSON_CreateObject();
    json_add_int(j, "input_tokens", u->input);
    json_add_int(in, "cached_tokens", u->cached);
    if (u->written)
        json_add_int(in, "cache_write_tokens", u->written);
    json_add(j, "input_tokens_details", in);
    json_add_int(j, "output_tokens", u->output);
    json_add_int(out, "reasoning_tokens", u->reasoning);
    json_add(j, "output_tokens_details", out);
    json_add_int(j, "total_tokens", u->input + u->output);
    return j;
}

/* ---- items ---- */

static cJSON *told_text_part(const char *text)
{
    cJSON *part = cJSON_CreateObject();
    json_add_str(part, "type", "output_text");
    json_add_str(part, "text", text);
    json_add(part, "annotations", cJSON_CreateArray());
    return part;
}

static cJSON *told_summary_part(const char *text)
{
    cJSON *part = cJSON_CreateObject();
    json_add_str(part, "type", "summary_text");
    json_add_str(part, "text", text);
    return part;
}

static void told_call(cJSON *j, const struct tell_item *it, const char *text)
{
    bool custom = it->tool && it->tool->custom;
    json_add_str(j, "type", custom ? "custom_tool_call" : "function_call");
    json_add_str(j, "call_id", it->id);
    json_add_str(j, "name", it->name);
    if (it->tool)
        json_add_str(j, "namespace", it->tool->space);
    json_add_str(j, custom ? "input" : "arguments", text);
}

static char *told_id(const struct tell *t, const struct tell_item *it, size_t at)
{
    static const char *const prefix[] = {
        [TELL_TEXT] = "msg", [TELL_REASONING] = "rs", [TELL_CALL] = "fc", [TELL_SEAL] = "rs"};
    bool custom = it->tool && it->tool->custom;
    return mem_printf("%s_%s%zu", custom ? "ctc" : prefix[it->kind], t->id, at);
}

/* whole: with what is in it. */
static cJSON *told_item(const struct tell *t, size_t at, bool whole)
{
    const struct tell_item *it = t->items.ptr[at];
    const char *text = whole ? buf_cstr(&it->text) : "";
    cJSON *j = cJSON_CreateObject(), *list = cJSON_CreateArray();
    AUTO_FREE char *id = told_id(t, it, at);
    json_add_str(j, "id", id);
    if (it->kind == TELL_CALL) {
        told_call(j, it, text);
        cJSON_Delete(list);
    } else if (it->kind == TELL_TEXT) {
        json_add_str(j, "type", "message");
        json_add_str(j, "role", "assistant");
        if (whole)
            cJSON_AddItemToArray(list, told_text_part(text));
        json_add(j, "content", list);
    } else {
        json_add_str(j, "type", "reasoning");
        if (whole && it->text.len)
            cJSON_AddItemToArray(list, told_summary_part(text));
        json_add(j, "summary", list);
        if (whole)
            json_add_str(j, "encrypted_content", it->seal);
    }
    if (it->kind == TELL_TEXT || it->kind == TELL_CALL)
        json_add_str(j, "status", it->cut ? "incomplete" : whole ? "completed" : "in_progress");
    return j;
}

static cJSON *told_response(const struct tell *t, const char *status)
{
    cJSON *j = cJSON_CreateObject(), *output = cJSON_CreateArray();
    AUTO_FREE char *id = mem_printf("resp_%s", t->id);
    json_add_str(j, "id", id);
    json_add_str(j, "object", "response");
    json_add_int(j, "created_at", t->created);
    json_add_str(j, "status", status);
    json_add_str(j, "model", t->model);
    for (size_t i = 0; strcmp(status, "in_progress") != 0 && i < t->items.len; i++)
        cJSON_AddItemToArray(output, told_item(t, i, true));
    json_add(j, "output", output);
    json_add_bool(j, "parallel_tool_calls", true);
    json_add_str(j, "tool_choice", "auto");
    json_add(j, "tools", cJSON_CreateArray());
    json_add(j, "error", cJSON_CreateNull());
    json_add(j, "incomplete_details", cJSON_CreateNull());
    json_add_bool(j, "store", false);
    return j;
}

static void told_response_event(struct tell *t, const char *type, cJSON *response)
{
    cJSON *j = cJSON_CreateObject();
    json_add(j, "response", response);
    told_event(t, type, j);
}

static void told_begin(struct tell *t)
{
    told_response_event(t, "response.created", told_response(t, "in_progress"));
    told_response_event(t, "response.in_progress", told_response(t, "in_progress"));
}

/* {"item_id", "output_index"} of the open item. */
static cJSON *told_place(const struct tell *t, const struct tell_item *it)
{
    cJSON *j = cJSON_CreateObject();
    AUTO_FREE char *id = told_id(t, it, t->items.len - 1);
    json_add_str(j, "item_id", id);
    json_add_int(j, "output_index", (int64_t)t->items.len - 1);
    if (it->kind == TELL_TEXT)
        json_add_int(j, "content_index", 0);
    if (it->kind == TELL_REASONING)
        json_add_int(j, "summary_index", 0);
    return j;
}

static void told_part_event(struct tell *t, const struct tell_item *it, const char *type,
                            cJSON *part)
{
    cJSON *j = told_place(t, it);
    json_add(j, "part", part);
    told_event(t, type, j);
}

static void told_item_event(struct tell *t, const char *type, bool whole)
{
    cJSON *j = cJSON_CreateObject();
    json_add_int(j, "output_index", (int64_t)t->items.len - 1);
    json_add(j, "item", told_item(t, t->items.len - 1, whole));
    told_event(t, type, j);
}

static void told_open(struct tell *t, struct tell_item *it)
{
    told_item_event(t, "response.output_item.added", false);
    if (it->kind == TELL_TEXT)
        told_part_event(t, it, "response.content_part.added", told_text_part(""));
    if (it->kind == TELL_REASONING)
        told_part_event(t, it, "response.reasoning_summary_part.added", told_summary_part(""));
}

static const char *told_words(const struct tell_item *it)
{
    bool custom = it->tool && it->tool->custom;
    return it->kind == TELL_TEXT        ? "response.output_text"
           : it->kind == TELL_REASONING ? "response.reasoning_summary_text"
           : custom                     ? "response.custom_tool_call_input"
                                        : "response.function_call_arguments";
}

static void told_piece(struct tell *t, const struct tell_item *it, const char *s, size_t n)
{
    AUTO_FREE char *type = mem_printf("%s.delta", told_words(it));
    cJSON *j = told_place(t, it);
    json_add_strn(j, "delta", s, n);
    told_event(t, type, j);
}

static void told_close(struct tell *t, const struct tell_item *it)
{
    const char *text = buf_cstr(&it->text);
    if (it->cut) /* what is done is run */
        return;
    if (it->kind != TELL_SEAL) {
        AUTO_FREE char *type = mem_printf("%s.done", told_words(it));
        bool custom = it->tool && it->tool->custom;
        cJSON *j = told_place(t, it);
        json_add_str(j, it->kind != TELL_CALL ? "text" : custom ? "input" : "arguments", text);
        if (it->kind == TELL_CALL)
            json_add_str(j, "name", it->name);
        told_event(t, type, j);
    }
    if (it->kind == TELL_TEXT)
        told_part_event(t, it, "response.content_part.done", told_text_part(text));
    if (it->kind == TELL_REASONING)
        told_part_event(t, it, "response.reasoning_summary_part.done", told_summary_part(text));
    told_item_event(t, "response.output_item.done", true);
}

static cJSON *told_ended(const struct tell *t, const struct tell_end *e)
{
    const char *why = e->finish == LLM_FINISH_LENGTH   ? "max_output_tokens"
                      : e->finish == LLM_FINISH_FILTER ? "content_filter"
                                                       : NULL;
    cJSON *j = told_response(t, why ? "incomplete" : "completed");
    json_add(j, "usage", told_usage(&e->usage));
    if (why) {
        cJSON *details = cJSON_CreateObject();
        json_add_str(details, "reason", why);
        cJSON_ReplaceItemInObjectCaseSensitive(j, "incomplete_details", details);
    }
    return j;
}

static void told_end(struct tell *t, const struct tell_end *e)
{
    cJSON *j = told_ended(t, e);
    bool whole = strcmp(json_str(j, "status", ""), "completed") == 0;
    told_response_event(t, whole ? "response.completed" : "response.incomplete", j);
}

static void told_whole(struct tell *t, const struct tell_end *e)
{
    AUTO_JSON *j = told_ended(t, e);
    json_write(t->out, j);
}

/* ---- errors ---- */

static void told_fail(struct tell *t, const struct llm_failure *f)
{
    AUTO_JSON *full = tell_openai_error(f);
    cJSON *j = told_response(t, "failed"), *error = cJSON_CreateObject();
    json_add_str(error, "code", json_str(full, "code", "server_error"));
    json_add_str(error, "message", json_str(full, "message", ""));
    cJSON_ReplaceItemInObjectCaseSensitive(j, "error", error);
    told_response_event(t, "response.failed", j);
}

const struct tell_dialect responses_told = {.ping = ": keep-alive\n\n",
                                            .seals_last = true,
                                            .begin = told_begin,
                                            .open = told_open,
                                            .piece = told_piece,
                                            .close = told_close,
                                            .end = told_end,
                                            .whole = told_whole,
                                            .refuse = tell_openai_refuse,
                                            .fail = told_fail};
