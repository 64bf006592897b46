/* Requests as libmicrohttpd hands them over, and answers as it takes them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "gateway/gateway_priv.h"
#include "gateway/unpack.h"

#define SERVE_BLOCK (32 * 1024) /* of an answer whose length is known */
#define SERVE_PIECE 1024        /* of a stream: it goes out from the connection's memory */
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

static void serve_seen(void *arg)
{
    serve_later(arg);
}

/* Its hooks looked at it. */
static void serve_hooked(struct serving *s)
{
    if (!hook_is_over(s->hook))
        return;
    AUTO_FREE char *refusal = mem_strdup(hook_refusal(s->hook));
    (void)hook_take_body(s->hook, &s->body);
    hook_free(s->hook);
    s->hook = NULL;
    bool going = refusal    ? answer_refuse(s, 400, "a hook refused this request: %s", refusal)
                 : s->other ? upstream_begin_other(s)
                            : upstream_begin(s);
    if (!going)
        serve_resume(s);
}

void serve_work(struct serving *s)
{
    if (s->gone && !s->complete) {
        upstream_close(s);
        s->cut = true;
        serve_resume(s);
        return;
    }
    if (s->hook && !s->transfer && !s->turned)
        serve_hooked(s);
    else
        upstream_work(s);
}

/* Servers that keep silent. What the client does not take cannot be held against them. */
void serve_sweep(struct serving *s, int64_t now)
{
    const struct llm_limits *l = &s->gateway->o.limits;
    if (s->turned)
        turned_sweep(s, now);
    else if (looked_ping(s, now))
        serve_resume(s);
    if (!s->transfer || s->over || s->late || s->headed || s->early)
        return;
    /* While a client waits nobody else knows how long is too long; only where another deployment
     * could be asked, or an adapter must come first, there is a limit. */
    if (!s->asking && s->at + 1 >= s->targets.len)
        return;
    if (l->first_byte_ms <= 0 || now - s->started_ms < l->first_byte_ms)
        return;
    s->late = true;
    serve_later(s);
}

/* ---- the request comes in ---- */

static struct serving *serve_new(struct gateway *p, struct MHD_Connection *c, const char *url)
{
    const union MHD_ConnectionInfo *i =
        p->mhd->get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct serving *s = mem_alloc(sizeof *s);
    s->gateway = p;
    s->connection = c;
    s->peer = i->socket_context;
    s->path = mem_strdup(url);
    s->peer->owes = PEER_BODY;
    s->began_ms = s->peer->since_ms = clock_ms();
    VEC_PUSH(&p->serving, s);
    return s;
}

static enum MHD_Result serve_own(struct serving *s);

