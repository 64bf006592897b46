#include "llm/turn/body.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "llm/keys.h"
#include "llm/models/adapter.h"
#include "llm/models/models.h"
#include "llm/models/provider.h"

/* Members the codec writes itself; nobody's parameters replace them. */
static bool body_is_ours(const struct codec *codec, const char *name)
{
    for (const char *const *own = codec->own; *own; own++)
        if (strcmp(name, *own) == 0)
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

static void body_merge(const struct codec *codec, cJSON *head, const cJSON *params)
{
    AUTO_JSON *theirs = cJSON_Duplicate(params, true);
    for (cJSON *p = theirs ? theirs->child : NULL, *next; p; p = next) {
        next = p->next;
        if (body_is_ours(codec, p->string))
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

static bool body_takes_temperature(const struct model *m)
{
    static const char *const fixed[] = {"o1", "o3", "o4", "gpt-5"};
    for (size_t i = 0; i < COUNT_OF(fixed) && provider_is_openai_proper(m->provider, m->api_base);
         i++)
        if (strncmp(m->upstream, fixed[i], strlen(fixed[i])) == 0)
            return false;
    return true;
}

char *body_origin(const struct codec *codec, const struct model *m, const struct mode *mode)
{
    if (!codec->sealed)
        return mem_printf("%s %s", codec->name, m->name);
    AUTO_FREE char *sent = model_sent_name(m, mode);
    return mem_printf("%s %s of %s", codec->name, sent, m->api_base ? m->api_base : "?");
}

bool body_is_own(const struct codec *codec, const struct llm_request *r,
                 const struct llm_message *m)
{
    AUTO_FREE char *origin = m->parts.count ? body_origin(codec, r->model, r->mode) : NULL;
    return origin && m->parts.origin && strcmp(origin, m->parts.origin) == 0;
}

/* The parameters as they are written in chat's names: model's, then the request's, then the mode's.
 * The limit is not among them: body_limit() says it, and each dialect has its name for it. */
static cJSON *body_head(const struct codec *codec, const struct llm_request *r)
{
    cJSON *head = cJSON_CreateObject();
    AUTO_FREE char *name = model_sent_name(r->model, r->mode);
    json_add_str(head, "model", name);
    body_merge(codec, head, r->model->params);
    body_merge(codec, head, json_get(r->model->params, "extra_body"));
    if (r->temperature >= 0 && body_takes_temperature(r->model)) {
        /* Rounded, for 0.7 is not to go out as 0.69999999999999996. */
        AUTO_JSON *t = cJSON_CreateObject();
        json_add(t, "temperature", cJSON_CreateNumber(round(r->temperature * 1e6) / 1e6));
        body_merge(codec, head, t);
    }
    if (r->mode)
        body_merge(codec, head, r->mode->parameters);
    if (r->mode)
        adapter_add_body(head, &r->mode->lora, r->lora_slot);
    cJSON_DeleteItemFromObjectCaseSensitive(head, "max_tokens");
    cJSON_DeleteItemFromObjectCaseSensitive(head, "max_completion_tokens");
    return head;
}

/* What decides how a message is written: the dialect, and who gets its own words back. */
static char *body_form(const struct codec *codec, const struct llm_request *r)
{
    AUTO_FREE char *origin = body_origin(codec, r->model, r->mode);
    return mem_printf("%s %s", r->model->provider, origin);
}

/* The caller says by the epoch that the messages written before are unchanged. A slip there would
 * go unseen, so the last of them is looked at: a view that moved shows itself in it. */
static void body_check_last(const struct codec *codec, struct llm_prefix *x,
                            const struct llm_request *r)
{
    AUTO(buf) last = {0};
    if (!x->count)
        return;
    codec->messages(r, x->count - 1, x->count, &last, NULL);
    if (last.len != x->len - x->last_at ||
        memcmp(last.ptr, x->text.ptr + x->room + x->last_at, last.len) != 0)
        prefix_forget(x);
}

/* The messages that stay as they are, once; behind them the rest, which the next request writes
 * again: groups that may still grow, marks that move, the tail. */
static size_t body_add_messages(const struct codec *codec, struct llm_prefix *x,
                                const struct llm_request *r)
{
    size_t lasting = codec->lasting(r), tail_at = SIZE_MAX;
    AUTO_FREE char *form = body_form(codec, r);
    prefix_begin(x, form, r->epoch, lasting);
    body_check_last(codec, x, r);
    for (; x->count < lasting; x->count++) {
        x->last_at = x->text.len - x->room;
        codec->messages(r, x->count, x->count + 1, &x->text, NULL);
    }
    x->len = x->text.len - x->room;
    codec->messages(r, lasting, r->message_count, &x->text, &tail_at);
    return MIN(tail_at, x->text.len) - x->room;
}

/* resolve: put the values of os.environ/NAME in. */
static bool body_write(const struct codec *codec, const struct llm_request *r, struct llm_prefix *x,
                       struct body *out, bool resolve, struct error *e)
{
    AUTO_JSON *head = body_head(codec, r);
    AUTO(buf) before = {0};
    if (resolve && !keys_resolve(head, e))
        return false;
    codec->begin(r, head, &before);
    prefix_set_head(x, &before);
    out->tail_at = before.len + body_add_messages(codec, x, r);
    buf_adds(&x->text, codec->end);
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
static void body_prove(const struct codec *codec, const struct llm_request *r,
                       const struct body *kept)
{
#ifdef __SANITIZE_ADDRESS__
    AUTO(body) fresh = {0};
    bool ok = body_write(codec, r, &fresh.own, &fresh, true, NULL);
    assert(ok && fresh.len == kept->len && fresh.tail_at == kept->tail_at);
    assert(memcmp(fresh.text, kept->text, kept->len) == 0);
#endif
}

bool body_build(const struct codec *codec, const struct llm_request *r, struct body *out,
                struct error *e)
{
    *out = (struct body){0};
    if (!body_write(codec, r, r->prefix ? r->prefix : &out->own, out, true, e))
        return false;
    body_prove(codec, r, out);
    return true;
}

void body_show(const struct codec *codec, const struct llm_request *r, struct buf *out,
               size_t *tail_at)
{
    AUTO(body) b = {0};
    if (!body_write(codec, r, &b.own, &b, false, NULL))
        return; /* without resolving nothing can fail */
    buf_add(out, b.text, b.len);
    if (tail_at)
        *tail_at = b.tail_at;
}
