#include <string.h>

#include "base/mem.h"
#include "llm/models/family.h"
#include "llm/responses/responses_priv.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"
#include "llm/turn/write.h"

#define RESPONSES_LEAST 16 /* tokens of answer that may be asked for */

/* ---- what stands before the items ---- */

/* The grammar of a patch, in Lark: what the models that take it were trained on. */
static const char responses_patch_grammar[] =
    "start: begin_patch hunk+ end_patch\n"
    "begin_patch: \"*** Begin Patch\" LF\n"
    "end_patch: \"*** End Patch\" LF?\n"
    "hunk: add_hunk | delete_hunk | update_hunk\n"
    "add_hunk: \"*** Add File: \" filename LF add_line+\n"
    "delete_hunk: \"*** Delete File: \" filename LF\n"
    "update_hunk: \"*** Update File: \" filename LF change_move? change?\n"
    "filename: /(.+)/\n"
    "add_line: \"+\" /(.*)/ LF -> line\n"
    "change_move: \"*** Move to: \" filename LF\n"
    "change: (change_context | change_line)+ eof_line?\n"
    "change_context: (\"@@\" | \"@@ \" /(.+)/) LF\n"
    "change_line: (\"+\" | \"-\" | \" \") /(.*)/ LF\n"
    "eof_line: \"*** End of File\" LF\n"
    "%import common.LF\n";

char *responses_free_text(const struct llm_tool *tool)
{
    if (!tool || strcmp(tool->name, "apply_patch") != 0)
        return NULL;
    AUTO_JSON *schema = json_parse(tool->schema, strlen(tool->schema), NULL);
    const cJSON *required = json_get(schema, "required");
    bool one = cJSON_GetArraySize(required) == 1 && cJSON_IsString(required->child);
    return one ? mem_strdup(required->child->valuestring) : NULL;
}

static const struct llm_tool *responses_tool(const struct llm_request *r, const char *name)
{
    for (size_t i = 0; i < r->tool_count; i++)
        if (strcmp(r->tools[i].name, name) == 0)
            return &r->tools[i];
    return NULL;
}

/* Custom where the model's own way to edit is a patch. */
static char *responses_custom(const struct llm_request *r, const char *name)
{
    const char *edit = model_edit(r->model);
    bool patch = edit && strcmp(edit, "apply_patch") == 0;
    return patch ? responses_free_text(responses_tool(r, name)) : NULL;
}

static void responses_add_tools(struct buf *out, const struct llm_request *r)
{
    buf_adds(out, ",\"tools\":[");
    for (size_t i = 0; i < r->tool_count; i++) {
        const struct llm_tool *t = &r->tools[i];
        AUTO_FREE char *custom = responses_custom(r, t->name);
        buf_addf(out, "%s{\"type\":\"%s\"", i ? "," : "", custom ? "custom" : "function");
        write_member(out, "name", t->name);
        write_member(out, "description", t->description ? t->description : "");
        if (custom) {
            buf_adds(out, ",\"format\":{\"type\":\"grammar\",\"syntax\":\"lark\"");
            write_member(out, "definition", responses_patch_grammar);
            buf_adds(out, "}}");
        } else {
            write_json(out, "parameters", write_schema(t));
            buf_adds(out, ",\"strict\":false}");
        }
    }
    buf_addc(out, ']');
}

/* Parameters under chat's names, and what has no name here: an unknown one is a 400. */
static void responses_spell(cJSON *head)
{
    static const char *const nameless[] = {
        "n",     "seed",     "frequency_penalty", "presence_penalty", "logit_bias",
        "stop",  "logprobs", "stream_options",    "response_format",  "reasoning_effort",
        "top_k", "min_p"};
    const cJSON *format = json_get(head, "response_format");
    const cJSON *schema = json_get(format, "json_schema");
    const cJSON *function = json_get(json_get(head, "tool_choice"), "function");
    if (json_get(head, "reasoning_effort"))
        params_move(head, "reasoning_effort", params_object(head, "reasoning"), "effort");
    if (json_get(head, "verbosity"))
        params_move(head, "verbosity", params_object(head, "text"), "verbosity");
    if (format) {
        cJSON *to = params_object(params_object(head, "text"), "format");
        const cJSON *m;
        json_add_str(to, "type", json_str(format, "type", "text"));
        cJSON_ArrayForEach(m, schema) json_add(to, m->string, cJSON_Duplicate(m, true));
    }
    if (function) {
        cJSON *choice = cJSON_CreateObject();
        json_add_str(choice, "type", "function");
        json_add_str(choice, "name", json_str(function, "name", ""));
        cJSON_ReplaceItemInObjectCaseSensitive(head, "tool_choice", choice);
    }
    for (size_t i = 0; i < COUNT_OF(nameless); i++)
        cJSON_DeleteItemFromObjectCaseSensitive(head, nameless[i]);
}

