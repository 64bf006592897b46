
#include <string.h>

#include "base/mem.h"
#include "llm/chat/chat_priv.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/models/provider.h"
#include "llm/turn/body.h"
#include "llm/turn/params.h"
#include "llm/turn/write.h"

/* Most servers take any id. */
static void chat_write_id(struct buf *out, const char *id, bool ids9)
{
    if (ids9)
        write_id(out, id, true);
    else
        write_string(out, id);
}

static void chat_write_members(struct buf *out, const cJSON *from, const char *const *skip)
{
    const cJSON *m;
    cJSON_ArrayForEach(m, from)
    {
        bool known = false;
        for (const char *const *s = skip; *s && !known; s++)
            known = strcmp(*s, m->string) == 0;
        if (known)
            continue;
        buf_addc(out, ',');
        write_string(out, m->string);
        buf_addc(out, ':');
        json_write(out, m);
    }
}

static void chat_write_calls(struct buf *out, const struct llm_message *m, bool own, bool ids9)
{
    static const char *const entry_own[] = {"id", "type", "function", NULL};
    static const char *const function_own[] = {"name", "arguments", NULL};
    if (!m->call_count)
        return;
    buf_adds(out, ",\"tool_calls\":[");
    for (size_t i = 0; i < m->call_count; i++) {
        const struct llm_tool_call *c = &m->calls[i];
        const struct llm_part *part = own ? llm_parts_of_call(&m->parts, c->id) : NULL;
        AUTO_JSON *form =
            part && part->form ? json_parse(part->form, strlen(part->form), NULL) : NULL;
        buf_adds(out, i ? ",{\"id\":" : "{\"id\":");
        chat_write_id(out, c->id, ids9);
        buf_adds(out, ",\"type\":\"function\",\"function\":{\"name\":");
        write_string(out, c->name);
        buf_adds(out, ",\"arguments\":");
        AUTO_FREE char *args = write_args(c->args);
        write_string(out, args);
        chat_write_members(out, json_get(form, "function"), function_own);
        buf_addc(out, '}');
        chat_write_members(out, form, entry_own);
        buf_addc(out, '}');
    }
    buf_addc(out, ']');
}

static const char *chat_form_of(const struct llm_message *m, enum llm_part_kind kind)
{
    for (size_t i = 0; i < m->parts.count; i++)
        if (m->parts.ptr[i].kind == kind && m->parts.ptr[i].form)
            return m->parts.ptr[i].form;
    return NULL;
}

/* Whether this message takes its reasoning back; others than the family says bill it, or refuse. */
static bool chat_thinks_back(const struct llm_request *r, const struct llm_message *m)
{
    const struct family *f = family_of(r->model);
    if (model_refuses(r->model, "reasoning_content"))
        return false;
    return f->reasoning == REASONING_ALWAYS || (f->reasoning == REASONING_CALLS && m->call_count);
}

static void chat_write_assistant(struct buf *out, const struct llm_request *r,
                                 const struct llm_message *m, bool ids9)
{
    static const char *const with_reasoning[] = {"role", "content", "tool_calls", "function_call",
                                                 NULL};
    static const char *const without[] = {
        "role", "content", "tool_calls", "function_call", "reasoning", "reasoning_content", NULL};
    const struct family *f = family_of(r->model);
    bool own = body_is_own(&codec_chat, r, m), back = chat_thinks_back(r, m);
    const char *content = own ? chat_form_of(m, LLM_PART_TEXT) : NULL;
    const char *beside = own ? chat_form_of(m, LLM_PART_REASONING) : NULL;
    AUTO_JSON *members = beside ? json_parse(beside, strlen(beside), NULL) : NULL;
    if (f->reasoning_must && back && !json_get(members, f->reasoning_must)) {
        members = members ? members : cJSON_CreateObject();
        json_add_str(members, f->reasoning_must, "");
    }
    buf_adds(out, "{\"role\":\"assistant\",\"content\":");
    if (content)
        buf_adds(out, content);
    else if (m->text && *m->text)
        write_string(out, m->text);
    else
        buf_adds(out, m->call_count ? "null" : "\"\"");
    chat_write_members(out, members, back ? with_reasoning : without);
    chat_write_calls(out, m, own, ids9);
    buf_addc(out, '}');
}

