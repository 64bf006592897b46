/* The way of a request to a server, and of its answer back. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/gateway_priv.h"
#include "llm/keys.h"
#include "llm/models/provider.h"

#define UPSTREAM_ASK_MS 60000 /* loading an adapter */

/* Headers of a client that mean something to a server and carry no secret of ours. */
static const char *const upstream_passed[] = {"Accept-Encoding", "anthropic-version",
                                              "anthropic-beta", "OpenAI-Beta"};

void upstream_close(struct serving *s)
{
    http_close(s->transfer);
    s->transfer = NULL;
    headers_free(&s->headers);
    s->headers = (struct header_list){0};
}

void upstream_free(struct serving *s)
{
    upstream_close(s);
    adapter_ask_fini(&s->ask);
    buf_fini(&s->asked);
    buf_fini(&s->out);
    rewrite_fini(&s->rewrite);
    free(s->mode_name);
    for (size_t i = 0; i < s->targets.len; i++)
        mode_free(s->targets.ptr[i].mode);
    VEC_FREE(&s->targets);
}

/* ---- who may serve it ---- */

/* "model", "model@mode", "model@a+b". */
static const struct model *upstream_model(struct serving *s, const char *name)
{
    struct error e = {0};
    struct models *all = s->gateway->o.models;
    const char *at = strrchr(name, '@');
    const struct model *m = models_declared(all, name, at ? NULL : &e);
    if (!m && at) {
        AUTO_FREE char *plain = mem_strndup(name, (size_t)(at - name));
        m = models_declared(all, plain, &e);
        if (m && !s->mode_name)
            s->mode_name = mem_strdup(at + 1);
    }
    if (!m)
        answer_unknown_model(s, name, &e);
    return m;
}

static bool upstream_targets(struct serving *s, const struct model *m)
{
    struct error e = {0};
    bool mode = s->mode_name && *s->mode_name;
    struct mode *first = mode ? mode_compose(m, s->mode_name, false, &e) : NULL;
    if (mode && !first)
        return answer_refuse(s, 400, "%s", e.text);
    for (const struct model *d = m; d; d = d->next) {
        if (d->problem || strcmp(d->provider, "playbook") == 0)
            continue;
        struct mode *own = first ? mode_for(d, first) : NULL;
        if (first && !own)
            continue;
        struct target t = {d, own};
        VEC_PUSH(&s->targets, t);
    }
    mode_free(first);
    return s->targets.len > 0 || answer_refuse(s, 400, "no server is declared for %s", m->name);
}

/* ---- the request ---- */

static bool upstream_header(struct serving *s, const char *name, const char *fallback)
{
    const char *v = s->gateway->mhd->lookup_connection_value(s->connection, MHD_HEADER_KIND, name);
    v = v ? v : fallback;
    if (v && !strpbrk(v, "\r\n"))
        VEC_PUSH(&s->headers, mem_printf("%s: %s", name, v));
    return v != NULL;
}

static bool upstream_key(struct serving *s, const struct model *m, struct error *e)
{
    const struct provider *p = provider_find(m->provider);
    const char *key = m->key_literal ? m->key_literal : keys_get(m->key_env);
    if (!key)
        return !m->key_env || (p && (p->flags & PROVIDER_KEY_OPTIONAL)) ||
               error_set(e, ERR_CONFIG, "%s needs a key and none is set: export %s=…", m->name,
                         m->key_env);
    log_hide(key);
    if (strpbrk(key, "\r\n"))
        return error_set(e, ERR_CONFIG, "the API key of %s holds a line break", m->name);
    bool anthropic = s->style == ROUTE_MESSAGES && strcmp(m->provider, "anthropic") == 0;
    VEC_PUSH(&s->headers,
             mem_printf("%s%s", anthropic ? "x-api-key: " : "Authorization: Bearer ", key));
    return true;
}

static bool upstream_headers(struct serving *s, const struct model *m, struct error *e)
{
    if (!headers_build(m, NULL, false, &s->headers, e) || !upstream_key(s, m, e))
        return false;
    for (size_t i = 0; i < COUNT_OF(upstream_passed); i++)
        upstream_header(s, upstream_passed[i],
                        s->style == ROUTE_MESSAGES && i == 1 ? "2023-06-01" : NULL);
    VEC_PUSH(&s->headers, NULL);
    return true;
}

static void upstream_head(void *arg, int status)
{
    struct serving *s = arg;
    s->headed = true;
    s->status = status;
    s->byte_ms = clock_ms();
    serve_later(s);
}

/* Another deployment may do better as long as the client has seen nothing. */
static bool upstream_status_passes(const struct serving *s, int status)
{
    return (status == 429 || status >= 500) && s->at + 1 < s->targets.len;
}

