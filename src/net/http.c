#include "net/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "net/curl_api.h"

#define HTTP_HEADERS_MAX (64 * 1024)
#define GATHER_ROW 16     /* so many small pieces before the first is waited for */
#define GATHER_BYTES 4096 /* and what is small, of all that one look finds */
#define HTTP_EVENTS 64

struct http_transfer {
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    struct http_events on;
    struct buf head;  /* header lines of the answer */
    struct buf value; /* what http_header answered last */
    int status;
    bool plain, headed, over, in_multi;
    char detail[CURL_ERROR_SIZE];
};

struct http {
    const struct curl_api *api;
    struct loop *loop;
    CURLM *multi;
    VEC(struct http_transfer *) running;
    int epoll; /* holds libcurl's sockets; the loop watches it as one descriptor */
    struct loop_fd *watch;
    struct loop_timer *timer; /* libcurl's one timer, or NULL */
    bool acting;              /* inside libcurl, or telling what it found */
    struct {
        bool on;
        int row;                 /* small pieces, one soon after the other */
        size_t bytes;            /* of bodies, since the last look */
        int64_t ms;              /* when that was */
        struct loop_timer *rest; /* while nothing is watched; or NULL */
    } gather;
};

static enum http_end http_end_of(CURLcode c)
{
    switch (c) {
    case CURLE_OK:
        return HTTP_DONE;
    case CURLE_WRITE_ERROR:
        return HTTP_STOPPED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return HTTP_NO_HOST;
    case CURLE_COULDNT_CONNECT:
        return HTTP_NO_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_CONNECT_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return HTTP_TLS;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
        return HTTP_CUT;
    default:
        return HTTP_OTHER;
    }
}

static void http_report(struct http *h, CURLMsg *msg)
{
    struct http_transfer *t = NULL;
    CURLcode result = msg->data.result; /* gone once the handle is removed */
    h->api->easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
    h->api->multi_remove_handle(h->multi, t->easy);
    t->in_multi = false;
    t->over = true;
    const char *why = t->detail[0] ? t->detail : h->api->easy_strerror(result);
    if (t->on.done)
        t->on.done(t->on.arg, http_end_of(result), why);
}

/* libcurl's multi handle is of no use any more: whoever waits on it would wait for ever. */
static void http_fail_all(struct http *h, CURLMcode code)
{
    for (size_t i = 0; i < h->running.len; i++) {
        struct http_transfer *t = h->running.ptr[i];
        if (!t->in_multi)
            continue;
        h->api->multi_remove_handle(h->multi, t->easy);
        t->in_multi = false;
        t->over = true;
        snprintf(t->detail, sizeof t->detail, "libcurl: %s", h->api->multi_strerror(code));
        if (t->on.done)
            t->on.done(t->on.arg, HTTP_OTHER, t->detail);
    }
}

static void http_act(struct http *h, int fd, int events)
{
    int left, running;
    h->acting = true;
    CURLMcode code = h->api->multi_socket_action(h->multi, fd, events, &running);
    if (code != CURLM_OK)
        http_fail_all(h, code);
    for (CURLMsg *msg; (msg = h->api->multi_info_read(h->multi, &left));)
        if (msg->msg == CURLMSG_DONE)
            http_report(h, msg);
    h->acting = false;
}

static void http_on_ready(void *arg, int fd, short revents);

static void http_on_rested(void *arg)
{
    struct http *h = arg;
    h->gather.rest = NULL;
    h->watch = loop_fd_add(h->loop, h->epoll, POLLIN, http_on_ready, h);
}

/* Another transfer begins, which nobody may keep waiting. */
static void http_look_again(struct http *h)
{
    h->gather.row = 0;
    if (!h->gather.rest)
        return;
    loop_timer_remove(h->loop, h->gather.rest);
    http_on_rested(h);
}

