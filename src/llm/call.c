#include "llm/call.h"

#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "llm/codecs.h"
#include "llm/models/models.h"
#include "llm/tokens.h"
#include "llm/turn/body.h"
#include "net/http.h"

bool call_pause(struct llm *l, int64_t ms)
{
    int64_t until = clock_ms() + ms;
    while (!l->cancelled && clock_ms() < until)
        loop_step(l->loop, until);
    return !l->cancelled;
}

void call_phase(const struct attempt *a, const char *phase, int64_t wait_ms, const char *detail)
{
    if (a->watch->phase)
        a->watch->phase(a->watch->arg, phase, wait_ms, a->number, detail);
}

void call_first_token(struct attempt *a)
{
    a->showed = true;
    if (a->out->first_token_ms < 0)
        a->out->first_token_ms = clock_ms() - a->call_began_ms;
}

/* Of the body that was sent, or would have been. */
static int64_t call_input_tokens(const struct llm_request *r)
{
    if (r->prefix && r->prefix->count)
        return prefix_tokens(r->prefix);
    AUTO(buf) body = {0};
    body_show(codec_of(r->model), r, &body, NULL);
    return tokens_estimate(body.ptr, body.len);
}

void call_estimate_usage(struct attempt *a)
{
    struct llm_reply *o = a->out;
    if (o->usage.reported)
        return;
    o->usage.input = call_input_tokens(a->request);
    o->usage.reasoning = o->reasoning ? tokens_estimate(o->reasoning, strlen(o->reasoning)) : 0;
    o->usage.output = o->usage.reasoning;
    o->usage.output += o->text ? tokens_estimate(o->text, strlen(o->text)) : 0;
    for (size_t i = 0; i < o->call_count; i++)
        o->usage.output += tokens_estimate(o->calls[i].args, strlen(o->calls[i].args)) + 8;
}

int64_t call_total_deadline(const struct attempt *a)
{
    int64_t ms = a->request->model->timeout_ms;
    ms = ms > 0 ? ms : a->llm->limits.total_ms;
    return ms > 0 ? a->call_began_ms + ms : -1;
}

struct http *call_http(struct llm *l, struct error *e)
{
    if (!l->http && (l->http = http_new(l->loop, e)))
        http_gather(l->http);
    return l->http;
}