static enum MHD_Result serve_first(struct serving *s, const char *method)
{
    const char *expect = door_header(s, "Expect");
    s->header_mode = mem_strdup(door_header(s, "X-Behavior-Mode"));
    bool ok = door_enter(s, method);
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
    struct error e = {0};
    if (!unpack_body(door_header(s, "Content-Encoding"), &s->body, s->gateway->o.body_max, &e))
        answer_refuse(s, e.code == ERR_LIMIT ? 413 : e.code == ERR_USAGE ? 415 : 400, "%s", e.text);
    else if (s->own_answer)
        s->own_answer(s);
    else if (hooks_see_request(s, door_header(s, "Content-Type"), serve_seen)) {
        if (hook_is_over(s->hook))
            serve_later(s);
        serve_suspend(s);
        return MHD_YES;
    } else if (s->other ? upstream_begin_other(s) : upstream_begin(s)) {
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

/* Who answers: a client that named a group or a wildcard cannot know it otherwise. */
static void serve_name(struct serving *s, struct MHD_Response *r)
{
    const struct mhd_api *mhd = s->gateway->mhd;
    if (!s->targets.len)
        return;
    const struct target *t = &s->targets.ptr[MIN(s->at, s->targets.len - 1)];
    AUTO_FREE char *deployment = mem_printf("%s/%s", t->model->provider, t->model->upstream);
    mhd->add_response_header(r, "x-mien-model", t->model->name);
    mhd->add_response_header(r, "x-mien-mode", t->mode ? t->mode->name : "none");
    mhd->add_response_header(r, "x-mien-deployment", deployment);
}

static void serve_kept_headers(struct serving *s, struct MHD_Response *r)
{
    for (size_t i = 0; i < s->kept.len; i++) {
        const char *line = s->kept.ptr[i], *colon = strchr(line, ':');
        AUTO_FREE char *name = mem_strndup(line, (size_t)(colon - line));
        s->gateway->mhd->add_response_header(r, name, colon + 2);
    }
}

static enum MHD_Result serve_own(struct serving *s)
{
    const struct mhd_api *mhd = s->gateway->mhd;
    struct MHD_Response *r =
        mhd->create_response_from_buffer(s->own.len, s->own.ptr, MHD_RESPMEM_MUST_COPY);
    mhd->add_response_header(r, "Content-Type", "application/json");
    if (s->status == 401)
        mhd->add_response_header(r, "WWW-Authenticate", "Bearer");
    if (s->status == 426)
        mhd->add_response_header(r, "Connection", "close");
    serve_kept_headers(s, r);
    serve_name(s, r);
    door_share(s, r);
    return serve_queue(s, r);
}

/* Of the connection to the server, or not the client's to keep. */
static bool serve_is_hop(const char *name, size_t n)
{
    static const char *const hops[] = {
        "Connection", "Keep-Alive", "Transfer-Encoding",  "Content-Length", "Upgrade", "TE",
        "Trailer",    "Date",       "Proxy-Authenticate", "Set-Cookie",     "Alt-Svc"};
    if (n > 15 && strncasecmp(name, "Access-Control-", 15) == 0)
        return true; /* who may read answers is not its server's to say */
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

/* Of a translated answer: a stream, or a whole body. */
static enum MHD_Result serve_turned(struct serving *s)
{
    const struct mhd_api *mhd = s->gateway->mhd;
    bool stream = s->turned->asked.stream;
    struct MHD_Response *r = mhd->create_response_from_callback(
        stream || !s->complete ? MHD_SIZE_UNKNOWN : s->queue.len,
        stream || !s->complete ? SERVE_PIECE : SERVE_BLOCK, serve_read, s, NULL);
    mhd->add_response_header(r, "Content-Type",
                             stream && !s->array ? "text/event-stream" : "application/json");
    if (stream)
        mhd->add_response_header(r, "Cache-Control", "no-cache");
    serve_kept_headers(s, r);
    serve_name(s, r);
    door_share(s, r);
    return serve_queue(s, r);
}

static enum MHD_Result serve_answer(struct serving *s)
{
    if (s->turned)
        return serve_turned(s);
    const char *length = http_header(s->transfer, "content-length");
    uint64_t size = s->masked ? s->queue.len
                    : length  ? strtoull(length, NULL, 10)
                              : MHD_SIZE_UNKNOWN;
    struct MHD_Response *r = s->gateway->mhd->create_response_from_callback(
        size, size == MHD_SIZE_UNKNOWN ? SERVE_PIECE : SERVE_BLOCK, serve_read, s, NULL);
    serve_copy_headers(s, r);
    serve_name(s, r);
    door_share(s, r);
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
    tally_end(s);
    serve_forget(s->gateway, s);
    upstream_free(s);
    s->peer->owes = PEER_HEADERS;
    s->peer->since_ms = clock_ms();
    free(s->path);
    free(s->header_mode);
    free(s->client);
    free(s->path_model);
    free(s->query);
    free(s->session);
    struct buf *const bytes[] = {&s->body, &s->own, &s->queue, &s->seen_head, &s->seen_tail};
    for (size_t i = 0; i < COUNT_OF(bytes); i++)
        buf_fini(bytes[i]);
    free(s);
    *request = NULL;
}