/* What fills more than a piece is no token: it is read as fast as it comes. */
static void http_look_away(struct http *h)
{
    int64_t now = clock_ms(), since = now - h->gather.ms;
    bool small = h->gather.bytes > 0 && h->gather.bytes <= GATHER_BYTES;
    h->gather.row = small && since <= 2 * HTTP_GATHER_MS ? h->gather.row + 1 : 0;
    h->gather.ms = now;
    h->gather.bytes = 0;
    if (!h->gather.on || h->gather.row < GATHER_ROW)
        return;
    loop_fd_remove(h->loop, h->watch);
    h->watch = NULL;
    h->gather.rest = loop_timer_add(h->loop, now + HTTP_GATHER_MS, http_on_rested, h);
}

static void http_on_ready(void *arg, int fd, short revents)
{
    struct http *h = arg;
    struct epoll_event events[HTTP_EVENTS];
    int n = epoll_wait(h->epoll, events, HTTP_EVENTS, 0);
    for (int i = 0; i < n; i++) {
        uint32_t e = events[i].events;
        http_act(h, events[i].data.fd,
                 (e & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                     (e & EPOLLOUT ? CURL_CSELECT_OUT : 0) | (e & EPOLLERR ? CURL_CSELECT_ERR : 0));
    }
    http_look_away(h);
}

static void http_on_timer(void *arg)
{
    struct http *h = arg;
    h->timer = NULL;
    http_act(h, CURL_SOCKET_TIMEOUT, 0);
}

static int http_set_timer(CURLM *multi, long ms, void *arg)
{
    struct http *h = arg;
    loop_timer_remove(h->loop, h->timer);
    h->timer = ms < 0 ? NULL : loop_timer_add(h->loop, clock_ms() + ms, http_on_timer, h);
    return 0;
}

static int http_set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
    struct http *h = arg;
    struct epoll_event e = {.data.fd = fd,
                            .events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
                                      (what & CURL_POLL_OUT ? EPOLLOUT : 0u)};
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(h->epoll, EPOLL_CTL_DEL, fd, NULL); /* a closed socket has left by itself */
        return 0;
    }
    if (epoll_ctl(h->epoll, EPOLL_CTL_MOD, fd, &e) == 0 ||
        epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &e) == 0)
        return 0;
    return -1; /* libcurl fails the action: nobody would tell it that the socket is ready */
}

static void http_watch(struct http *h)
{
    const struct curl_api *c = h->api;
    if (c->multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, http_set_socket) != CURLM_OK ||
        c->multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h) != CURLM_OK ||
        c->multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, http_set_timer) != CURLM_OK ||
        c->multi_setopt(h->multi, CURLMOPT_TIMERDATA, h) != CURLM_OK)
        mem_die("libcurl does not know its own options"); /* all older than the oldest we load */
    h->watch = loop_fd_add(h->loop, h->epoll, POLLIN, http_on_ready, h);
}

void http_preload(void)
{
    curl_api_preload();
}

struct http *http_new(struct loop *loop, struct error *e)
{
    const struct curl_api *api = curl_api_load(e);
    int epoll = api ? epoll_create1(EPOLL_CLOEXEC) : -1;
    if (epoll < 0) {
        if (api)
            error_errno(e, errno, "cannot watch connections");
        return NULL;
    }
    struct http *h = mem_alloc(sizeof *h);
    *h = (struct http){.api = api, .loop = loop, .epoll = epoll, .multi = api->multi_init()};
    if (!h->multi)
        mem_none();
    http_watch(h);
    return h;
}

void http_gather(struct http *h)
{
    h->gather.on = true;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    while (h->running.len)
        http_close(h->running.ptr[h->running.len - 1]);
    h->api->multi_cleanup(h->multi);
    loop_timer_remove(h->loop, h->timer);
    loop_timer_remove(h->loop, h->gather.rest);
    loop_fd_remove(h->loop, h->watch);
    close(h->epoll);
    VEC_FREE(&h->running);
    free(h);
}

static bool http_host(const char *url, char out[static 256])
{
    const char *p = strstr(url, "://");
    if (!p)
        return false;
    p += 3;
    bool bracket = *p == '[';
    p += bracket;
    size_t n = strcspn(p, bracket ? "]" : ":/?#");
    if (n == 0 || n > 255)
        return false;
    memcpy(out, p, n);
    out[n] = '\0';
    return true;
}

