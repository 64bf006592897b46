#include "mcp/mcp_http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "llm/http.h"
#include "llm/sse.h"

#define BODY_MAX (16 << 20)

/* One message on its way, and what comes back. */
struct post {
    struct mcp_http *h;
    struct http_transfer *transfer;
    char *body;
    struct buf in;
    struct sse sse;
    int status;
    bool stream, over;
};

struct mcp_http {
    struct mcp_http_spec spec;
    struct http *http;
    char *url, *session;
    char version[32];
    bool modern;
    VEC(struct post *) posts;
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

/* ---- the answer ---- */

static bool on_event(void *arg, const char *type, const char *data, size_t n)
{
    struct post *p = arg;
    if (n) /* streams open with an event that has an id only */
        p->h->spec.line(p->h->spec.arg, data, n);
    return true;
}

static void on_head(void *arg, int status)
{
    struct post *p = arg;
    const char *type = http_header(p->transfer, "Content-Type");
    p->status = status;
    p->stream = type && strncasecmp(type, "text/event-stream", 17) == 0;
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

/* A refusal in words of the protocol is an answer; any other is not. */
static void take_whole(struct post *p)
{
    struct mcp_http *h = p->h;
    AUTO_JSON *j = p->in.len ? json_parse(p->in.ptr, p->in.len, NULL) : NULL;
    if (json_get(j, "jsonrpc")) {
        h->spec.line(h->spec.arg, p->in.ptr, p->in.len);
    } else if (p->status >= 400) {
        AUTO(buf) clean = {0};
        utf8_repair(&clean, buf_cstr(&p->in), MIN(p->in.len, 300));
        AUTO_FREE char *why = mem_printf("answered HTTP %d: %s", p->status, buf_cstr(&clean));
        h->spec.failed(h->spec.arg, why);
    }
}

static void on_done(void *arg, enum http_end end, const char *detail)
{
    struct post *p = arg;
    struct error e = {0};
    p->over = true;
    if (end != HTTP_DONE) {
        AUTO_FREE char *why = mem_printf("cannot be reached: %s", detail ? detail : "?");
        p->h->spec.failed(p->h->spec.arg, why);
    } else if (!p->stream) {
        take_whole(p);
    } else if (!sse_end(&p->sse, &e)) {
        p->h->spec.failed(p->h->spec.arg, e.text);
    }
}

/* ---- a message ---- */

static void add_header(struct mcp_http *h, const char *name, const char *value)
{
    if (value && *value)
        VEC_PUSH(&h->headers, mem_printf("%s: %s", name, value));
}

static void make_headers(struct mcp_http *h, const char *method, const char *name)
{
    add_header(h, "Content-Type", "application/json");
    add_header(h, "Accept", "application/json, text/event-stream");
    add_header(h, "MCP-Protocol-Version", h->version);
    add_header(h, "Mcp-Session-Id", h->modern ? NULL : h->session);
    add_header(h, "Mcp-Method", h->modern ? method : NULL);
    add_header(h, "Mcp-Name", h->modern ? name : NULL);
    const cJSON *v;
    cJSON_ArrayForEach(v, h->spec.headers)
    {
        if (cJSON_IsString(v))
            add_header(h, v->string, v->valuestring);
    }
    VEC_PUSH(&h->headers, NULL);
}

static void drop_headers(struct mcp_http *h)
{
    for (size_t i = 0; i < h->headers.len; i++)
        free(h->headers.ptr[i]);
    h->headers.len = 0;
}

bool mcp_http_send(struct mcp_http *h, const char *text, size_t n, const char *method,
                   const char *name)
{
    struct error e = {0};
    drop_over(h, false);
    struct post *p = mem_alloc(sizeof *p);
    p->h = h;
    p->body = mem_strndup(text, n);
    p->sse = (struct sse){.event = on_event, .arg = p};
    make_headers(h, method, name);
    struct http_request r = {.url = h->url,
                             .headers = (const char *const *)h->headers.ptr,
                             .body = p->body,
                             .body_len = n,
                             .connect_ms = 10000};
    struct http_events on = {.arg = p, .head = on_head, .body = on_body, .done = on_done};
    p->transfer = http_start(h->http, &r, &on, &e);
    drop_headers(h);
    if (p->transfer) {
        VEC_PUSH(&h->posts, p);
        return true;
    }
    post_free(p);
    h->spec.failed(h->spec.arg, e.text);
    return false;
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
    h->http = http;
    h->url = mem_strdup(s->url);
    return h;
}

void mcp_http_free(struct mcp_http *h)
{
    if (!h)
        return;
    drop_over(h, true);
    VEC_FREE(&h->posts);
    VEC_FREE(&h->headers);
    http_free(h->http);
    free(h->url);
    free(h->session);
    free(h);
}
