/* The way of a request to a server, and of its answer back. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/gateway_priv.h"
#include "llm/model_key.h"
#include "llm/models/family.h"

#define UPSTREAM_ERROR_MAX (64u * 1024)
#define UPSTREAM_BUFFER 4096  /* of each stream: a frame or two */
#define UPSTREAM_ASK_MS 60000 /* loading an adapter */

/* Headers of a client that mean something to a server and carry no secret of ours; any: also to
 * one of another dialect. */
static const struct {
    const char *name;
    bool any;
} upstream_passed[] = {{"Accept-Encoding", false}, /* the first */
                       {"anthropic-version", false},
                       {"anthropic-beta", false},
                       {"OpenAI-Beta", false},
                       {"OpenAI-Organization", false},
                       {"OpenAI-Project", false},
                       {"Idempotency-Key", false},
                       {"x-client-request-id", true},
                       {"session-id", true},
                       {"session_id", true},
                       {"thread-id", true},
                       {"x-session-affinity", true},
                       {"traceparent", true},
                       {"tracestate", true},
                       {"HTTP-Referer", true},
                       {"X-Title", true}};

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
    hook_free(s->hook);
    looked_fini(s);
    adapter_ask_fini(&s->ask);
    buf_fini(&s->asked);
    buf_fini(&s->out);
    turned_fini(s);
    rewrite_fini(&s->rewrite);
    free(s->mode_name);
    for (size_t i = 0; i < s->targets.len; i++)
        mode_free(s->targets.ptr[i].mode);
    VEC_FREE(&s->targets);
}

/* ---- who may serve it ---- */

static bool upstream_is_entry(const struct models *all, const char *name)
{
    const struct model *m;
    for (size_t i = 0; (m = models_at(all, i)); i++)
        if (strcmp(m->name, name) == 0)
            return true;
    return false;
}