bool http_is_loopback(const char *url)
{
    char host[256];
    struct in_addr v4;
    if (!http_host(url, host))
        return false;
    if (strcasecmp(host, "localhost") == 0 || strcmp(host, "::1") == 0)
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static size_t http_on_header(char *p, size_t size, size_t n, void *arg)
{
    struct http_transfer *t = arg;
    if (n > 5 && strncasecmp(p, "HTTP/", 5) == 0)
        t->headed = false; /* 100 Continue and proxies answer before the answer */
    if (!t->headed && n > 5 && strncasecmp(p, "HTTP/", 5) == 0)
        buf_clear(&t->head);
    if (t->head.len + n > HTTP_HEADERS_MAX)
        return 0;
    buf_add(&t->head, p, n);
    if (n > 2 || t->headed)
        return n;
    t->headed = true;
    long status = 0;
    t->http->api->easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->status = (int)status;
    if (status >= 200 && t->on.head)
        t->on.head(t->on.arg, t->status);
    return n;
}

static size_t http_on_body(char *p, size_t size, size_t n, void *arg)
{
    struct http_transfer *t = arg;
    t->http->gather.bytes += n;
    return !t->on.body || t->on.body(t->on.arg, p, n) ? n : 0;
}

static bool http_ip_is_loopback(const char *ip)
{
    return strcmp(ip, "::1") == 0 || strncmp(ip, "127.", 4) == 0;
}

/* "localhost" may resolve to anything: look at the real peer before the key goes out. */
static int http_on_connected(void *arg, char *peer, char *own, int peer_port, int own_port)
{
    struct http_transfer *t = arg;
    if (t->plain && !http_ip_is_loopback(peer)) {
        snprintf(t->detail, sizeof t->detail,
                 "the host resolved to %s, which is not this machine: http is refused", peer);
        return CURL_PREREQFUNC_ABORT;
    }
    if (t->on.connected)
        t->on.connected(t->on.arg);
    return CURL_PREREQFUNC_OK;
}

static bool http_check_scheme(const struct http_request *r, bool *plain, struct error *e)
{
    bool http = strncasecmp(r->url, "http://", 7) == 0;
    if (!http && strncasecmp(r->url, "https://", 8) != 0)
        return error_set(e, ERR_CONFIG, "%s is neither https nor http", r->url);
    *plain = http && !r->allow_http;
    if (!*plain || http_is_loopback(r->url))
        return true;
    return error_set(e, ERR_CONFIG,
                     "refusing to send the key and the conversation unencrypted to %s. Use https, "
                     "or set litellm_params: {allow_insecure_http: true} for this model",
                     r->url);
}

/* Safety settings in one place: no redirects, no other protocols, no key but to its own host. */
/* The user's, else libcurl's own, else, for one that was built elsewhere, another system's: Fedora,
 * openSUSE, Alpine. */
static const char *http_ca_file(void)
{
    static const char *const others[] = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt",
                                         "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};
    const char *own = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");
    if (own && *own)
        return own;
    if (dir && *dir)
        return NULL;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (access(others[i], R_OK) == 0)
            return i > 0 ? others[i] : NULL;
    return NULL;
}

static bool http_set_safety(struct http_transfer *t, const struct http_request *r)
{
    const struct curl_api *c = t->http->api;
    bool ok = c->easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https,http") == CURLE_OK;
    c->easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
    c->easy_setopt(t->easy, CURLOPT_MAXREDIRS, 0L);
    c->easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 1L);
    c->easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 2L);
    c->easy_setopt(t->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    c->easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
    const char *ca = http_ca_file();
    if (ca)
        c->easy_setopt(t->easy, CURLOPT_CAINFO, ca);
    if (http_is_loopback(r->url))
        c->easy_setopt(t->easy, CURLOPT_PROXY, "");
    return ok;
}