/* An image or a file as a part of a user's content. */
static void chat_write_part(struct buf *out, const struct llm_part *p)
{
    const char *kind = p->id ? p->id : "application/octet-stream";
    AUTO_FREE char *url = write_url(p)
                              ? mem_strdup(write_url(p))
                              : mem_printf("data:%s;base64,%s", kind, p->text ? p->text : "");
    if (p->kind == LLM_PART_IMAGE) {
        buf_adds(out, ",{\"type\":\"image_url\",\"image_url\":{\"url\":");
        write_string(out, url);
        buf_adds(out, "}}");
        return;
    }
    buf_adds(out, ",{\"type\":\"file\",\"file\":{\"filename\":");
    write_string(out, p->name ? p->name : "file");
    buf_adds(out, ",\"file_data\":");
    write_string(out, url);
    buf_adds(out, "}}");
}

static void chat_write_seen(struct buf *out, const struct llm_request *r,
                            const struct llm_message *m)
{
    for (size_t i = 0; i < m->parts.count; i++)
        if (write_shows(r, &m->parts.ptr[i]))
            chat_write_part(out, &m->parts.ptr[i]);
}

/* A tool's result is text only here: what the results of a round show stands behind the last of
 * them, as a user's message. */
static void chat_write_shown(struct buf *out, const struct llm_request *r, size_t i)
{
    size_t from = i;
    bool any = false;
    if (r->messages[i].role != LLM_TOOL ||
        (i + 1 < r->message_count && r->messages[i + 1].role == LLM_TOOL))
        return;
    while (from > 0 && r->messages[from - 1].role == LLM_TOOL)
        from--;
    for (size_t k = from; k <= i && !any; k++)
        any = write_shows_any(r, &r->messages[k]);
    if (!any)
        return;
    buf_adds(out, ",{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"(what the tools "
                  "showed)\"}");
    for (size_t k = from; k <= i; k++)
        chat_write_seen(out, r, &r->messages[k]);
    buf_adds(out, "]}");
}

static void chat_write_content(struct buf *out, const struct llm_request *r,
                               const struct llm_message *m, const char *tail)
{
    AUTO(buf) text = {0};
    buf_adds(&text, m->text);
    if (tail && text.len)
        buf_adds(&text, "\n\n");
    buf_adds(&text, tail);
    if (m->role != LLM_USER || !write_shows_any(r, m)) {
        buf_add_json_str(out, buf_cstr(&text), text.len);
        return;
    }
    buf_adds(out, "[{\"type\":\"text\",\"text\":");
    buf_add_json_str(out, buf_cstr(&text), text.len);
    buf_addc(out, '}');
    chat_write_seen(out, r, m);
    buf_addc(out, ']');
}

/* tail: what is said for this request only, behind the message's own text; NULL: nothing. */
static void chat_write_message(struct buf *out, const struct llm_request *r,
                               const struct llm_message *m, bool ids9, const char *tail)
{
    if (m->role == LLM_ASSISTANT) {
        chat_write_assistant(out, r, m, ids9);
        return;
    }
    buf_addf(out, "{\"role\":\"%s\",",
             m->role == LLM_SYSTEM ? "system"
             : m->role == LLM_TOOL ? "tool"
                                   : "user");
    if (m->role == LLM_TOOL) {
        buf_adds(out, "\"tool_call_id\":");
        chat_write_id(out, m->call_id ? m->call_id : "", ids9);
        buf_addc(out, ',');
    }
    buf_adds(out, "\"content\":");
    chat_write_content(out, r, m, tail);
    buf_addc(out, '}');
}

static bool chat_ids9(const struct llm_request *r)
{
    const struct provider *p = provider_find(r->model->provider);
    return p && (p->flags & PROVIDER_IDS9);
}

/* Where it stands behind a tool's result as a user's words, most templates drop the reasoning of
 * the running loop, and Mistral refuses it: it joins the result's text unless the row says else. */
static bool chat_joins(const struct llm_request *r)
{
    if (r->message_count == 0 || !r->tail || !*r->tail)
        return false;
    enum llm_role last = r->messages[r->message_count - 1].role;
    return last == LLM_USER || (last == LLM_TOOL && family_of(r->model)->tail == TAIL_TOOL);
}

size_t chat_lasting(const struct llm_request *r)
{
    return r->message_count - chat_joins(r);
}

void chat_messages(const struct llm_request *r, size_t from, size_t to, struct buf *out,
                   size_t *tail_at)
{
    bool ids9 = chat_ids9(r), end = tail_at != NULL, tail = end && r->tail && *r->tail;
    for (size_t i = from; i < to; i++) {
        const struct llm_message *m = &r->messages[i];
        size_t at = out->len;
        if (i)
            buf_addc(out, ',');
        chat_write_message(out, r, m, ids9, NULL);
        chat_write_shown(out, r, i);
        if (!tail || i + 1 < r->message_count || !chat_joins(r))
            continue;
        /* The same again, with the tail: what stays is what both begin with. */
        AUTO(buf) with = {0};
        buf_adds(&with, i ? "," : "");
        chat_write_message(&with, r, m, ids9, r->tail);
        chat_write_shown(&with, r, i);
        for (*tail_at = at; out->ptr[*tail_at] == with.ptr[*tail_at - at]; ++*tail_at)
            ;
        buf_cut(out, at);
        buf_add(out, with.ptr, with.len);
        return;
    }
    if (!tail)
        return;
    *tail_at = out->len;
    buf_addf(out, "%s{\"role\":\"%s\",\"content\":", r->message_count ? "," : "",
             family_of(r->model)->tail == TAIL_SYSTEM ? "system" : "user");
    write_string(out, r->tail);
    buf_addc(out, '}');
}

static void chat_add_provider(cJSON *head, const struct llm_request *r, const struct provider *p)
{
    const struct family *f = family_of(r->model);
    if (f->cache_key && r->session && !model_refuses(r->model, "prompt_cache_key"))
        json_add_str(head, "prompt_cache_key", r->session);
    if (f->cache_request && r->goal_number > 0 && !json_get(head, "cache_control"))
        json_add_str(params_object(head, "cache_control"), "type", "ephemeral");
    if (!r->mode || !p || !model_routes_itself(r->model))
        return;
    json_add_str(params_object(head, "metadata"), "behavior_mode", r->mode->name);
}

static void chat_add_tools(struct buf *out, const struct llm_request *r)
{
    buf_adds(out, ",\"tools\":[");
    for (size_t i = 0; i < r->tool_count; i++) {
        const struct llm_tool *t = &r->tools[i];
        buf_addf(out, "%s{\"type\":\"function\",\"function\":{\"name\":", i ? "," : "");
        write_string(out, t->name);
        buf_adds(out, ",\"description\":");
        write_string(out, t->description);
        write_json(out, "parameters", write_schema(t));
        buf_adds(out, "}}");
    }
    buf_addc(out, ']');
}

void chat_begin(const struct llm_request *r, cJSON *head, struct buf *out)
{
    const struct provider *p = provider_find(r->model->provider);
    int64_t limit = params_limit(r);
    const char *name = family_of(r->model)->limit;
    if (limit > 0 && name)
        json_add_int(head, name, limit);
    chat_add_provider(head, r, p);
    json_write(out, head);
    buf_cut(out, out->len - 1);
    buf_adds(out, ",\"stream\":true");
    if (!model_refuses(r->model, "stream_options") &&
        (!p || !(p->flags & PROVIDER_NO_STREAM_OPTIONS)))
        buf_adds(out, ",\"stream_options\":{\"include_usage\":true}");
    if (r->tool_count)
        chat_add_tools(out, r);
    buf_adds(out, ",\"messages\":[");
}