/* "model", "model@mode", "model@a+b". */
const struct model *upstream_model(struct serving *s, const char *name)
{
    struct error e = {0}, no_mode = {0};
    struct models *all = s->gateway->o.models;
    const char *at = strrchr(name, '@');
    AUTO_FREE char *plain = at ? mem_strndup(name, (size_t)(at - name)) : NULL;
    /* A wildcard would take "gpt-5@formal" for the name of a model. */
    const struct model *m =
        plain && !upstream_is_entry(all, name) ? models_declared(all, plain, NULL) : NULL;
    if (!m) {
        m = models_declared(all, name, plain ? NULL : &e);
        if (!m && plain)
            m = models_declared(all, plain, &e);
        if (!m)
            answer_unknown_model(s, name, &e);
        return m;
    }
    struct mode *mode = at[1] ? mode_compose(m, at + 1, false, &no_mode) : NULL;
    if (at[1] && !mode) {
        answer_refuse(s, 400, "%s", no_mode.text);
        return NULL;
    }
    mode_free(mode);
    if (!s->mode_name)
        s->mode_name = mem_strdup(at + 1);
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

static bool upstream_headers(struct serving *s, const struct model *m, struct error *e)
{
    bool turned = turned_is_needed(s, &s->targets.ptr[s->at]);
    const char *key;
    if (!model_key_get(m, NULL, NULL, &key, e) || !headers_build(m, key, turned, &s->headers, e))
        return false;
    bool looks = hook_wants(&s->gateway->o.hooks, "pre_tool"); /* at what is not packed */
    for (size_t i = looks ? 1 : 0; i < COUNT_OF(upstream_passed); i++)
        if (!turned || upstream_passed[i].any)
            upstream_header(s, upstream_passed[i].name,
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
bool upstream_status_passes(const struct serving *s, int status)
{
    return (status == 429 || status >= 500) && s->at + 1 < s->targets.len;
}

static bool upstream_body(void *arg, const char *p, size_t n)
{
    struct serving *s = arg;
    s->byte_ms = clock_ms();
    if (upstream_status_passes(s, s->status) && s->state == SERVING_WAIT && !s->turned)
        return false;
    if (s->turned && !turned_body(s, p, n)) {
        serve_later(s);
        return false;
    }
    if (!s->turned) {
        looked_feed(s, p, n);
        tally_see(s, p, n);
    }
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
                                   .method = s->other ? s->method : NULL,
                                   .connect_ms = s->gateway->o.limits.connect_ms,
                                   .buffer = UPSTREAM_BUFFER,
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

/* The same method as the client's. */
static char *upstream_gemini_url(const struct serving *s, const char *url)
{
    const char *colon = strrchr(url, ':');
    return s->count_tokens ? mem_printf("%.*s:countTokens", (int)(colon - url), url)
           : s->whole      ? mem_printf("%.*s:generateContent", (int)(colon - url), url)
           : s->array      ? mem_printf("%.*s:streamGenerateContent", (int)(colon - url), url)
                           : mem_strdup(url);
}

static char *upstream_url(const struct serving *s, const struct target *t, struct error *e)
{
    bool turned = turned_is_needed(s, t);
    AUTO_FREE char *url =
        model_url(t->model, t->mode, turned ? model_dialect(t->model) : s->style, e);
    if (turned || !url)
        return mem_strdup(url);
    if (s->style == ROUTE_GEMINI)
        return upstream_gemini_url(s, url);
    const char *count = !s->count_tokens              ? ""
                        : s->style == ROUTE_RESPONSES ? "/input_tokens"
                                                      : "/count_tokens";
    return mem_printf("%s%s%s%s", url, count, s->query ? "?" : "", s->query ? s->query : "");
}

static bool upstream_request(struct serving *s, struct error *e)
{
    const struct target *t = &s->targets.ptr[s->at];
    const struct outgoing o = {s->style, t->model, t->mode, s->lora_slot};
    AUTO_FREE char *url = upstream_url(s, t, e);
    buf_clear(&s->out);
    bool turned = turned_is_needed(s, t);
    if (!url || !upstream_headers(s, t->model, e) ||
        !(turned ? turned_write(s, t, e) : rewrite_write(&s->rewrite, &o, &s->out, e)))
        return false;
    if (!turned)
        looked_begin(s);
    log_info("proxy", "%s %s%s%s -> %s", s->path, t->model->name, t->mode ? "@" : "",
             t->mode ? t->mode->name : "", url);
    return upstream_send(s, url, &s->out, false, e);
}

/* ---- adapters ---- */

bool upstream_ask(struct serving *s, const char *url, const struct buf *body, struct error *e)
{
    buf_clear(&s->asked);
    return upstream_headers(s, s->targets.ptr[s->at].model, e) &&
           upstream_send(s, url, body, true, e);
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
    if ((known = adapters_find(s->gateway, t->model->api_base, t->mode->lora.name))) {
        s->lora_slot = known->slot;
        return true;
    }
    adapter_ask_fini(&s->ask);
    if (!adapter_ask_load(t->model, &t->mode->lora, &s->ask))
        return true;
    *waits = true;
    struct buf body = {.ptr = s->ask.body, .len = s->ask.body ? strlen(s->ask.body) : 0};
    return upstream_ask(s, s->ask.url, s->ask.body ? &body : NULL, e);
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
    adapters_add(s->gateway, t->model, &t->mode->lora, s->lora_slot, ours);
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
    reload_models(s->gateway);
    tally_visit(s);
    if (!rewrite_read(&s->rewrite, buf_cstr(&s->body), s->body.len, &e))
        return answer_refuse(s, 400, "%s", e.text);
    const char *name = s->path_model      ? s->path_model
                       : s->rewrite.model ? s->rewrite.model
                                          : s->gateway->model;
    if (!name)
        return answer_refuse(s, 400, "the request names no \"model\"");
    if (!looked_can(s))
        return answer_refuse(s, 400,
                             "a hook looks at calls, and of several answers at once it would see "
                             "those of the first alone: ask for one (n: 1)");
    s->mode_name = mem_strdup(s->rewrite.mode ? s->rewrite.mode : s->header_mode);
    const struct model *m = upstream_model(s, name);
    if (!m)
        return false;
    if (!s->mode_name)
        s->mode_name = active_mode(s->gateway, s->session, m);
    if (!upstream_targets(s, m))
        return false;
    if (s->count_tokens && turned_is_needed(s, &s->targets.ptr[0]))
        return turned_count(s);
    return upstream_start(s);
}

/* ---- paths that only their server knows ---- */

/* Where all requests go that name no model; NULL: there are several such places, or none. */
static const struct model *upstream_sole(const struct models *all)
{
    const struct model *m, *sole = NULL;
    for (size_t i = 0; (m = models_at(all, i)); i++)
        for (; m; m = m->next) {
            if (m->problem || strcmp(m->provider, "playbook") == 0 || !m->api_base)
                continue;
            if (sole && strcmp(sole->api_base, m->api_base) != 0)
                return NULL;
            sole = m;
        }
    return sole;
}

/* The model's name at its server in place of the client's; all else as it came. */
static void upstream_other_body(struct serving *s, const struct model *m)
{
    buf_clear(&s->out);
    if (!s->rewrite.model) {
        buf_add(&s->out, s->body.ptr, s->body.len);
        return;
    }
    for (size_t i = 0; i < s->rewrite.members.len; i++) {
        const struct rewrite_member *x = &s->rewrite.members.ptr[i];
        if (strcmp(x->key, "model") != 0)
            continue;
        buf_add(&s->out, s->body.ptr, x->at);
        buf_add_json_str(&s->out, m->upstream, strlen(m->upstream));
        buf_add(&s->out, s->body.ptr + x->at + x->len, s->body.len - x->at - x->len);
    }
}

static bool upstream_other_request(struct serving *s, struct error *e)
{
    const struct model *m = s->targets.ptr[0].model;
    const char *key, *type = door_header(s, "Content-Type"), *path = strstr(s->path, "/v1/");
    AUTO_FREE char *plain = route_url(m->api_base, NULL, path ? path + 3 : s->path, e);
    if (!plain || !model_key_get(m, NULL, NULL, &key, e) ||
        !headers_build(m, key, false, &s->headers, e))
        return false;
    AUTO_FREE char *url =
        mem_printf("%s%s%s", plain, s->query ? "?" : "", s->query ? s->query : "");
    if (type && !strpbrk(type, "\r\n")) {
        free(s->headers.ptr[0]); /* the first of headers_build() */
        s->headers.ptr[0] = mem_printf("Content-Type: %s", type);
    }
    VEC_PUSH(&s->headers, NULL);
    log_info("proxy", "%s -> %s", s->path, url);
    return upstream_send(s, url, s->post ? &s->out : NULL, false, e);
}

bool upstream_begin_other(struct serving *s)
{
    struct error e = {0};
    reload_models(s->gateway);
    const char *type = door_header(s, "Content-Type");
    bool json = s->post && s->body.len && (!type || strcasestr(type, "json"));
    if (json && !rewrite_read(&s->rewrite, buf_cstr(&s->body), s->body.len, &e))
        return answer_refuse(s, 400, "%s", e.text);
    const struct model *m = s->rewrite.model ? upstream_model(s, s->rewrite.model)
                                             : upstream_sole(s->gateway->o.models);
    if (!m && s->rewrite.model)
        return false;
    if (!m)
        return answer_refuse(s, 404,
                             "%.100s names no model, and models.yaml declares more than one server "
                             "(or none): whose it is cannot be told",
                             s->path);
    struct target t = {m, NULL};
    VEC_PUSH(&s->targets, t);
    upstream_other_body(s, m);
    s->state = SERVING_WAIT;
    return upstream_other_request(s, &e) || answer_refuse(s, 502, "%s", e.text);
}

bool upstream_next(struct serving *s)
{
    upstream_close(s);
    return ++s->at < s->targets.len && upstream_start(s);
}

bool upstream_again(struct serving *s)
{
    upstream_close(s);
    return upstream_start(s);
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

/* There are servers that quote the key they refuse: it is the user's, and not their clients'. */
static void upstream_mask(struct serving *s)
{
    struct buf clean = {0};
    if (http_header(s->transfer, "content-encoding"))
        return;
    log_mask(&clean, buf_cstr(&s->queue), s->queue.len);
    s->masked = clean.len != s->queue.len;
    buf_fini(&s->queue);
    s->queue = clean;
}

static void upstream_first_byte(struct serving *s)
{
    if (upstream_status_passes(s, s->status)) {
        log_info("proxy", "status %d, trying the next deployment", s->status);
        s->queue.len = s->sent = 0;
        s->first_ms = 0;
        upstream_failed(s);
    } else if (s->status >= 300 && s->status < 400) {
        upstream_redirected(s);
    } else if (s->status >= 400 && !s->over && s->queue.len < UPSTREAM_ERROR_MAX) {
        return; /* an error is looked at as a whole */
    } else if (s->look && s->status < 300 && !s->over && !s->queue.len) {
        return; /* so is what may be a call */
    } else {
        if (s->status >= 400)
            upstream_mask(s);
        buf_fini(&s->body); /* nobody else is asked any more */
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

static void upstream_seen(void *arg)
{
    serve_later(arg);
}

/* What the user's hooks had to see is seen, and nothing against it. */
static bool upstream_may_tell(struct serving *s)
{
    char *why = NULL;
    if (s->forbidden || !looked_pass(s, upstream_seen, &why))
        return false;
    AUTO_FREE char *refusal = why;
    if (!refusal)
        return true;
    s->forbidden = true;
    if (s->state == SERVING_ANSWERED) {
        looked_fail(s, refusal);
    } else {
        upstream_close(s);
        answer_refuse(s, 400, "%s", refusal);
    }
    serve_resume(s);
    return false;
}

void upstream_work(struct serving *s)
{
    struct error e = {0};
    if (s->asking && (s->over || s->late)) {
        s->asking = false;
        if (s->counting) {
            turned_counted(s);
            return;
        }
        snprintf(s->detail, sizeof s->detail, "%s", s->over ? s->detail : "no answer in time");
        if (!upstream_adapter_came(s, &e)) {
            snprintf(s->detail, sizeof s->detail, "%s", e.text);
            upstream_failed(s);
        }
        return;
    }
    if (s->asking)
        return;
    if (s->turned) {
        turned_work(s);
        upstream_drained(s);
        return;
    }
    if (s->look && s->state == SERVING_WAIT && s->headed && s->queue.len)
        upstream_first_byte(s); /* of what nothing speaks against */
    if (s->headed && (s->over || s->late) && s->status < 300 && !upstream_may_tell(s))
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
