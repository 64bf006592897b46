/* Requests as libmicrohttpd hands them over, and answers as it takes them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "gateway/gateway_priv.h"
#include "gateway/guard.h"

#define SERVE_BLOCK (32 * 1024)
#define SERVE_DISCARD_TIMES                                               \
    4 /* of body_max: so much is read away for the sake of a clear answer \
       */

void serve_later(struct serving *s)
{
    if (s->working)
        return;
    s->working = true;
    VEC_PUSH(&s->gateway->work, s);
}

/* While it is suspended libmicrohttpd does not look at the socket; so that a client that goes
 * away is noticed, we do. */
static void serve_suspend(struct serving *s)
{
    struct epoll_event e = {.events = EPOLLRDHUP, .data.ptr = s};
    s->suspended = true;
    if (!s->watched)
        s->watched = epoll_ctl(s->gateway->gone_epoll, EPOLL_CTL_ADD, s->peer->fd, &e) == 0;
    s->gateway->mhd->suspend_connection(s->connection);
}

void serve_resume(struct serving *s)
{
    if (s->suspended)
        s->gateway->mhd->resume_connection(s->connection);
    s->suspended = false;
}

static void serve_unwatch(struct serving *s)
{
    if (s->watched)
        epoll_ctl(s->gateway->gone_epoll, EPOLL_CTL_DEL, s->peer->fd, NULL);
    s->watched = false;
}

void serve_on_gone(void *arg, int fd, short revents)
{
    struct gateway *p = arg;
    struct epoll_event events[64];
    int n = epoll_wait(p->gone_epoll, events, COUNT_OF(events), 0);
    for (int i = 0; i < n; i++) {
        struct serving *s = events[i].data.ptr;
        s->gone = true;
        serve_unwatch(s);
        serve_later(s);
    }
}

void serve_work(struct serving *s)
{
    if (s->gone && !s->complete) {
        upstream_close(s);
        s->cut = true;
        serve_resume(s);
        return;
    }
    upstream_work(s);
}

/* Servers that keep silent. What the client does not take cannot be held against them. */
void serve_sweep(struct serving *s, int64_t now)
{
    const struct llm_limits *l = &s->gateway->o.limits;
    if (!s->transfer || s->over || s->paused || s->late)
        return;
    int64_t limit = s->headed ? l->idle_ms : l->first_byte_ms;
    int64_t since = s->headed ? s->byte_ms : s->started_ms;
    if (limit <= 0 || now - since < limit)
        return;
    s->late = true;
    serve_later(s);
}

/* ---- the request comes in ---- */

static const char *serve_header(struct serving *s, const char *name)
{
    return s->gateway->mhd->lookup_connection_value(s->connection, MHD_HEADER_KIND, name);
}

static bool serve_may(struct serving *s)
{
    struct gateway *p = s->gateway;
    if (p->local && !guard_host_is_local(serve_header(s, "Host")))
        return answer_refuse(s, 403,
                             "the Host header is no name of this machine: use http://127.0.0.1 or "
                             "http://localhost");
    if (!guard_origin_is_local(serve_header(s, "Origin")))
        return answer_refuse(s, 403, "web pages of other places may not use this proxy");
    if (p->token && strcmp(s->path, "/health") != 0 &&
        !guard_token_ok(p->token, serve_header(s, "Authorization"), serve_header(s, "x-api-key")))
        return answer_refuse(s, 401,
                             "the token is missing or wrong: send it as API key (mien proxy env "
                             "prints the variables)");
    return true;
}

static bool serve_style(struct serving *s)
{
    static const struct {
        const char *path;
        enum route_style style;
        bool count;
    } rows[] = {{"/chat/completions", ROUTE_CHAT, false},
                {"/responses", ROUTE_RESPONSES, false},
                {"/messages", ROUTE_MESSAGES, false},
                {"/messages/count_tokens", ROUTE_MESSAGES, true}};
    const char *path = strncmp(s->path, "/v1/", 4) == 0 ? s->path + 3 : s->path;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(path, rows[i].path) == 0) {
            s->style = rows[i].style;
            s->count_tokens = rows[i].count;
            return true;
        }
    return false;
}