static bool upstream_body(void *arg, const char *p, size_t n)
{
    struct serving *s = arg;
    s->byte_ms = clock_ms();
    if (upstream_status_passes(s, s->status) && s->state == SERVING_WAIT)
        return false;
    buf_add(&s->queue, p, n);
    if (s->queue.len - s->sent > GATEWAY_QUEUE_HIGH && !s->paused) {
        s->paused = true;
        http_pause(s->transfer, true);
    }
    serve_later(s);
    return true;
}

static bool upstream_asked(void *arg, const char *p, size_t n)
{
    struct serving *s = arg;
    buf_add(&s->asked, p, n);
    return s->asked.len < 1 << 20;
}

static void upstream_done(void *arg, enum http_end end, const char *detail)
{
    struct serving *s = arg;
    s->over = true;
    s->end = end;
    snprintf(s->detail, sizeof s->detail, "%s", detail);
    serve_later(s);
}

static bool upstream_send(struct serving *s, const char *url, const struct buf *body, bool ask,
                          struct error *e)
{
    const struct model *m = s->targets.ptr[s->at].model;
    const struct http_request q = {.url = url,
                                   .headers = (const char *const *)s->headers.ptr,
                                   .body = body ? buf_cstr(body) : NULL,
                                   .body_len = body ? body->len : 0,
                                   .connect_ms = s->gateway->o.limits.connect_ms,
                                   .allow_http = m->allow_http};
    const struct http_events on = {.arg = s,
                                   .head = upstream_head,
                                   .body = ask ? upstream_asked : upstream_body,
                                   .done = upstream_done};
    s->over = s->headed = s->late = false;
    s->status = 0;
    s->asking = ask;
    s->started_ms = clock_ms();
    s->transfer = http_start(s->gateway->http, &q, &on, e);
    return s->transfer != NULL;
}

static char *upstream_url(const struct serving *s, const struct target *t, struct error *e)
{
    AUTO_FREE char *url = model_url(t->model, t->mode, s->style, e);
    return url ? mem_printf("%s%s%s", url, s->count_tokens ? "/count_tokens" : "",
                            s->beta ? "?beta=true" : "")
               : NULL;
}

static bool upstream_request(struct serving *s, struct error *e)
{
    const struct target *t = &s->targets.ptr[s->at];
    const struct outgoing o = {s->style, t->model, t->mode, s->lora_slot};
    AUTO_FREE char *url = upstream_url(s, t, e);
    buf_clear(&s->out);
    if (!url || !rewrite_write(&s->rewrite, &o, &s->out, e) || !upstream_headers(s, t->model, e))
        return false;
    log_info("proxy", "%s %s%s%s -> %s", s->path, t->model->name, t->mode ? "@" : "",
             t->mode ? t->mode->name : "", url);
    return upstream_send(s, url, &s->out, false, e);
}

/* ---- adapters ---- */

static const struct adapter *upstream_adapter(const struct gateway *p, const struct target *t)
{
    for (size_t i = 0; i < p->adapters.len; i++)
        if (strcmp(p->adapters.ptr[i].base, t->model->api_base) == 0 &&
            strcmp(p->adapters.ptr[i].name, t->mode->lora.name) == 0)
            return &p->adapters.ptr[i];
    return NULL;
}

/* Ask for the adapter when nobody has yet. *waits: the answer must come first. */
static bool upstream_prepare(struct serving *s, bool *waits, struct error *e)
{
    const struct target *t = &s->targets.ptr[s->at];
    const struct adapter *known = NULL;
    *waits = false;
    s->lora_slot = 0;
    if (!t->mode || t->mode->lora.api == LORA_NONE)
        return true;
    if ((known = upstream_adapter(s->gateway, t))) {
        s->lora_slot = known->slot;
        return true;
    }
    adapter_ask_fini(&s->ask);
    buf_clear(&s->asked);
    if (!adapter_ask_load(t->model, &t->mode->lora, &s->ask))
        return true;
    *waits = true;
    if (!upstream_headers(s, t->model, e))
        return false;
    struct buf body = {.ptr = s->ask.body, .len = s->ask.body ? strlen(s->ask.body) : 0};
    return upstream_send(s, s->ask.url, s->ask.body ? &body : NULL, true, e);
}

static bool upstream_adapter_came(struct serving *s, struct error *e)
{
    const struct target *t = &s->targets.ptr[s->at];
    bool ours;
    int status = s->over && s->end == HTTP_DONE ? s->status : 0;
    upstream_close(s);
    if (!adapter_judge(t->model, &t->mode->lora, status, s->late ? "no answer in time" : s->detail,
                       &s->asked, &s->lora_slot, &ours, e))
        return false;
    struct adapter a = {mem_strdup(t->model->api_base), mem_strdup(t->mode->lora.name),
                        s->lora_slot};
    VEC_PUSH(&s->gateway->adapters, a);
    return upstream_request(s, e);
}

