#include "llm/chat/body.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "llm/chat/message_json.h"
#include "llm/keys.h"
#include "llm/models/adapter.h"
#include "llm/models/models.h"
#include "llm/models/provider.h"

/* Members we write ourselves; nobody's parameters replace them. */
static bool body_is_ours(const char *name)
{
    static const char *const ours[] = {"messages", "stream", "stream_options", "tools",
                                       "extra_body"};
    for (size_t i = 0; i < COUNT_OF(ours); i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    return false;
}

void body_overlay(cJSON *into, const cJSON *params)
{
    const cJSON *p;
    cJSON_ArrayForEach(p, params)
    {
        cJSON *old = cJSON_GetObjectItemCaseSensitive(into, p->string);
        if (cJSON_IsNull(p))
            cJSON_DeleteItemFromObjectCaseSensitive(into, p->string);
        else if (cJSON_IsObject(old) && cJSON_IsObject(p))
            body_overlay(old, p);
        else if (old)
            cJSON_ReplaceItemInObjectCaseSensitive(into, p->string, cJSON_Duplicate(p, true));
        else
            json_add(into, p->string, cJSON_Duplicate(p, true));
    }
}

static void body_merge(cJSON *head, const cJSON *params)
{
    AUTO_JSON *theirs = cJSON_Duplicate(params, true);
    for (cJSON *p = theirs ? theirs->child : NULL, *next; p; p = next) {
        next = p->next;
        if (body_is_ours(p->string))
            cJSON_Delete(cJSON_DetachItemViaPointer(theirs, p));
    }
    body_overlay(head, theirs);
}

static int64_t body_limit_of(const cJSON *params)
{
    int64_t v = json_int(params, "max_completion_tokens", 0);
    return v > 0 ? v : json_int(params, "max_tokens", 0);
}

int64_t body_limit(const struct llm_request *r)
{
    int64_t mode = r->mode ? body_limit_of(r->mode->parameters) : 0;
    int64_t model = body_limit_of(r->model->params), asked = r->max_tokens;
    if (mode > 0)
        return mode;
    if (model > 0 && asked > 0)
        return MIN(model, asked);
    return MAX(MAX(model, asked), 0);
}

/* Only OpenAI's own newest models want the new name; almost all other servers know the old. */
static void body_add_limit(cJSON *head, const struct llm_request *r)
{
    int64_t limit = body_limit(r);
    cJSON_DeleteItemFromObjectCaseSensitive(head, "max_tokens");
    cJSON_DeleteItemFromObjectCaseSensitive(head, "max_completion_tokens");
    if (limit > 0)
        json_add_int(head,
                     provider_is_openai_proper(r->model->provider, r->model->api_base)
                         ? "max_completion_tokens"
                         : "max_tokens",
                     limit);
}

static bool body_takes_temperature(const struct model *m)
{
    static const char *const fixed[] = {"o1", "o3", "o4", "gpt-5"};
    for (size_t i = 0; i < COUNT_OF(fixed) && provider_is_openai_proper(m->provider, m->api_base);
         i++)
        if (strncmp(m->upstream, fixed[i], strlen(fixed[i])) == 0)
            return false;
    return true;
}

static void body_add_provider(cJSON *head, const struct llm_request *r, const struct provider *p)
{
    bool cache_key = p && (p->flags & PROVIDER_CACHE_KEY) &&
                     (strcmp(p->name, "openai") != 0 ||
                      provider_is_openai_proper(r->model->provider, r->model->api_base));
    if (cache_key && r->session)
        json_add_str(head, "prompt_cache_key", r->session);
    if (!r->mode || !p || !model_routes_itself(r->model))
        return;
    cJSON *meta = cJSON_GetObjectItemCaseSensitive(head, "metadata");
    if (!meta)
        meta = cJSON_AddObjectToObject(head, "metadata");
    json_add_str(meta, "behavior_mode", r->mode->name);
}

static cJSON *body_head(const struct llm_request *r, const struct provider *p)
{
    cJSON *head = cJSON_CreateObject();
    AUTO_FREE char *name = model_sent_name(r->model, r->mode);
    json_add_str(head, "model", name);
    body_merge(head, r->model->params);
    body_merge(head, json_get(r->model->params, "extra_body"));
    if (r->temperature >= 0 && body_takes_temperature(r->model)) {
        /* Rounded, for 0.7 is not to go out as 0.69999999999999996. */
        AUTO_JSON *t = cJSON_CreateObject();
        json_add(t, "temperature", cJSON_CreateNumber(round(r->temperature * 1e6) / 1e6));
        body_merge(head, t);
    }
    if (r->mode)
        body_merge(head, r->mode->parameters);
    if (r->mode)
        adapter_add_body(head, &r->mode->lora, r->lora_slot);
    body_add_limit(head, r);
    body_add_provider(head, r, p);
    return head;
}

static void body_add_tools(struct buf *out, const struct llm_request *r)
{
    buf_adds(out, ",\"tools\":[");
    for (size_t i = 0; i < r->tool_count; i++) {
        const struct llm_tool *t = &r->tools[i];
        buf_addf(out, "%s{\"type\":\"function\",\"function\":{\"name\":", i ? "," : "");
        buf_add_json_str(out, t->name, strlen(t->name));
        buf_adds(out, ",\"description\":");
        buf_add_json_str(out, t->description ? t->description : "",
                         t->description ? strlen(t->description) : 0);
        buf_addf(out, ",\"parameters\":%s}}",
                 t->schema && *t->schema ? t->schema : "{\"type\":\"object\",\"properties\":{}}");
    }
    buf_addc(out, ']');
}

/* Mistral takes no user message after a tool's, so there the tail joins the tool's text. */
static bool body_joins(const struct llm_request *r, const struct provider *p)
{
    if (r->message_count == 0)
        return false;
    enum llm_role last = r->messages[r->message_count - 1].role;
    return last == LLM_USER || (last == LLM_TOOL && p && (p->flags & PROVIDER_IDS9));
}

static void body_add_tail(struct buf *out, const struct llm_request *r, bool joins)
{
    AUTO(buf) text = {0};
    if (!joins) {
        buf_adds(out, r->message_count ? ",{\"role\":\"user\",\"content\":"
                                       : "{\"role\":\"user\",\"content\":");
        buf_add_json_str(out, r->tail, strlen(r->tail));
        buf_addc(out, '}');
        return;
    }
    buf_adds(&text, "\n\n");
    buf_adds(&text, r->tail);
    AUTO(buf) quoted = {0};
    buf_add_json_str(&quoted, text.ptr, text.len);
    buf_add(out, quoted.ptr + 1, quoted.len - 1); /* goes on inside the open string */
    buf_addc(out, '}');
}

/* Two things decide how a message is written: who gets its own words back as they came, and the
 * form of call ids. */
static char *body_form(const struct llm_request *r, bool ids9)
{
    return mem_printf("chat %s %s", ids9 ? "ids9" : "", r->model->name);
}

/* The caller says by the epoch that the messages written before are unchanged. A slip there would
 * go unseen, so the last of them is looked at: a view that moved shows itself in it. */
static void body_check_last(struct llm_prefix *x, const struct llm_request *r, bool ids9)
{
    AUTO(buf) last = {0};
    if (!x->count)
        return;
    message_json_add(&last, &r->messages[x->count - 1], r->model, ids9);
    if (last.len != x->len - x->last_at ||
        memcmp(last.ptr, x->text.ptr + x->room + x->last_at, last.len) != 0)
        prefix_forget(x);
}

static void body_add_messages(struct llm_prefix *x, const struct llm_request *r,
                              const struct provider *p)
{
    bool ids9 = p && (p->flags & PROVIDER_IDS9);
    AUTO_FREE char *form = body_form(r, ids9);
    prefix_begin(x, form, r->epoch, r->message_count);
    body_check_last(x, r, ids9);
    for (; x->count < r->message_count; x->count++) {
        if (x->count)
            buf_addc(&x->text, ',');
        x->last_at = x->text.len - x->room;
        message_json_add(&x->text, &r->messages[x->count], r->model, ids9);
    }
    x->len = x->text.len - x->room;
}

/* resolve: put the values of os.environ/NAME in. */
static bool body_write(const struct llm_request *r, struct llm_prefix *x, struct body *out,
                       bool resolve, struct error *e)
{
    const struct provider *p = provider_find(r->model->provider);
    bool tail = r->tail && *r->tail, joins = tail && body_joins(r, p);
    AUTO_JSON *head = body_head(r, p);
    AUTO(buf) before = {0};
    if (resolve && !keys_resolve(head, e))
        return false;
    json_write(&before, head);
    buf_cut(&before, before.len - 1);
    buf_adds(&before, ",\"stream\":true");
    if (!p || !(p->flags & PROVIDER_NO_STREAM_OPTIONS))
        buf_adds(&before, ",\"stream_options\":{\"include_usage\":true}");
    if (r->tool_count)
        body_add_tools(&before, r);
    buf_adds(&before, ",\"messages\":[");
    prefix_set_head(x, &before);
    body_add_messages(x, r, p);
    if (joins)
        prefix_open_last(x); /* the closing quote and brace of the last message */
    out->tail_at = x->head_len + (x->text.len - x->room);
    if (tail)
        body_add_tail(&x->text, r, joins);
    buf_adds(&x->text, "]}");
    out->text = prefix_text(x, &out->len);
    return true;
}

void body_fini(struct body *b)
{
    prefix_fini(&b->own);
    *b = (struct body){0};
}

/* Built with AddressSanitizer, as the end-to-end tests are run, each request is written a second
 * time and compared: an epoch that somebody forgot to raise shows wherever it happens. */
static void body_prove(const struct llm_request *r, const struct body *kept)
{
#ifdef __SANITIZE_ADDRESS__
    AUTO(body) fresh = {0};
    bool ok = body_write(r, &fresh.own, &fresh, true, NULL);
    assert(ok && fresh.len == kept->len && fresh.tail_at == kept->tail_at);
    assert(memcmp(fresh.text, kept->text, kept->len) == 0);
#endif
}

bool body_build(const struct llm_request *r, struct body *out, struct error *e)
{
    *out = (struct body){0};
    if (!body_write(r, r->prefix ? r->prefix : &out->own, out, true, e))
        return false;
    body_prove(r, out);
    return true;
}

void body_show(const struct llm_request *r, struct buf *out, size_t *tail_at)
{
    AUTO(body) b = {0};
    if (!body_write(r, &b.own, &b, false, NULL))
        return; /* without resolving nothing can fail */
    buf_add(out, b.text, b.len);
    if (tail_at)
        *tail_at = b.tail_at;
}
