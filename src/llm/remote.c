#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/mem.h"
#include "llm/call.h"
#include "llm/codecs.h"
#include "llm/headers.h"
#include "llm/model_key.h"
#include "llm/models/family.h"
#include "llm/models/models.h"
#include "llm/remote.h"
#include "llm/turn/answer.h"
#include "llm/turn/answer_take.h"
#include "llm/turn/body.h"
#include "llm/turn/learn.h"
#include "llm/turn/params.h"
#include "net/http.h"

#define REMOTE_ERROR_BODY_MAX (1 << 20)
#define REMOTE_DONE_GRACE_MS 250 /* after [DONE] the connection is worth a short wait */
/* After a finish reason only the usage is still to come, from servers that send it. Some keep the
 * connection open and say nothing more: the answer is paid for and whole. */
#define REMOTE_FINISH_GRACE_MS 2000

enum step { STEP_CONNECT, STEP_WAIT, STEP_STREAM };

struct remote {
    struct attempt *a;
    struct llm_watch watch; /* ours, around the caller's */
    struct answer *answer;
    struct http_transfer *transfer;
    struct buf error_body;
    enum step step;
    int status;
    bool over;
    enum http_end end;
    char detail[256];
    int64_t connected_ms, byte_ms, payload_ms, done_ms;
    int64_t payloads; /* counted when payload_ms was set */
};

static void remote_text(void *arg, const char *s, size_t n)
{
    struct remote *r = arg;
    call_first_token(r->a);
    if (r->a->watch->text)
        r->a->watch->text(r->a->watch->arg, s, n);
}

static void remote_reasoning(void *arg, const char *s, size_t n)
{
    struct remote *r = arg;
    call_first_token(r->a);
    if (r->a->watch->reasoning)
        r->a->watch->reasoning(r->a->watch->arg, s, n);
}

static int64_t remote_first_byte_ms(const struct attempt *a)
{
    int64_t own = a->request->model->stream_timeout_ms;
    return own > 0 ? own : a->llm->limits.first_byte_ms;
}

static int64_t remote_idle_ms(const struct attempt *a)
{
    int64_t own = a->request->model->stream_timeout_ms;
    return own > 0 ? own : a->llm->limits.idle_ms;
}

static void remote_connected(void *arg)
{
    struct remote *r = arg;
    r->step = STEP_WAIT;
    r->connected_ms = clock_ms();
    call_phase(r->a, "wait", remote_first_byte_ms(r->a), NULL);
}

static void remote_head(void *arg, int status)
{
    struct remote *r = arg;
    r->status = status;
}

static bool remote_body(void *arg, const char *p, size_t n)
{
    struct remote *r = arg;
    r->byte_ms = clock_ms();
    if (r->status < 200 || r->status > 299) {
        if (r->error_body.len < REMOTE_ERROR_BODY_MAX)
            buf_add(&r->error_body, p, MIN(n, REMOTE_ERROR_BODY_MAX - r->error_body.len));
        return true;
    }
    if (r->step != STEP_STREAM) {
        r->step = STEP_STREAM;
        r->payload_ms = r->byte_ms;
        call_phase(r->a, "stream", remote_idle_ms(r->a), NULL);
    }
    bool ok = answer_feed(r->answer, p, n);
    if (answer_payloads(r->answer) != r->payloads)
        r->payload_ms = r->byte_ms;
    r->payloads = answer_payloads(r->answer);
    if (answer_is_done(r->answer) && !r->done_ms)
        r->done_ms = r->byte_ms;
    return ok;
}

static void remote_done(void *arg, enum http_end end, const char *detail)
{
    struct remote *r = arg;
    r->over = true;
    r->end = end;
    snprintf(r->detail, sizeof r->detail, "%s", detail);
}