/* ---- deployments in turn ---- */

static bool upstream_try(struct serving *s, struct error *e)
{
    bool waits;
    upstream_close(s);
    return upstream_prepare(s, &waits, e) && (waits || upstream_request(s, e));
}

/* Ask the deployments from s->at on; the first that can be asked at all. */
static bool upstream_start(struct serving *s)
{
    struct error e = {0};
    s->state = SERVING_WAIT;
    for (;; s->at++) {
        if (upstream_try(s, &e))
            return true;
        upstream_close(s);
        if (s->at + 1 >= s->targets.len)
            return answer_refuse(s, 502, "%s", e.text);
    }
}

bool upstream_begin(struct serving *s)
{
    struct error e = {0};
    if (!rewrite_read(&s->rewrite, buf_cstr(&s->body), s->body.len, &e))
        return answer_refuse(s, 400, "%s", e.text);
    const char *name = s->rewrite.model ? s->rewrite.model : s->gateway->model;
    if (!name)
        return answer_refuse(s, 400, "the request names no \"model\"");
    s->mode_name = mem_strdup(s->rewrite.mode ? s->rewrite.mode : s->header_mode);
    const struct model *m = upstream_model(s, name);
    if (!m)
        return false;
    if (!s->mode_name)
        s->mode_name = active_mode(s->gateway, m);
    return upstream_targets(s, m) && upstream_start(s);
}

static const char *upstream_why(const struct serving *s)
{
    return s->late ? "it did not answer in time" : s->detail[0] ? s->detail : "it hung up";
}

/* Before the first byte: another deployment, or an answer of our own. */
static void upstream_failed(struct serving *s)
{
    const struct model *m = s->targets.ptr[s->at].model;
    AUTO_FREE char *why = mem_strdup(upstream_why(s));
    upstream_close(s);
    if (++s->at < s->targets.len)
        upstream_start(s);
    else
        answer_refuse(s, s->late ? 504 : 502, "no answer from %s (%s): %s", m->api_base, m->name,
                      why);
    if (s->state == SERVING_REFUSED)
        serve_resume(s);
}

static void upstream_redirected(struct serving *s)
{
    const char *to = http_header(s->transfer, "location");
    answer_refuse(s, 502,
                  "%s redirects to %.200s, which is not followed because the key would go along",
                  s->targets.ptr[s->at].model->api_base, to ? to : "(nowhere)");
    upstream_close(s);
    serve_resume(s);
}

static void upstream_first_byte(struct serving *s)
{
    if (upstream_status_passes(s, s->status)) {
        log_info("proxy", "status %d, trying the next deployment", s->status);
        s->queue.len = s->sent = 0;
        upstream_failed(s);
    } else if (s->status >= 300 && s->status < 400) {
        upstream_redirected(s);
    } else {
        s->state = SERVING_ANSWERED;
        serve_resume(s);
    }
}

/* The body is all there, or broke off: the headers must be kept until they are sent. */
static void upstream_ended(struct serving *s)
{
    s->complete = s->over && s->end == HTTP_DONE;
    s->cut = !s->complete;
    serve_resume(s);
}

/* Go on reading from the server once the client has taken most of the queue. */
static void upstream_drained(struct serving *s)
{
    if (!s->paused || s->queue.len - s->sent > GATEWAY_QUEUE_HIGH / 4)
        return;
    s->paused = false;
    if (s->transfer && !s->over)
        http_pause(s->transfer, false);
}

void upstream_work(struct serving *s)
{
    struct error e = {0};
    if (s->asking && (s->over || s->late)) {
        s->asking = false;
        snprintf(s->detail, sizeof s->detail, "%s", s->over ? s->detail : "no answer in time");
        if (!upstream_adapter_came(s, &e)) {
            snprintf(s->detail, sizeof s->detail, "%s", e.text);
            upstream_failed(s);
        }
        return;
    }
    if (s->asking)
        return;
    if (s->state == SERVING_WAIT && s->headed)
        upstream_first_byte(s);
    else if (s->state == SERVING_WAIT && (s->over || s->late))
        upstream_failed(s);
    if (s->state == SERVING_ANSWERED && (s->over || s->late) && !s->complete && !s->cut)
        upstream_ended(s);
    if (s->state == SERVING_ANSWERED && s->queue.len > s->sent)
        serve_resume(s);
    upstream_drained(s);
}