static bool serve_is_models(const struct serving *s)
{
    return strcmp(s->path, "/v1/models") == 0 || strcmp(s->path, "/models") == 0;
}

/* Whether the path exists and takes the method; the method decides whether a body comes. */
static bool serve_route(struct serving *s, const char *method)
{
    bool known = serve_style(s) || strcmp(s->path, "/behavior") == 0;
    bool read = serve_is_models(s) || strcmp(s->path, "/health") == 0;
    s->post = known;
    if (!known && !read)
        return answer_refuse(s, 404,
                             "there is no %.100s; there is /v1/chat/completions, /v1/responses, "
                             "/v1/messages, /v1/models, /behavior and /health",
                             s->path);
    if (strcmp(method, known ? "POST" : "GET") != 0)
        return answer_refuse(s, 405, "%.100s takes %s", s->path, known ? "POST" : "GET");
    return true;
}

static bool serve_size(struct serving *s)
{
    const char *text = serve_header(s, "Content-Length");
    unsigned long long n = text ? strtoull(text, NULL, 10) : 0;
    return n <= s->gateway->o.body_max ||
           answer_refuse(s, 413, "the body has %llu bytes; at most %zu are taken", n,
                         s->gateway->o.body_max);
}

static struct serving *serve_new(struct gateway *p, struct MHD_Connection *c, const char *url)
{
    const union MHD_ConnectionInfo *i =
        p->mhd->get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct serving *s = mem_alloc(sizeof *s);
    s->gateway = p;
    s->connection = c;
    s->peer = i->socket_context;
    s->path = mem_strdup(url);
    const char *beta = p->mhd->lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "beta");
    s->beta = beta && strcmp(beta, "true") == 0;
    s->peer->owes = PEER_BODY;
    s->peer->since_ms = clock_ms();
    VEC_PUSH(&p->serving, s);
    return s;
}

static enum MHD_Result serve_own(struct serving *s);

static enum MHD_Result serve_first(struct serving *s, const char *method)
{
    const char *expect = serve_header(s, "Expect");
    s->header_mode = mem_strdup(serve_header(s, "X-Behavior-Mode"));
    bool ok = serve_may(s) && serve_route(s, method) && serve_size(s);
    /* A client that asks before it sends hears the refusal before it sends. */
    return !ok && expect ? serve_own(s) : MHD_YES;
}

static enum MHD_Result serve_chunk(struct serving *s, const char *data, size_t *size)
{
    size_t max = s->gateway->o.body_max;
    bool keep = s->state == SERVING_READ && s->post;
    if (keep && s->body.len + *size > max) {
        answer_refuse(s, 413, "the body is larger than %zu bytes", max);
        buf_fini(&s->body);
    } else if (keep) {
        buf_add(&s->body, data, *size);
    }
    s->refused_len += s->state == SERVING_REFUSED || !s->post ? *size : 0;
    *size = 0;
    return s->refused_len <= max * SERVE_DISCARD_TIMES ? MHD_YES : MHD_NO;
}

static enum MHD_Result serve_whole(struct serving *s)
{
    s->peer->owes = PEER_SERVED;
    if (s->state == SERVING_REFUSED)
        return serve_own(s);
    if (serve_is_models(s))
        answer_models(s);
    else if (!s->post)
        answer_health(s);
    else if (strcmp(s->path, "/behavior") == 0)
        answer_behavior(s);
    else if (upstream_begin(s)) {
        serve_suspend(s);
        return MHD_YES;
    }
    return serve_own(s);
}

/* ---- the answer goes out ---- */

static enum MHD_Result serve_queue(struct serving *s, struct MHD_Response *r)
{
    const struct mhd_api *mhd = s->gateway->mhd;
    enum MHD_Result ok = mhd->queue_response(s->connection, (unsigned)s->status, r);
    mhd->destroy_response(r);
    return ok;
}

static enum MHD_Result serve_own(struct serving *s)
{
    const struct mhd_api *mhd = s->gateway->mhd;
    struct MHD_Response *r =
        mhd->create_response_from_buffer(s->own.len, s->own.ptr, MHD_RESPMEM_MUST_COPY);
    mhd->add_response_header(r, "Content-Type", "application/json");
    if (s->status == 401)
        mhd->add_response_header(r, "WWW-Authenticate", "Bearer");
    return serve_queue(s, r);
}

