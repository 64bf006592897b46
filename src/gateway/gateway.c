#include "gateway/gateway.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/loop.h"
#include "gateway/gateway_priv.h"

#define GATEWAY_CONNECTIONS_MAX 1000u
#define GATEWAY_IDLE_MAX 700u
#define GATEWAY_CONNECTION_MEMORY (24u * 1024) /* headers both ways, and what goes out next */
#define GATEWAY_STALL_S 600u                   /* a client that takes nothing of its answer */
#define GATEWAY_SWEEP_MS 250
#define GATEWAY_RUNS_MAX 16

/* ---- the address ---- */

static bool gateway_split(const char *listen, char **host, char **port, struct error *e)
{
    const char *colon = strrchr(listen, ':');
    size_t n = colon ? (size_t)(colon - listen) : 0;
    bool number = colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
                  strlen(colon + 1) <= 5 && atoi(colon + 1) <= 65535;
    if (!number || n == 0)
        return error_set(e, ERR_USAGE, "--listen wants HOST:PORT, like %s, not \"%.100s\"",
                         GATEWAY_DEFAULT_LISTEN, listen);
    bool v6 = listen[0] == '[' && listen[n - 1] == ']';
    *host = v6 ? mem_strndup(listen + 1, n - 2) : mem_strndup(listen, n);
    *port = mem_strdup(colon + 1);
    return true;
}

static bool gateway_is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
    return a->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static bool gateway_bind(struct gateway *p, int fd, const struct addrinfo *a, const char *listen_at,
                         struct error *e)
{
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    p->local = gateway_is_loopback(a->ai_addr);
    if (!p->local && !p->token)
        return error_set(e, ERR_USAGE,
                         "%s can be reached from other machines, and the proxy spends your keys: "
                         "give a token with MIEN_PROXY_TOKEN or --token, or listen on 127.0.0.1",
                         listen_at);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
        return true;
    if (errno == EADDRINUSE)
        return error_set(e, ERR_USAGE,
                         "%s is taken by another program; choose another port with --listen "
                         "HOST:PORT (0: any free one)",
                         listen_at);
    error_errno(e, errno, "cannot listen on %s", listen_at);
    return error_set(e, ERR_USAGE, "%s", e->text);
}

