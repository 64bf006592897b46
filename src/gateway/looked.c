#include <string.h>

#include "base/clock.h"
#include "gateway/gateway_priv.h"
#include "llm/call_ids.h"
#include "llm/codecs.h"
#include "llm/turn/answer_build.h"
#include "llm/turn/answer_take.h"

void looked_fini(struct serving *s)
{
    answer_free(s->look);
    s->look = NULL;
    llm_reply_fini(&s->look_reply);
    buf_fini(&s->held);
}

bool looked_can(const struct serving *s)
{
    if (!hook_wants(&s->gateway->o.hooks, "pre_tool"))
        return true;
    AUTO_JSON *j = json_parse(buf_cstr(&s->body), s->body.len, NULL);
    int64_t more = json_int(json_get(j, "generationConfig"), "candidateCount", 1);
    return json_int(j, "n", 1) <= 1 && more <= 1;
}

void looked_begin(struct serving *s)
{
    const struct answer_opts none = {0};
    looked_fini(s);
    s->looked = false;
    s->hooked = 0;
    if (s->styled && !s->count_tokens && hook_wants(&s->gateway->o.hooks, "pre_tool"))
        s->look = answer_new(codec_at(s->style), &none);
}

/* Whole events go on as long as none of them began a call. What is no stream waits for its end. */
static void looked_let_go(struct serving *s)
{
    const struct buf *h = &s->held;
    bool whole = (h->len > 2 && memcmp(h->ptr + h->len - 2, "\n\n", 2) == 0) ||
                 (h->len > 4 && memcmp(h->ptr + h->len - 4, "\r\n\r\n", 4) == 0);
    if (s->look->framing != ANSWER_STREAM || s->look->calls.len || !whole)
        return;
    buf_add(&s->queue, h->ptr, h->len);
    buf_clear(&s->held);
    s->told_ms = clock_ms();
}

void looked_feed(struct serving *s, const char *p, size_t n)
{
    if (!s->look || s->status >= 300) {
        buf_add(&s->queue, p, n);
        return;
    }
    for (size_t len; n > 0; p += len, n -= len) {
        const char *end = memmem(p, n, "\n\n", 2);
        len = end ? (size_t)(end + 2 - p) : n;
        if (!answer_feed(s->look, p, len))
            answer_abort(s->look); /* the end says what that means */
        buf_add(&s->held, p, len);
        looked_let_go(s);
    }
}

bool looked_ping(struct serving *s, int64_t now)
{
    if (!s->look || s->looked || !s->held.len || s->state != SERVING_ANSWERED ||
        now - s->told_ms < s->gateway->o.ping_ms)
        return false;
    buf_adds(&s->queue, codec_at(s->style)->tell->ping);
    s->told_ms = now;
    return true;
}

void looked_fail(struct serving *s, const char *why)
{
    struct llm_failure f = {0};
    struct asked asked = {.stream = true, .array = s->array};
    struct tell tell = {0};
    failure_set(&f, LLM_BAD_REQUEST, "%s", why);
    tell_init(&tell, codec_at(s->style)->tell, &asked, "", &s->queue);
    tell_fail(&tell, &f);
    tell_fini(&tell);
    s->complete = true;
}

bool looked_pass(struct serving *s, void (*done)(void *arg), char **refusal)
{
    if (!s->look || s->looked)
        return true;
    bool whole = s->end == HTTP_DONE && !s->look->failed && answer_end(s->look);
    if (whole && !s->look_reply.finish)
        answer_take(s->look, NULL, &s->look_reply);
    if (!hooks_see_calls(s, &s->look_reply, done, refusal))
        return false;
    s->looked = true;
    if (!*refusal && (whole || !s->look->calls.len)) /* else nobody saw the call: it broke off */
        buf_add(&s->queue, s->held.ptr, s->held.len);
    buf_fini(&s->held);
    return true;
}