/* Of the connection to the server, or not the client's to keep. */
static bool serve_is_hop(const char *name, size_t n)
{
    static const char *const hops[] = {
        "Connection", "Keep-Alive", "Transfer-Encoding",  "Content-Length", "Upgrade", "TE",
        "Trailer",    "Date",       "Proxy-Authenticate", "Set-Cookie",     "Alt-Svc"};
    for (size_t i = 0; i < COUNT_OF(hops); i++)
        if (strlen(hops[i]) == n && strncasecmp(hops[i], name, n) == 0)
            return true;
    return false;
}

static void serve_copy_headers(struct serving *s, struct MHD_Response *r)
{
    const char *p = http_head(s->transfer);
    for (p += strcspn(p, "\n"); *p; p += strcspn(p, "\n")) {
        p++;
        size_t line = strcspn(p, "\r\n"), n = strcspn(p, ":\r\n");
        if (n == 0 || n >= line || serve_is_hop(p, n))
            continue;
        size_t skip = n + 1 + strspn(p + n + 1, " \t");
        AUTO_FREE char *name = mem_strndup(p, n);
        AUTO_FREE char *value = mem_strndup(p + MIN(skip, line), line - MIN(skip, line));
        s->gateway->mhd->add_response_header(r, name, value);
    }
}

static ssize_t serve_read(void *cls, uint64_t at, char *out, size_t max)
{
    struct serving *s = cls;
    size_t n = MIN(max, s->queue.len - s->sent);
    if (n > 0) {
        memcpy(out, s->queue.ptr + s->sent, n);
        s->sent += n;
        if (s->sent == s->queue.len)
            s->queue.len = s->sent = 0;
        if (s->paused)
            serve_later(s);
        return (ssize_t)n;
    }
    if (s->complete)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (s->cut || s->gateway->ending)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    serve_suspend(s);
    return 0;
}

static enum MHD_Result serve_answer(struct serving *s)
{
    const char *length = http_header(s->transfer, "content-length");
    uint64_t size = length ? strtoull(length, NULL, 10) : MHD_SIZE_UNKNOWN;
    struct MHD_Response *r =
        s->gateway->mhd->create_response_from_callback(size, SERVE_BLOCK, serve_read, s, NULL);
    serve_copy_headers(s, r);
    return serve_queue(s, r);
}

enum MHD_Result serve_request(void *cls, struct MHD_Connection *c, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **request)
{
    struct serving *s = *request;
    if (!s) {
        *request = s = serve_new(cls, c, url);
        return serve_first(s, method);
    }
    if (*size > 0)
        return serve_chunk(s, data, size);
    if (s->gone || s->gateway->ending)
        return MHD_NO;
    if (s->state == SERVING_ANSWERED)
        return serve_answer(s);
    if (s->peer->owes == PEER_BODY)
        return serve_whole(s);
    if (s->state == SERVING_WAIT) { /* woken without a reason */
        serve_suspend(s);
        return MHD_YES;
    }
    return serve_own(s);
}

static void serve_forget(struct gateway *p, const struct serving *s)
{
    for (size_t i = 0; i < p->work.len; i++)
        if (p->work.ptr[i] == s)
            p->work.ptr[i] = NULL;
    for (size_t i = 0; i < p->serving.len; i++)
        if (p->serving.ptr[i] == s) {
            p->serving.ptr[i] = p->serving.ptr[--p->serving.len];
            return;
        }
}

void serve_completed(void *cls, struct MHD_Connection *c, void **request,
                     enum MHD_RequestTerminationCode why)
{
    struct serving *s = *request;
    if (!s)
        return;
    serve_unwatch(s);
    serve_forget(s->gateway, s);
    upstream_free(s);
    s->peer->owes = PEER_HEADERS;
    s->peer->since_ms = clock_ms();
    free(s->path);
    free(s->header_mode);
    buf_fini(&s->body);
    buf_fini(&s->own);
    buf_fini(&s->queue);
    free(s);
    *request = NULL;
}
