#include "mcp/mcp_http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "net/http.h"
#include "net/sse.h"

#define BODY_MAX (16 << 20)
#define RESUMES_MAX 5 /* times in a row that a stream is asked to go on and brings nothing */
#define RETRY_MS 1000 /* before that, where the server names no time */
#define RETRY_MAX_MS 30000
#define END_MS 500 /* for the end of a session */

/* One message on its way, and what comes back; or a stream that is only listened to. */
struct post {
    struct mcp_http *h;
    struct http_transfer *transfer;
    char *body; /* NULL: listening */
    struct buf in;
    struct sse sse;
    int status;
    bool stream, over, optional;
    bool answered; /* what it asked for has come */
    int tries;     /* to go on with it, without an event since */
    bool resumes;  /* it goes on with a stream that broke off */
};

/* A stream that is to go on, once its time has come. */
struct resume {
    struct mcp_http *h;
    struct loop_timer *timer;
    char *last; /* id of its last event */
    bool optional;
    int tries;
    int64_t retry_ms; /* the server's word on how long to wait */
};

/* A message that waits until the callbacks are over. */
struct later {
    char *text, *method, *name;
    size_t len;
    bool optional;
};

struct mcp_http {
    struct mcp_http_spec spec;
    struct loop *loop;
    struct http *http;
    char *url, *session, *bearer, *challenge;
    char *endpoint; /* where the older transport takes messages */
    char version[32];
    bool modern, old;
    int inside; /* callbacks */
    struct loop_timer *flush;
    VEC(struct resume *) resumes;
    VEC(struct post *) posts;
    VEC(struct later) later;
    VEC(char *) headers; /* of the post being made */
};

static void post_free(struct post *p)
{
    http_close(p->transfer);
    sse_fini(&p->sse);
    buf_fini(&p->in);
    free(p->body);
    free(p);
}

/* Callbacks must not free: what is over goes with the next message. */
static void drop_over(struct mcp_http *h, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < h->posts.len; i++) {
        if (all || h->posts.ptr[i]->over)
            post_free(h->posts.ptr[i]);
        else
            h->posts.ptr[kept++] = h->posts.ptr[i];
    }
    h->posts.len = kept;
}

static void later_free(struct later *l)
{
    free(l->text);
    free(l->method);
    free(l->name);
}

/* ---- the answer ---- */

static void tell_line(struct mcp_http *h, const char *text, size_t n)
{
    h->inside++;
    h->spec.line(h->spec.arg, text, n);
    h->inside--;
}

static void tell_failed(const struct post *p, enum mcp_http_failure how, const char *why)
{
    if (!p->optional)
        p->h->spec.failed(p->h->spec.arg, how, why);
}

