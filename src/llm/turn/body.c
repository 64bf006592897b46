#include "llm/turn/body.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "llm/keys.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/turn/params.h"

char *body_origin(const struct codec *codec, const struct model *m, const struct mode *mode)
{
    int refused = family_of(m)->proofs;
    AUTO_FREE char *since = refused ? mem_printf(" since refusal %d", refused) : mem_strdup("");
    if (!codec->sealed)
        return mem_printf("%s %s%s", codec->name, m->name, since);
    AUTO_FREE char *sent = model_sent_name(m, mode);
    return mem_printf("%s %s of %s%s", codec->name, sent, m->api_base ? m->api_base : "?", since);
}

bool body_is_own(const struct codec *codec, const struct llm_request *r,
                 const struct llm_message *m)
{
    AUTO_FREE char *origin = m->parts.count ? body_origin(codec, r->model, r->mode) : NULL;
    return origin && m->parts.origin && strcmp(origin, m->parts.origin) == 0;
}

/* What decides how a message is written: the dialect, who gets its own words back, and the row of
 * the deployment, which its name and its server choose. */
static char *body_form(const struct codec *codec, const struct llm_request *r)
{
    const struct model *m = r->model;
    AUTO_FREE char *origin = body_origin(codec, m, r->mode);
    return mem_printf("%s %s %s %s %d%s", m->provider, m->upstream, m->api_base ? m->api_base : "?",
                      origin, family_of(m)->lessons, r->goal_number > 0 ? "" : " aside");
}

/* The caller says by the epoch that the messages written before are unchanged. A slip there would
 * go unseen, so the last of them is looked at: a view that moved shows itself in it. */
static void body_check_last(const struct codec *codec, struct llm_prefix *x,
                            const struct llm_request *r)
{
    AUTO(buf) last = {0};
    if (!x->count)
        return;
    codec->messages(r, codec->unit(r, x->count - 1), x->count, &last, NULL);
    bool same = last.len == x->len - x->last_at; /* of system text there may be nothing here */
    if (same && last.len)
        same = memcmp(last.ptr, x->text.ptr + x->room + x->last_at, last.len) == 0;
    if (!same)
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
    if (x->count < lasting) {
        size_t last = MAX(codec->unit(r, lasting - 1), x->count);
        codec->messages(r, x->count, last, &x->text, NULL);
        x->last_at = x->text.len - x->room;
        codec->messages(r, last, lasting, &x->text, NULL);
        x->count = lasting;
    }
    x->len = x->text.len - x->room;
    codec->messages(r, lasting, r->message_count, &x->text, &tail_at);
    return MIN(tail_at, x->text.len) - x->room;
}

/* resolve: put the values of os.environ/NAME in. */
static bool body_write(const struct codec *codec, const struct llm_request *r, struct llm_prefix *x,
                       struct body *out, bool resolve, struct error *e)
{
    AUTO_JSON *head = params_head(codec, r);
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