/* Earliest of two deadlines, where -1 is none. */
static int64_t remote_earlier(int64_t a, int64_t b)
{
    return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

static int64_t remote_after(int64_t since, int64_t ms)
{
    return ms > 0 ? since + ms : -1;
}

static int64_t remote_deadline(const struct remote *r)
{
    int64_t at = call_total_deadline(r->a);
    if (r->done_ms)
        at = remote_earlier(at, r->done_ms + REMOTE_DONE_GRACE_MS);
    if (answer_is_finished(r->answer))
        at = remote_earlier(at, r->payload_ms + REMOTE_FINISH_GRACE_MS);
    if (r->step == STEP_WAIT)
        at = remote_earlier(at, remote_after(r->connected_ms, remote_first_byte_ms(r->a)));
    if (r->step == STEP_STREAM) {
        at = remote_earlier(at, remote_after(r->byte_ms, remote_idle_ms(r->a)));
        at = remote_earlier(at, remote_after(r->payload_ms, r->a->llm->payload_ceiling_ms));
    }
    return at;
}

static bool remote_timeout(struct remote *r)
{
    struct llm_failure *f = r->a->failure;
    int64_t now = clock_ms(), total = call_total_deadline(r->a);
    if (total >= 0 && now >= total) {
        r->a->hints.final = true;
        return failure_set(f, LLM_TIMEOUT, "the call took longer than its limit of %lld s",
                           (long long)((total - r->a->call_began_ms + 999) / 1000));
    }
    if (r->step == STEP_WAIT)
        return failure_set(f, LLM_TIMEOUT, "no answer began within %lld ms",
                           (long long)remote_first_byte_ms(r->a));
    /* An answer that had begun was worked on, and is paid for: silence there is tried once more,
     * not again and again. */
    r->a->hints.unchanged_is_final = true;
    int64_t idle = remote_idle_ms(r->a);
    if (idle > 0 && now - r->byte_ms >= idle)
        return failure_set(f, LLM_TIMEOUT, "the answer stalled: nothing came for %lld ms",
                           (long long)idle);
    return failure_set(f, LLM_TIMEOUT, "the server kept the line open for %lld s but sent nothing",
                       (long long)(r->a->llm->payload_ceiling_ms / 1000));
}

static bool remote_transport_failed(struct remote *r)
{
    struct llm_failure *f = r->a->failure;
    const struct model *m = r->a->request->model;
    switch (r->end) {
    case HTTP_NO_HOST:
        return failure_set(f, LLM_CONNECT, "no such host: %s", r->detail);
    case HTTP_NO_CONNECT:
        return failure_set(f, LLM_CONNECT, "cannot connect to %s: %s", m->api_base, r->detail);
    case HTTP_CONNECT_TIMEOUT:
        return failure_set(f, LLM_CONNECT, "no connection to %s in time: %s", m->api_base,
                           r->detail);
    case HTTP_TLS:
        r->a->hints.final = true;
        return failure_set(f, LLM_CONNECT,
                           "no secure connection to %s: %s (SSL_CERT_FILE names "
                           "the certificates of your own authority)",
                           m->api_base, r->detail);
    case HTTP_CUT:
        return failure_set(f, LLM_STREAM, "the connection broke: %s", r->detail);
    default:
        r->a->hints.final = true;
        return failure_set(f, LLM_CONNECT, "%s", r->detail);
    }
}

static bool remote_redirected(struct remote *r)
{
    const char *to = http_header(r->transfer, "location");
    r->a->failure->status = r->status;
    /* A class that is tried again: gateways redirect for a moment while they are redeployed. */
    return failure_set(r->a->failure, LLM_SERVER,
                       "it redirects to %.200s, which is not followed because the key would go "
                       "along. If that is right, make it the api_base",
                       to ? to : "(nowhere)");
}

static void remote_read_hints(struct remote *r)
{
    struct retry_hints *h = &r->a->hints;
    const char *should = http_header(r->transfer, "x-should-retry");
    h->should = !should                        ? 0
                : strcmp(should, "true") == 0  ? 1
                : strcmp(should, "false") == 0 ? -1
                                               : 0;
    AUTO_FREE char *after = mem_strdup(http_header(r->transfer, "retry-after"));
    if (r->a->failure->class == LLM_AUTH && model_key_refused(r->a->request->model))
        h->should = 1;
    h->after_ms = retry_asked_ms(http_header(r->transfer, "retry-after-ms"), after,
                                 r->a->failure->error.text, clock_wall_ms() / 1000);
}

/* A parameter refused by its name is left out, or named otherwise, from now on. */
static void remote_learn(struct remote *r)
{
    struct llm_failure *f = r->a->failure;
    AUTO(buf) told = {0};
    if ((r->status != 400 && r->status != 422) || f->class != LLM_BAD_REQUEST)
        return;
    r->a->hints.learned = learn_refusal(codec_of(r->a->request->model), r->a->request,
                                        buf_cstr(&r->error_body), &told);
    if (r->a->hints.learned)
        failure_set(f, LLM_BAD_REQUEST, "%s; from now on %s", f->error.text, buf_cstr(&told));
}

static bool remote_status_failed(struct remote *r)
{
    struct llm_failure *f = r->a->failure;
    if (r->status >= 300 && r->status < 400)
        return remote_redirected(r);
    bool silent = r->error_body.len == 0 && r->status == 400;
    failure_from_body(f, r->status, buf_cstr(&r->error_body), r->error_body.len);
    /* Cerebras refuses what is too long with an empty body. */
    if (silent && strcmp(r->a->request->model->provider, "cerebras") == 0)
        f->class = LLM_CONTEXT;
    remote_read_hints(r);
    remote_learn(r);
    return false;
}

static void remote_take(struct remote *r)
{
    struct attempt *a = r->a;
    answer_take(r->answer, a->request->used_ids, a->out);
    if (a->out->parts.count)
        a->out->parts.origin =
            body_origin(codec_of(a->request->model), a->request->model, a->request->mode);
}

static const char *remote_header(void *arg, const char *name)
{
    return http_header(arg, name);
}

/* The body has ended, well or not: what did the answer come to? */
static bool remote_judge(struct remote *r)
{
    struct attempt *a = r->a;
    bool good = r->status >= 200 && r->status <= 299, ok = false;
    if (r->status) {
        a->llm->rates = (struct llm_rates){0};
        rates_read(&a->llm->rates, remote_header, r->transfer, clock_wall_ms());
    }
    if (r->status && !good && r->end != HTTP_STOPPED)
        return remote_status_failed(r);
    if (good && (r->end == HTTP_DONE || r->end == HTTP_STOPPED || answer_is_done(r->answer) ||
                 answer_is_finished(r->answer)))
        ok = answer_end(r->answer);
    else
        remote_transport_failed(r);
    if (!ok)
        answer_abort(r->answer);
    if (good)
        remote_take(r);
    if (ok || a->failure->class != LLM_OK)
        return ok;
    *a->failure = *answer_failure(r->answer);
    a->hints.after_ms = retry_asked_ms(NULL, NULL, a->failure->error.text, 0);
    a->hints.unchanged_is_final = strstr(a->failure->error.text, "tool") != NULL;
    return false;
}

/* Broken off by us: what was received so far is the caller's to show. */
static bool remote_abandon(struct remote *r)
{
    answer_abort(r->answer);
    answer_take(r->answer, NULL, r->a->out);
    return false;
}

static bool remote_pump(struct remote *r)
{
    struct llm *l = r->a->llm;
    while (!r->over && !l->cancelled) {
        int64_t at = remote_deadline(r);
        bool late = at >= 0 && clock_ms() >= at;
        if (late && !r->done_ms && !answer_is_finished(r->answer)) {
            remote_timeout(r);
            return remote_abandon(r);
        }
        if (late) {
            r->over = true; /* the answer is whole; only the connection lingers */
            r->end = HTTP_DONE;
        } else {
            loop_step(l->loop, at);
        }
    }
    return l->cancelled ? remote_abandon(r) : remote_judge(r);
}

static bool remote_need_key(struct attempt *a, const char **key)
{
    struct error e = {0};
    if (model_key_get(a->request->model, a->llm->loop, &a->llm->cancelled, key, &e))
        return true;
    a->hints.final = true;
    return failure_set(a->failure, LLM_AUTH, "%s", e.text);
}

static bool remote_start(struct remote *r, const struct body *body, struct header_list *headers,
                         struct error *e)
{
    struct attempt *a = r->a;
    const struct model *m = a->request->model;
    struct http *http = call_http(a->llm, e);
    if (!http)
        return false;
    VEC_PUSH(headers, NULL);
    const struct http_request q = {.url = a->out->url,
                                   .headers = (const char *const *)headers->ptr,
                                   .body = body->text,
                                   .body_len = body->len,
                                   .connect_ms = a->llm->limits.connect_ms,
                                   .allow_http = m->allow_http};
    const struct http_events on = {.arg = r,
                                   .connected = remote_connected,
                                   .head = remote_head,
                                   .body = remote_body,
                                   .done = remote_done};
    call_phase(a, "connect", q.connect_ms, NULL);
    r->transfer = http_start(http, &q, &on, e);
    return r->transfer != NULL;
}

char *remote_url(const struct llm_request *r, struct error *e)
{
    return model_url(r->model, r->mode, model_dialect(r->model), e);
}

static bool remote_prepare(struct attempt *a, struct body *body, struct header_list *headers,
                           struct error *e)
{
    const struct llm_request *q = a->request;
    const char *key;
    if (!remote_need_key(a, &key))
        return false;
    if (!families_load(e)) /* a bad file of the user's is told, not worked around */
        return false;
    free(a->out->url);
    a->out->url = remote_url(q, e);
    return a->out->url && body_build(codec_of(q->model), q, body, e) &&
           headers_build(q->model, key, true, headers, e);
}

bool remote_attempt(struct attempt *a)
{
    struct error e = {0};
    AUTO(body) body = {0};
    struct header_list headers = {0};
    assert(a->llm->running && a->watch && a->number > 0);
    struct remote r = {.a = a};
    r.watch = (struct llm_watch){.arg = &r, .text = remote_text, .reasoning = remote_reasoning};
    const struct answer_opts o = {.watch = &r.watch,
                                  .tools = a->request->tools,
                                  .tool_count = a->request->tool_count,
                                  .limit = params_limit(a->request)};
    r.answer = answer_new(codec_of(a->request->model), &o);
    bool ok = remote_prepare(a, &body, &headers, &e) && remote_start(&r, &body, &headers, &e);
    if (ok)
        ok = remote_pump(&r);
    else if (a->failure->class == LLM_OK)
        failure_set(a->failure, LLM_CONFIG, "%s", e.text);
    http_close(r.transfer);
    headers_free(&headers);
    answer_free(r.answer);
    buf_fini(&r.error_body);
    return ok;
}