static void gateway_name(struct gateway *p, int fd)
{
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof at;
    char host[NI_MAXHOST] = "127.0.0.1", port[NI_MAXSERV] = "0";
    getsockname(fd, (struct sockaddr *)&at, &len);
    getnameinfo((struct sockaddr *)&at, len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    bool v6 = strchr(host, ':') != NULL;
    p->url = mem_printf("http://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

static int gateway_listen(struct gateway *p, const char *listen_at, struct error *e)
{
    struct error here = {0};
    AUTO_FREE char *host = NULL;
    AUTO_FREE char *port = NULL;
    struct addrinfo *a = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    if (!gateway_split(listen_at, &host, &port, e))
        return -1;
    int rc = getaddrinfo(host, port, &hints, &a);
    if (rc != 0) {
        error_set(e, ERR_USAGE, "cannot listen on %s: %s", listen_at, gai_strerror(rc));
        return -1;
    }
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        error_errno(&here, errno, "cannot open a socket");
    } else if (!gateway_bind(p, fd, a, listen_at, &here)) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(a);
    if (fd < 0)
        error_set(e, here.code, "%s", here.text);
    else
        gateway_name(p, fd);
    return fd;
}

/* ---- clients ---- */

static void gateway_sweep(void *arg);

static void gateway_arm(struct gateway *p)
{
    if (!p->sweep)
        p->sweep = loop_timer_add(p->loop, clock_ms() + GATEWAY_SWEEP_MS, gateway_sweep, p);
}

/* Who keeps connections without asking anything makes room for who has a question. */
static void gateway_make_room(struct gateway *p)
{
    struct peer *oldest = NULL;
    for (size_t i = 0; i < p->peers.len; i++) {
        struct peer *peer = p->peers.ptr[i];
        if (peer->owes == PEER_HEADERS && (!oldest || peer->since_ms < oldest->since_ms))
            oldest = peer;
    }
    if (!oldest)
        return;
    shutdown(oldest->fd, SHUT_RDWR);
    oldest->owes = PEER_SERVED; /* its end is on the way */
}

static void gateway_accepted(struct gateway *p, struct MHD_Connection *c, void **context)
{
    int one = 1;
    const union MHD_ConnectionInfo *i =
        p->mhd->get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *peer = mem_alloc(sizeof *peer);
    *peer = (struct peer){.fd = i->connect_fd, .since_ms = clock_ms(), .owes = PEER_HEADERS};
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (p->peers.len >= GATEWAY_IDLE_MAX)
        gateway_make_room(p);
    VEC_PUSH(&p->peers, peer);
    *context = peer;
    gateway_arm(p);
}

static void gateway_connection(void *cls, struct MHD_Connection *c, void **context,
                               enum MHD_ConnectionNotificationCode code)
{
    struct gateway *p = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        gateway_accepted(p, c, context);
        return;
    }
    for (size_t i = 0; i < p->peers.len; i++)
        if (p->peers.ptr[i] == *context) {
            free(p->peers.ptr[i]);
            p->peers.ptr[i] = p->peers.ptr[--p->peers.len];
            break;
        }
    *context = NULL;
}

/* It owes us something and will not send it any more. */
static bool gateway_peer_ended(const struct peer *peer)
{
    char byte;
    return recv(peer->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* A client that drips its request, however steadily, is shown out. */
static void gateway_sweep(void *arg)
{
    struct gateway *p = arg;
    int64_t now = clock_ms();
    p->sweep = NULL;
    for (size_t i = 0; i < p->peers.len; i++) {
        struct peer *peer = p->peers.ptr[i];
        int64_t limit = peer->owes == PEER_BODY ? p->o.body_ms : p->o.header_ms;
        if (peer->owes != PEER_SERVED &&
            (now - peer->since_ms >= limit || gateway_peer_ended(peer)))
            shutdown(peer->fd, SHUT_RDWR);
    }
    for (size_t i = 0; i < p->serving.len; i++)
        serve_sweep(p->serving.ptr[i], now);
    if (p->peers.len)
        gateway_arm(p);
}

/* ---- the daemon ---- */

/* gateway_step() runs it after every wait. */
static void gateway_ready(void *arg, int fd, short revents)
{
}

static bool gateway_daemon(struct gateway *p, int fd, struct error *e)
{
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    p->daemon = p->mhd->start_daemon(
        flags, 0, NULL, NULL, serve_request, p, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_NOTIFY_CONNECTION, gateway_connection, p, MHD_OPTION_NOTIFY_COMPLETED,
        serve_completed, p, MHD_OPTION_CONNECTION_LIMIT, GATEWAY_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)GATEWAY_CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, GATEWAY_STALL_S, MHD_OPTION_END);
    if (!p->daemon) {
        close(fd);
        return error_set(e, ERR_INTERNAL, "libmicrohttpd does not start on %s", p->url);
    }
    int epoll = p->mhd->get_daemon_info(p->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    p->mhd_watch = loop_fd_add(p->loop, epoll, POLLIN, gateway_ready, p);
    p->gone_epoll = epoll_create1(EPOLL_CLOEXEC);
    p->gone_watch = loop_fd_add(p->loop, p->gone_epoll, POLLIN, serve_on_gone, p);
    return true;
}

struct gateway *gateway_new(struct loop *loop, const struct gateway_opts *o, struct error *e)
{
    const struct mhd_api *mhd = mhd_api_load(e);
    if (!mhd)
        return NULL;
    struct gateway *p = mem_alloc(sizeof *p);
    *p = (struct gateway){.mhd = mhd, .loop = loop, .o = *o, .gone_epoll = -1, .adapters_hold = -1};
    p->token = o->token && *o->token ? mem_strdup(o->token) : NULL;
    p->model = mem_strdup(o->model);
    p->session = mem_strdup(o->session);
    p->sessions_dir = mem_strdup(o->sessions_dir);
    p->origins = mem_strdup(o->origins);
    p->o.adapters_dir = o->adapters_dir ? (p->adapters_root = mem_strdup(o->adapters_dir)) : NULL;
    p->asked = cJSON_CreateObject();
    p->o.header_ms = o->header_ms > 0 ? o->header_ms : 30000;
    p->o.body_ms = o->body_ms > 0 ? o->body_ms : 120000;
    p->o.ping_ms = o->ping_ms > 0 ? o->ping_ms : 10000; /* after 20 s some warn their users */
    p->o.body_max = o->body_max > 0 ? o->body_max : GATEWAY_BODY_MAX;
    p->http = http_new(loop, e);
    int fd = p->http ? gateway_listen(p, o->listen ? o->listen : GATEWAY_DEFAULT_LISTEN, e) : -1;
    if (fd >= 0 && gateway_daemon(p, fd, e)) {
        adapters_sweep(p);
        return p;
    }
    gateway_free(p);
    return NULL;
}

static void gateway_stop(struct gateway *p)
{
    p->ending = true;
    for (size_t i = 0; i < p->serving.len; i++) {
        upstream_close(p->serving.ptr[i]);
        p->serving.ptr[i]->cut = true;
        serve_resume(p->serving.ptr[i]);
    }
    for (int i = 0; i < GATEWAY_RUNS_MAX; i++)
        p->mhd->run(p->daemon);
    p->mhd->stop_daemon(p->daemon);
}

void gateway_free(struct gateway *p)
{
    if (!p)
        return;
    if (p->daemon)
        gateway_stop(p);
    adapters_fini(p);
    loop_timer_remove(p->loop, p->sweep);
    loop_fd_remove(p->loop, p->mhd_watch);
    loop_fd_remove(p->loop, p->gone_watch);
    if (p->gone_epoll >= 0)
        close(p->gone_epoll);
    http_free(p->http);
    for (size_t i = 0; i < p->peers.len; i++)
        free(p->peers.ptr[i]);
    VEC_FREE(&p->peers);
    VEC_FREE(&p->serving);
    VEC_FREE(&p->work);
    for (size_t i = 0; i < p->ratios.len; i++)
        free(p->ratios.ptr[i].model);
    VEC_FREE(&p->ratios);
    tally_fini(p);
    hooks_fini(p);
    for (size_t i = 0; i < p->reloaded.len; i++)
        models_free(p->reloaded.ptr[i]);
    VEC_FREE(&p->reloaded);
    for (size_t i = 0; i < COUNT_OF(p->kept); i++) {
        free(p->kept[i].seal);
        free(p->kept[i].words);
    }
    cJSON_Delete(p->active);
    cJSON_Delete(p->asked);
    char *strings[] = {p->token, p->model,   p->session,        p->sessions_dir,
                       p->url,   p->origins, p->active_session, p->adapters_root};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        free(strings[i]);
    free(p);
}

const char *gateway_url(const struct gateway *p)
{
    return p->url;
}

int64_t gateway_requests(const struct gateway *p)
{
    return p->requests;
}

static void gateway_work(struct gateway *p)
{
    for (size_t i = 0; i < p->work.len; i++) {
        struct serving *s = p->work.ptr[i];
        if (!s)
            continue;
        s->working = false;
        serve_work(s);
    }
    p->work.len = 0;
}

/* Milliseconds libmicrohttpd can wait, -1: for ever. */
static int64_t gateway_patience(struct gateway *p)
{
    unsigned long long ms;
    return p->mhd->get_timeout(p->daemon, &ms) == MHD_YES ? (int64_t)MIN(ms, 3600000ull) : -1;
}

void gateway_step(struct gateway *p, int64_t deadline_ms)
{
    int64_t wait = gateway_patience(p);
    int64_t at = wait < 0 ? -1 : clock_ms() + wait;
    if (at < 0 || (deadline_ms >= 0 && deadline_ms < at))
        at = deadline_ms;
    loop_step(p->loop, at);
    for (int i = 0; i < GATEWAY_RUNS_MAX; i++) {
        gateway_work(p);
        p->mhd->run(p->daemon);
        if (p->work.len == 0 && gateway_patience(p) != 0)
            break;
    }
}