/* Beyond the server itself no message is sent, whatever it names. */
static void take_endpoint(struct mcp_http *h, const char *where)
{
    const char *host = strstr(h->url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
    size_t origin = path ? (size_t)(path - h->url) : strlen(h->url);
    const char *last = path ? strrchr(path, '/') : NULL;
    free(h->endpoint);
    h->endpoint = NULL;
    if (*where == '/')
        h->endpoint = mem_printf("%.*s%s", (int)origin, h->url, where);
    else if (!strstr(where, "://"))
        h->endpoint =
            mem_printf("%.*s/%s", (int)(last ? (size_t)(last - h->url) : origin), h->url, where);
    else if (strncmp(where, h->url, origin) == 0 && where[origin] == '/')
        h->endpoint = mem_strdup(where);
}

/* An answer ends its stream's purpose: what it says after that may be lost. */
static bool is_answer(const char *data, size_t n)
{
    AUTO_JSON *j = json_parse(data, n, NULL);
    return j && !json_get(j, "method") && json_get(j, "id");
}

static bool on_event(void *arg, const char *type, const char *data, size_t n)
{
    struct post *p = arg;
    p->tries = 0; /* it comes on */
    p->answered = p->answered || (n && is_answer(data, n));
    if (p->h->old && strcmp(type, "endpoint") == 0)
        take_endpoint(p->h, data);
    else if (n) /* streams open with an event that has an id only */
        tell_line(p->h, data, n);
    return true;
}

static void on_head(void *arg, int status)
{
    struct post *p = arg;
    const char *type = http_header(p->transfer, "Content-Type");
    p->status = status;
    p->stream = status < 400 && type && strncasecmp(type, "text/event-stream", 17) == 0;
    if (status == 401 || status == 403)
        mem_replace(&p->h->challenge, http_header(p->transfer, "WWW-Authenticate"));
    const char *session = http_header(p->transfer, "Mcp-Session-Id");
    if (session)
        mem_replace(&p->h->session, session);
}

static bool on_body(void *arg, const char *s, size_t n)
{
    struct post *p = arg;
    struct error e = {0};
    if (p->stream)
        return sse_feed(&p->sse, s, n, &e);
    buf_add(&p->in, s, n);
    return p->in.len < BODY_MAX;
}

/* Who shows a token of the configuration's own is refused for good. */
static bool wants_login(const struct post *p)
{
    const struct mcp_http *h = p->h;
    const cJSON *v;
    cJSON_ArrayForEach(v, h->spec.headers)
    {
        if (strcasecmp(v->string, "Authorization") == 0)
            return false;
    }
    bool bearer = h->challenge && strncasecmp(h->challenge, "Bearer", 6) == 0;
    return (p->status == 401 && (bearer || !cJSON_GetArraySize(h->spec.headers))) ||
           (p->status == 403 && bearer && strstr(h->challenge, "insufficient_scope"));
}

/* 404 says that the session is gone; some servers say 400 and it in words. */
static enum mcp_http_failure refusal(const struct post *p)
{
    if (p->resumes)
        return MCP_HTTP_REFUSED;
    if (wants_login(p))
        return MCP_HTTP_LOGIN;
    bool gone = p->status == 404 || (p->status == 400 && strcasestr(buf_cstr(&p->in), "session"));
    if (p->h->session && gone)
        return MCP_HTTP_NO_SESSION;
    bool old = p->status == 400 || p->status == 404 || p->status == 405;
    return old && !p->h->old ? MCP_HTTP_OLD : MCP_HTTP_REFUSED;
}

/* A refusal in words of the protocol, to the request, is an answer; any other is not. */
static void take_whole(struct post *p)
{
    struct mcp_http *h = p->h;
    AUTO_JSON *j = p->in.len ? json_parse(p->in.ptr, p->in.len, NULL) : NULL;
    bool words = json_get(j, "jsonrpc") != NULL;
    if (words && !wants_login(p) && (p->status < 400 || cJSON_IsNumber(json_get(j, "id")))) {
        tell_line(h, p->in.ptr, p->in.len);
    } else if (p->status >= 400) {
        AUTO(buf) clean = {0};
        const char *told = json_str(json_get(j, "error"), "message", buf_cstr(&p->in));
        utf8_repair(&clean, told, MIN(strlen(told), 300));
        AUTO_FREE char *why = mem_printf("answered HTTP %d: %s", p->status, buf_cstr(&clean));
        tell_failed(p, refusal(p), why);
    }
}

static void resume_now(void *arg);

/* A server may close a stream before its answer came, and be asked for the rest of it: by the id
 * of the last event, after the time it named. */
static bool resume_later(struct post *p, enum http_end end)
{
    struct mcp_http *h = p->h;
    bool listens = !p->body && !p->resumes;
    bool may = p->sse.last_id.len && !h->old && p->tries < RESUMES_MAX &&
               (p->stream || (p->resumes && end != HTTP_DONE)) && (listens || !p->answered);
    if (!may)
        return false;
    int64_t wait = p->sse.retry_ms > 0 ? MIN(p->sse.retry_ms, RETRY_MAX_MS) : RETRY_MS;
    struct resume *r = mem_alloc(sizeof *r);
    *r = (struct resume){.h = h,
                         .last = mem_strdup(buf_cstr(&p->sse.last_id)),
                         .optional = p->optional,
                         .retry_ms = p->sse.retry_ms,
                         .tries = p->tries + 1};
    r->timer = loop_timer_add(h->loop, clock_ms() + wait, resume_now, r);
    VEC_PUSH(&h->resumes, r);
    return true;
}

static void on_done(void *arg, enum http_end end, const char *detail)
{
    struct post *p = arg;
    struct error e = {0};
    p->over = true;
    if (resume_later(p, end))
        return;
    if (end != HTTP_DONE) {
        AUTO_FREE char *why = mem_printf("cannot be reached: %s", detail ? detail : "?");
        tell_failed(p, MCP_HTTP_UNREACHABLE, why);
    } else if (!p->stream) {
        take_whole(p);
    } else if (!sse_end(&p->sse, &e)) {
        tell_failed(p, MCP_HTTP_UNREACHABLE, e.text);
    } else if (!p->body) {
        tell_failed(p, MCP_HTTP_UNREACHABLE, "closed its stream");
    }
}

/* ---- a message ---- */

static void add_header(struct mcp_http *h, const char *name, const char *value)
{
    if (value && *value)
        VEC_PUSH(&h->headers, mem_printf("%s: %s", name, value));
}

static void add_headers(struct mcp_http *h, const cJSON *more)
{
    const cJSON *v;
    cJSON_ArrayForEach(v, more)
    {
        if (cJSON_IsString(v))
            add_header(h, v->string, v->valuestring);
    }
}

static void make_headers(struct mcp_http *h, const struct mcp_http_message *m)
{
    if (m->text)
        add_header(h, "Content-Type", "application/json");
    add_header(h, "Accept", m->text ? "application/json, text/event-stream" : "text/event-stream");
    add_header(h, "MCP-Protocol-Version", h->version);
    add_header(h, "Mcp-Session-Id", h->modern ? NULL : h->session);
    add_header(h, "Mcp-Method", h->modern ? m->method : NULL);
    add_header(h, "Mcp-Name", h->modern ? m->name : NULL);
    add_header(h, "Last-Event-ID", m->last);
    AUTO_FREE char *bearer = h->bearer ? mem_printf("Bearer %s", h->bearer) : NULL;
    add_header(h, "Authorization", bearer);
    add_headers(h, m->headers);
    add_headers(h, h->spec.headers);
    VEC_PUSH(&h->headers, NULL);
}

static void drop_headers(struct mcp_http *h)
{
    for (size_t i = 0; i < h->headers.len; i++)
        free(h->headers.ptr[i]);
    h->headers.len = 0;
}

static bool start(struct mcp_http *h, const struct mcp_http_message *m)
{
    struct error e = {0};
    drop_over(h, false);
    struct post *p = mem_alloc(sizeof *p);
    p->h = h;
    p->body = m->text ? mem_strndup(m->text, m->len) : NULL;
    p->optional = m->optional;
    p->sse = (struct sse){.event = on_event, .arg = p};
    p->resumes = m->last != NULL;
    p->tries = m->tries;
    p->sse.retry_ms = m->retry_ms;
    buf_adds(&p->sse.last_id, m->last); /* until another comes */
    buf_adds(&p->sse.id, m->last);
    make_headers(h, m);
    struct http_request r = {.url = h->old && m->text ? h->endpoint : h->url,
                             .headers = (const char *const *)h->headers.ptr,
                             .body = p->body,
                             .body_len = m->len,
                             .connect_ms = 10000};
    struct http_events on = {.arg = p, .head = on_head, .body = on_body, .done = on_done};
    p->transfer = http_start(h->http, &r, &on, &e);
    drop_headers(h);
    if (p->transfer) {
        VEC_PUSH(&h->posts, p);
        return true;
    }
    tell_failed(p, MCP_HTTP_UNREACHABLE, e.text);
    post_free(p);
    return false;
}

static void resume_free(struct resume *r)
{
    free(r->last);
    free(r);
}

static void resume_now(void *arg)
{
    struct resume *r = arg;
    struct mcp_http *h = r->h;
    for (size_t i = 0; i < h->resumes.len; i++)
        if (h->resumes.ptr[i] == r)
            h->resumes.ptr[i] = h->resumes.ptr[--h->resumes.len];
    struct mcp_http_message m = {
        .last = r->last, .tries = r->tries, .retry_ms = r->retry_ms, .optional = r->optional};
    (void)start(h, &m); /* its failure was told */
    resume_free(r);
}

static void send_later(void *arg)
{
    struct mcp_http *h = arg;
    h->flush = NULL;
    for (size_t i = 0; i < h->later.len; i++) {
        struct later *l = &h->later.ptr[i];
        struct mcp_http_message m = {.text = l->text,
                                     .len = l->len,
                                     .method = l->method,
                                     .name = l->name,
                                     .optional = l->optional};
        (void)start(h, &m); /* its failure was told */
        later_free(l);
    }
    h->later.len = 0;
}

void mcp_http_bearer(struct mcp_http *h, const char *token)
{
    mem_replace(&h->bearer, token);
}

const char *mcp_http_challenge(const struct mcp_http *h)
{
    return h->challenge;
}

bool mcp_http_send(struct mcp_http *h, const struct mcp_http_message *m)
{
    if (h->old && !h->endpoint)
        return false;
    if (!h->inside)
        return start(h, m);
    VEC_PUSH(&h->later, ((struct later){.text = mem_strndup(m->text, m->len),
                                        .method = mem_strdup(m->method),
                                        .name = mem_strdup(m->name),
                                        .len = m->len,
                                        .optional = m->optional}));
    if (!h->flush)
        h->flush = loop_timer_add(h->loop, 0, send_later, h);
    return true;
}

void mcp_http_listen(struct mcp_http *h)
{
    struct mcp_http_message m = {.optional = !h->old};
    (void)start(h, &m); /* its failure was told */
}

void mcp_http_turn_old(struct mcp_http *h)
{
    h->old = true;
    mcp_http_listen(h);
}

bool mcp_http_ready(const struct mcp_http *h)
{
    return !h->old || h->endpoint;
}

void mcp_http_reset(struct mcp_http *h)
{
    mem_replace(&h->session, NULL);
    h->version[0] = '\0';
    h->modern = false;
}

void mcp_http_version(struct mcp_http *h, const char *version, bool modern)
{
    snprintf(h->version, sizeof h->version, "%s", version);
    h->modern = modern;
}

struct mcp_http *mcp_http_new(struct loop *loop, const struct mcp_http_spec *s, struct error *e)
{
    struct http *http = http_new(loop, e);
    if (!http)
        return NULL;
    struct mcp_http *h = mem_alloc(sizeof *h);
    h->spec = *s;
    h->loop = loop;
    h->http = http;
    h->url = mem_strdup(s->url);
    return h;
}

static void note_end(void *arg, enum http_end end, const char *detail)
{
    (void)end;
    (void)detail;
    *(bool *)arg = true;
}

/* A session that is over is given back, in a loop of its own: nothing else runs meanwhile. What
 * the server says to that is its own affair. */
static void end_session(struct mcp_http *h)
{
    struct error e = {0};
    bool over = !h->session || h->modern || h->old;
    struct loop *loop = over ? NULL : loop_new(&e);
    struct http *http = loop ? http_new(loop, &e) : NULL;
    struct mcp_http_message m = {.optional = true};
    make_headers(h, &m);
    struct http_request r = {.url = h->url,
                             .headers = (const char *const *)h->headers.ptr,
                             .method = "DELETE",
                             .connect_ms = END_MS};
    struct http_events on = {.arg = &over, .done = note_end};
    struct http_transfer *t = http ? http_start(http, &r, &on, &e) : NULL;
    int64_t until = clock_ms() + END_MS;
    while (t && !over && clock_ms() < until)
        loop_step(loop, until);
    http_close(t);
    drop_headers(h);
    http_free(http);
    loop_free(loop);
}

void mcp_http_free(struct mcp_http *h)
{
    if (!h)
        return;
    drop_over(h, true);
    end_session(h);
    for (size_t i = 0; i < h->resumes.len; i++) {
        loop_timer_remove(h->loop, h->resumes.ptr[i]->timer);
        resume_free(h->resumes.ptr[i]);
    }
    VEC_FREE(&h->resumes);
    loop_timer_remove(h->loop, h->flush);
    for (size_t i = 0; i < h->later.len; i++)
        later_free(&h->later.ptr[i]);
    VEC_FREE(&h->later);
    VEC_FREE(&h->posts);
    VEC_FREE(&h->headers);
    http_free(h->http);
    free(h->url);
    free(h->session);
    free(h->bearer);
    free(h->challenge);
    free(h->endpoint);
    free(h);
}