static void http_set_headers(struct http_transfer *t, const struct http_request *r)
{
    const struct curl_api *c = t->http->api;
    for (const char *const *h = r->headers; h && *h; h++)
        t->headers = c->slist_append(t->headers, *h);
    t->headers = c->slist_append(t->headers, "Expect:"); /* no wait for 100 Continue */
    c->easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static void http_set_request(struct http_transfer *t, const struct http_request *r)
{
    const struct curl_api *c = t->http->api;
    c->easy_setopt(t->easy, CURLOPT_URL, r->url);
    c->easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    c->easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->detail);
    /* One stream at a time gains nothing from HTTP/2, and here a cancel closes the socket. */
    c->easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    c->easy_setopt(t->easy, CURLOPT_TCP_NODELAY, 1L);
    c->easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    c->easy_setopt(t->easy, CURLOPT_QUICK_EXIT, 1L); /* a cancel does not wait for a resolver */
    if (r->connect_ms > 0)
        c->easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)r->connect_ms);
    if (r->buffer)
        c->easy_setopt(t->easy, CURLOPT_BUFFERSIZE, (long)r->buffer);
    if (r->body) {
        c->easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        c->easy_setopt(t->easy, CURLOPT_POSTFIELDS, r->body);
    }
    if (r->method)
        c->easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, r->method);
    c->easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, http_on_header);
    c->easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    c->easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, http_on_body);
    c->easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    c->easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, http_on_connected);
    c->easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
}

struct http_transfer *http_start(struct http *h, const struct http_request *r,
                                 const struct http_events *on, struct error *e)
{
    bool plain = false;
    /* libcurl takes no call from within its own callbacks, and a list that is being walked here
     * must not change. */
    assert(!h->acting && r->url && (r->body || !r->body_len));
    if (!http_check_scheme(r, &plain, e))
        return NULL;
    http_look_again(h);
    struct http_transfer *t = mem_alloc(sizeof *t);
    t->http = h;
    t->on = *on;
    t->plain = plain;
    t->easy = h->api->easy_init();
    if (!t->easy)
        mem_none();
    VEC_PUSH(&h->running, t);
    http_set_request(t, r);
    http_set_headers(t, r);
    if (!http_set_safety(t, r)) {
        error_set(e, ERR_CONFIG, "this libcurl is older than 7.85: install a newer libcurl4");
        http_close(t);
        return NULL;
    }
    CURLMcode code = h->api->multi_add_handle(h->multi, t->easy);
    if (code != CURLM_OK) {
        error_set(e, ERR_NETWORK, "libcurl does not take the request: %s",
                  h->api->multi_strerror(code));
        http_close(t);
        return NULL;
    }
    t->in_multi = true;
    return t;
}

static void http_forget(struct http *h, const struct http_transfer *t)
{
    for (size_t i = 0; i < h->running.len; i++)
        if (h->running.ptr[i] == t)
            h->running.ptr[i--] = h->running.ptr[--h->running.len];
}

void http_close(struct http_transfer *t)
{
    if (!t)
        return;
    const struct curl_api *c = t->http->api;
    assert(!t->http->acting);
    if (t->in_multi)
        c->multi_remove_handle(t->http->multi, t->easy);
    http_forget(t->http, t);
    c->easy_cleanup(t->easy);
    c->slist_free_all(t->headers);
    buf_fini(&t->head);
    buf_fini(&t->value);
    free(t);
}

void http_pause(struct http_transfer *t, bool pause)
{
    if (t->in_multi)
        t->http->api->easy_pause(t->easy, pause ? CURLPAUSE_RECV : CURLPAUSE_CONT);
}

const char *http_head(const struct http_transfer *t)
{
    return buf_cstr(&t->head);
}

const char *http_header(struct http_transfer *t, const char *name)
{
    size_t n = strlen(name);
    bool found = false;
    const char *p = buf_cstr(&t->head);
    while (*p) {
        size_t line = strcspn(p, "\r\n");
        if (line > n && p[n] == ':' && strncasecmp(p, name, n) == 0) {
            size_t skip = n + 1 + strspn(p + n + 1, " \t");
            buf_clear(&t->value);
            if (skip < line)
                buf_add(&t->value, p + skip, line - skip);
            found = true;
        }
        p += line;
        p += strspn(p, "\r\n");
    }
    return found ? buf_cstr(&t->value) : NULL;
}