void responses_begin(const struct llm_request *r, cJSON *head, struct buf *out)
{
    const struct family *f = family_of(r->model);
    int64_t limit = params_limit(r);
    AUTO(buf) instructions = {0};
    responses_spell(head);
    if (limit > 0 && f->limit)
        json_add_int(head, "max_output_tokens", MAX(limit, RESPONSES_LEAST));
    if ((f->efforts[0] || json_get(head, "reasoning")) && f->effort[ROUTE_RESPONSES] &&
        !model_refuses(r->model, "summary") && !json_get(json_get(head, "reasoning"), "summary"))
        json_add_str(params_object(head, "reasoning"), "summary", "auto"); /* what is shown of it */
    if (f->cache_key && r->session && !model_refuses(r->model, "prompt_cache_key"))
        json_add_str(head, "prompt_cache_key", r->session);
    json_write(out, head);
    buf_cut(out, out->len - 1);
    buf_adds(out, ",\"stream\":true,\"store\":false,\"include\":[\"reasoning.encrypted_content\"]");
    if (r->tool_count)
        responses_add_tools(out, r);
    for (size_t i = 0; i < write_systems(r); i++) {
        buf_adds(&instructions, instructions.len ? "\n\n" : "");
        buf_adds(&instructions, r->messages[i].text);
    }
    if (instructions.len)
        write_member(out, "instructions", buf_cstr(&instructions));
    buf_adds(out, ",\"input\":[");
}

/* ---- the items ---- */

/* Items in a row; the first has no comma before it. */
struct items {
    struct buf *out;
    bool any;
};

static void items_next(struct items *l)
{
    if (l->any)
        buf_addc(l->out, ',');
    l->any = true;
}

static void items_media(struct buf *out, const struct llm_part *p)
{
    AUTO_FREE char *url =
        write_url(p) ? mem_strdup(write_url(p)) : mem_printf("data:%s;base64,%s", p->id, p->text);
    if (p->kind == LLM_PART_IMAGE) {
        buf_adds(out, ",{\"type\":\"input_image\",\"detail\":\"auto\"");
        write_member(out, "image_url", url);
    } else {
        buf_adds(out, ",{\"type\":\"input_file\"");
        write_member(out, "filename", p->name ? p->name : "file");
        write_member(out, write_url(p) ? "file_url" : "file_data", url);
    }
    buf_addc(out, '}');
}

static void items_seen(struct buf *out, const struct llm_request *r, const struct llm_message *m)
{
    for (size_t i = 0; m && i < m->parts.count; i++)
        if (write_shows(r, &m->parts.ptr[i]))
            items_media(out, &m->parts.ptr[i]);
}

/* seen: the message whose images stand beside the words, NULL: none. */
static void items_words(struct items *l, const struct llm_request *r, const char *role,
                        const char *text, const struct llm_message *seen)
{
    items_next(l);
    buf_addf(l->out, "{\"type\":\"message\",\"role\":\"%s\",\"content\":[{\"type\":\"%s\"", role,
             strcmp(role, "assistant") == 0 ? "output_text" : "input_text");
    write_member(l->out, "text", text ? text : "");
    buf_addc(l->out, '}');
    items_seen(l->out, r, seen);
    buf_adds(l->out, "]}");
}

static void items_call(struct items *l, const struct llm_request *r, const struct llm_tool_call *c)
{
    AUTO_FREE char *args = write_args(c->args);
    AUTO_FREE char *custom = responses_custom(r, c->name);
    items_next(l);
    buf_addf(l->out,
             "{\"type\":\"%s\",\"call_id\":", custom ? "custom_tool_call" : "function_call");
    write_id(l->out, c->id, false);
    write_member(l->out, "name", c->name);
    if (custom) {
        AUTO_JSON *j = json_parse(args, strlen(args), NULL);
        write_member(l->out, "input", json_str(j, custom, ""));
    } else {
        write_member(l->out, "arguments", args);
    }
    buf_addc(l->out, '}');
}

/* The form of an item says what the output of its call is called. */
static bool responses_is_custom(const struct llm_request *r, const struct llm_message *m,
                                const struct llm_tool_call *c)
{
    const struct llm_part *p =
        body_is_own(&codec_responses, r, m) ? llm_parts_of_call(&m->parts, c->id) : NULL;
    if (p && p->form)
        return strstr(p->form, "\"custom_tool_call\"") != NULL;
    AUTO_FREE char *custom = responses_custom(r, c->name);
    return custom != NULL;
}

static void items_output(struct items *l, const struct llm_request *r,
                         const struct llm_message *asked, const struct llm_tool_call *c,
                         const char *text, const struct llm_message *seen, const char *tail)
{
    AUTO(buf) all = {0};
    buf_adds(&all, text);
    if (tail)
        buf_addf(&all, "%s%s", all.len ? "\n\n" : "", tail);
    items_next(l);
    buf_addf(l->out, "{\"type\":\"%s\",\"call_id\":",
             responses_is_custom(r, asked, c) ? "custom_tool_call_output" : "function_call_output");
    if (body_is_own(&codec_responses, r, asked) && llm_parts_of_call(&asked->parts, c->id))
        write_string(l->out, c->id); /* as in the item that goes back */
    else
        write_id(l->out, c->id, false);
    if (seen && write_shows_any(r, seen)) {
        buf_adds(l->out, ",\"output\":[{\"type\":\"input_text\"");
        write_member(l->out, "text", buf_cstr(&all));
        buf_addc(l->out, '}');
        items_seen(l->out, r, seen);
        buf_addc(l->out, ']');
    } else {
        write_member(l->out, "output", buf_cstr(&all));
    }
    buf_addc(l->out, '}');
}

static void items_assistant(struct items *l, const struct llm_request *r,
                            const struct llm_message *m)
{
    bool own = body_is_own(&codec_responses, r, m), said = false;
    for (size_t i = 0; own && i < m->parts.count; i++) {
        if (!m->parts.ptr[i].form)
            continue;
        said = said || m->parts.ptr[i].kind == LLM_PART_TEXT;
        items_next(l);
        buf_adds(l->out, m->parts.ptr[i].form);
    }
    if (!said && m->text && *m->text)
        items_words(l, r, "assistant", m->text, NULL);
    for (size_t i = 0; i < m->call_count; i++)
        if (!own || !llm_parts_of_call(&m->parts, m->calls[i].id))
            items_call(l, r, &m->calls[i]);
}

/* The assistant's message whose results the message at i may be one of, or would have to follow;
 * SIZE_MAX: none. */
static size_t responses_asking(const struct llm_request *r, size_t i)
{
    while (i > 0 && r->messages[i - 1].role == LLM_TOOL)
        i--;
    return i > 0 && r->messages[i - 1].role == LLM_ASSISTANT ? i - 1 : SIZE_MAX;
}

/* Before what stands at i: the calls that nothing answered. A call without an output is a 400. */
static void items_unanswered(struct items *l, const struct llm_request *r, size_t i)
{
    size_t asked = responses_asking(r, i);
    const struct llm_message *m = asked != SIZE_MAX ? &r->messages[asked] : NULL;
    for (size_t c = 0; m && c < m->call_count; c++) {
        bool found = false;
        for (size_t k = asked + 1; k < i && !found; k++)
            found = r->messages[k].call_id && strcmp(r->messages[k].call_id, m->calls[c].id) == 0;
        if (!found)
            items_output(l, r, m, &m->calls[c], "(no result was recorded)", NULL, NULL);
    }
}

static void items_result(struct items *l, const struct llm_request *r, size_t i, const char *tail)
{
    const struct llm_message *m = &r->messages[i];
    size_t asked = responses_asking(r, i);
    const struct llm_tool_call *c =
        asked != SIZE_MAX ? write_call(&r->messages[asked], m->call_id) : NULL;
    if (c)
        items_output(l, r, &r->messages[asked], c, m->text, m, tail);
    else /* of no call that stands here: only words */
        items_words(l, r, "user", m->text, m);
}

/* tail: joined to the message's text, for this request only; NULL: nothing. */
static void items_message(struct items *l, const struct llm_request *r, size_t i, const char *tail)
{
    const struct llm_message *m = &r->messages[i];
    AUTO(buf) text = {0};
    if (m->role != LLM_TOOL)
        items_unanswered(l, r, i);
    switch (m->role) {
    case LLM_ASSISTANT:
        items_assistant(l, r, m);
        return;
    case LLM_TOOL:
        items_result(l, r, i, tail);
        return;
    default:
        buf_adds(&text, m->text);
        if (tail)
            buf_addf(&text, "%s%s", text.len ? "\n\n" : "", tail);
        items_words(l, r, m->role == LLM_SYSTEM ? "developer" : "user", buf_cstr(&text), m);
    }
}

/* Where the tail joins the last message's text; else it is a developer's message of its own. */
static bool responses_joins(const struct llm_request *r)
{
    return r->message_count > 0 && r->tail && *r->tail && family_of(r->model)->tail == TAIL_TOOL &&
           r->messages[r->message_count - 1].role != LLM_ASSISTANT;
}

size_t responses_lasting(const struct llm_request *r)
{
    return r->message_count - responses_joins(r);
}

void responses_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                        size_t *tail_at)
{
    size_t first = write_systems(r);
    bool joins = tail_at && responses_joins(r);
    struct items l = {.out = out, .any = from > first};
    for (size_t i = MAX(from, first); i < to; i++) {
        bool last = joins && i + 1 == r->message_count;
        if (last)
            *tail_at = out->len;
        items_message(&l, r, i, last ? r->tail : NULL);
    }
    if (!tail_at)
        return;
    size_t stays = out->len;
    items_unanswered(&l, r, r->message_count);
    bool said = r->tail && *r->tail && !joins;
    if (said)
        items_words(&l, r, family_of(r->model)->tail == TAIL_TOOL ? "user" : "developer", r->tail,
                    NULL);
    if (out->len > stays)
        *tail_at = MIN(*tail_at, stays);
}
