#include "host/filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/mem.h"

#define HEAD_MAX 16384  /* bytes of a request's head */
#define QUEUE 65536     /* bytes on their way, each direction */
#define OPEN_MAX_AT 128 /* connections */
#define ADDRESSES 8     /* of a name that are tried */
#define HOST_MAX 253

struct host {
    char name[HOST_MAX + 1];
    int port; /* 0: 80 and 443 */
};

enum stage { READS_HEAD, LOOKS_UP, CONNECTS, RELAYS, CLOSES };

struct flow {
    struct buf waiting; /* for the side it goes to */
    bool ended;         /* its source says no more */
    bool shut;          /* and the other side was told */
};

struct connection {
    struct filter *owner;
    enum stage stage;
    int client, server, lookup; /* -1: none */
    struct loop_fd *watch_client, *watch_server, *watch_lookup;
    short events_client, events_server;
    struct buf head;
    struct flow out, in; /* to the server, to the client */
    bool tunnel;         /* CONNECT */
    struct sockaddr_storage addresses[ADDRESSES];
    size_t address, count;
};

struct filter {
    struct loop *loop;
    int listener;
    struct loop_fd *watch;
    VEC(struct host) hosts;
    VEC(struct connection *) all;
    char refused[HOST_MAX + 8];
};

/* ---- what may be reached ---- */

static bool is_literal(const char *name)
{
    struct in6_addr six;
    struct in_addr four; /* 0x7f.1 and 2130706433 are addresses too */
    return strspn(name, "0123456789.") == strlen(name) || inet_aton(name, &four) ||
           inet_pton(AF_INET6, name, &six) == 1;
}

static bool four_is_public(uint32_t a)
{
    static const struct {
        uint32_t net;
        int bits;
    } closed[] = {{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
                  {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0a80000, 16},
                  {0xc6120000, 15}, {0xe0000000, 4},  {0xf0000000, 4}};
    for (size_t i = 0; i < COUNT_OF(closed); i++)
        if ((a ^ closed[i].net) >> (32 - closed[i].bits) == 0)
            return false;
    return true;
}

static uint32_t four_of(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Unique and global, looked at also within the forms that carry an IPv4 address. */
static bool six_is_public(const uint8_t *b)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff},
                         nat[12] = {0x00, 0x64, 0xff, 0x9b};
    if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat, 12) == 0)
        return four_is_public(four_of(b + 12));
    if (b[0] == 0x20 && b[1] == 0x02)
        return four_is_public(four_of(b + 2));
    return (b[0] & 0xe0) == 0x20; /* 2000::/3 */
}

static bool is_public(const struct sockaddr_storage *a)
{
    union {
        const struct sockaddr_storage *any;
        const struct sockaddr_in *four;
        const struct sockaddr_in6 *six;
    } u = {a};
    if (a->ss_family == AF_INET)
        return four_is_public(ntohl(u.four->sin_addr.s_addr));
    return a->ss_family == AF_INET6 && six_is_public(u.six->sin6_addr.s6_addr);
}

static bool is_granted(const struct filter *f, const struct host *h)
{
    for (size_t i = 0; i < f->hosts.len; i++) {
        const struct host *g = &f->hosts.ptr[i];
        bool port = g->port ? g->port == h->port : h->port == 80 || h->port == 443;
        if (port && strcmp(g->name, h->name) == 0)
            return true;
    }
    return false;
}

/* "name", "name:port", "[six]:port"; lower case. False: it is none. */
static bool host_parse(const char *text, size_t n, int usual, struct host *h)
{
    const char *colon = n && *text == '[' ? memchr(text, ']', n) : text;
    colon = colon ? memchr(colon, ':', (size_t)(text + n - colon)) : NULL;
    size_t name = colon ? (size_t)(colon - text) : n;
    size_t brackets = name > 1 && *text == '[' && text[name - 1] == ']';
    h->port = usual;
    if (colon) {
        char digits[6] = "";
        size_t len = n - name - 1;
        if (len == 0 || len > 5 || strspn(colon + 1, "0123456789") < len)
            return false;
        memcpy(digits, colon + 1, len);
        h->port = atoi(digits);
    }
    if (name == 0 || name - 2 * brackets > HOST_MAX || h->port > 65535 || (colon && h->port < 1))
        return false;
    for (size_t i = 0; i < name - 2 * brackets; i++) {
        unsigned char c = (unsigned char)text[i + brackets];
        if (c <= ' ' || c >= 0x7f || strchr("/@\\\"'<>", c))
            return false;
        h->name[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    h->name[name - 2 * brackets] = '\0';
    return true;
}

/* ---- a connection ---- */

static void fd_close(struct loop *l, int *fd, struct loop_fd **watch)
{
    loop_fd_remove(l, *watch);
    *watch = NULL;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void connection_free(struct connection *c)
{
    struct filter *f = c->owner;
    fd_close(f->loop, &c->client, &c->watch_client);
    fd_close(f->loop, &c->server, &c->watch_server);
    fd_close(f->loop, &c->lookup, &c->watch_lookup);
    buf_fini(&c->head);
    buf_fini(&c->out.waiting);
    buf_fini(&c->in.waiting);
    for (size_t i = 0; i < f->all.len; i++)
        if (f->all.ptr[i] == c) {
            f->all.ptr[i] = f->all.ptr[--f->all.len];
            break;
        }
    free(c);
}

static void on_client(void *arg, int fd, short revents);
static void on_server(void *arg, int fd, short revents);

static void watch_for(struct filter *f, int fd, short events, short *now, struct loop_fd **watch,
                      loop_fd_fn *fn, struct connection *c)
{
    if (fd < 0 || (*watch && *now == events))
        return;
    loop_fd_remove(f->loop, *watch);
    *watch = events ? loop_fd_add(f->loop, fd, events, fn, c) : NULL;
    *now = events;
}

static void connection_watch(struct connection *c)
{
    bool relays = c->stage == RELAYS;
    short client = 0, server = 0;
    if (c->stage == READS_HEAD || (relays && !c->out.ended && c->out.waiting.len < QUEUE))
        client |= POLLIN;
    if (c->in.waiting.len)
        client |= POLLOUT;
    if (relays && !c->in.ended && c->in.waiting.len < QUEUE)
        server |= POLLIN;
    if (c->stage == CONNECTS || (relays && c->out.waiting.len))
        server |= POLLOUT;
    watch_for(c->owner, c->client, client, &c->events_client, &c->watch_client, on_client, c);
    watch_for(c->owner, c->server, server, &c->events_server, &c->watch_server, on_server, c);
}

/* Bytes in; false: it is broken. */
static bool flow_read(struct flow *w, int fd)
{
    char chunk[16384];
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n > 0)
        buf_add(&w->waiting, chunk, (size_t)n);
    w->ended = w->ended || n == 0;
    return n >= 0 || errno == EAGAIN || errno == EINTR;
}

static bool flow_write(struct flow *w, int fd)
{
    ssize_t n = w->waiting.len ? send(fd, w->waiting.ptr, w->waiting.len, MSG_NOSIGNAL) : 0;
    if (n > 0)
        buf_drop_head(&w->waiting, (size_t)n);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return false;
    if (w->ended && !w->waiting.len && !w->shut) {
        shutdown(fd, SHUT_WR);
        w->shut = true;
    }
    return true;
}

/* Say it, and end when it is said: a closed connection would be tried again for a long time. */
static void answer(struct connection *c, int status, const char *reason)
{
    AUTO(buf) body = {0};
    buf_addf(&body, "mien: %s\n", reason);
    buf_addf(&c->in.waiting,
             "HTTP/1.1 %d mien: %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
             "Connection: close\r\nProxy-Connection: close\r\n\r\n%s",
             status, reason, body.len, buf_cstr(&body));
    c->in.ended = true;
    c->stage = CLOSES;
    fd_close(c->owner->loop, &c->server, &c->watch_server);
    connection_watch(c);
}

static void refuse(struct connection *c, const struct host *h, const char *why)
{
    struct filter *f = c->owner;
    bool usual = h->port == 80 || h->port == 443;
    if (usual)
        snprintf(f->refused, sizeof f->refused, "%s", h->name);
    else
        snprintf(f->refused, sizeof f->refused, "%s:%d", h->name, h->port);
    AUTO_FREE char *reason =
        why ? mem_printf("%s: %s", f->refused, why)
            : mem_printf("%s is not open to this command; if the task needs it, call again with "
                         "needs: [\"network:%s\"] and why",
                         f->refused, f->refused);
    if (why)
        *f->refused = '\0';
    answer(c, 403, reason);
}

static void connect_next(struct connection *c)
{
    while (c->address < c->count) {
        const struct sockaddr_storage *a = &c->addresses[c->address++];
        socklen_t n =
            a->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        fd_close(c->owner->loop, &c->server, &c->watch_server);
        c->server = socket(a->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (c->server < 0)
            continue;
        const void *address = a;
        if (connect(c->server, address, n) == 0 || errno == EINPROGRESS) {
            c->stage = CONNECTS;
            connection_watch(c);
            return;
        }
    }
    answer(c, 502, "the host cannot be reached");
}

/* ---- lookups ---- */

struct lookup {
    int fd;
    char name[HOST_MAX + 1], port[8];
};

static void *lookup_run(void *arg)
{
    struct lookup *k = arg;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list = NULL;
    struct sockaddr_storage found[ADDRESSES];
    size_t n = 0;
    memset(found, 0, sizeof found);
    if (getaddrinfo(k->name, k->port, &hints, &list) == 0)
        for (struct addrinfo *a = list; a && n < ADDRESSES; a = a->ai_next)
            if (a->ai_addrlen <= sizeof found[n])
                memcpy(&found[n++], a->ai_addr, a->ai_addrlen);
    if (list)
        freeaddrinfo(list);
    /* An end of file alone: there is no such name. Nobody reads any more: fine. */
    ssize_t w = n ? send(k->fd, found, n * sizeof *found, MSG_NOSIGNAL) : 0;
    (void)w;
    close(k->fd);
    free(k);
    return NULL;
}

static void on_lookup(void *arg, int fd, short revents)
{
    struct connection *c = arg;
    ssize_t n = recv(fd, c->addresses, sizeof c->addresses, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    fd_close(c->owner->loop, &c->lookup, &c->watch_lookup);
    size_t all = n > 0 ? (size_t)n / sizeof *c->addresses : 0;
    for (size_t i = 0; i < all; i++)
        if (is_public(&c->addresses[i]))
            c->addresses[c->count++] = c->addresses[i];
    if (all && !c->count)
        answer(c, 403, "the name leads to this machine or a private network, which no name opens");
    else if (!all)
        answer(c, 502, "there is no such host");
    else
        connect_next(c);
}

static void lookup_begin(struct connection *c, const struct host *h)
{
    int pair[2];
    pthread_t thread;
    struct lookup *k = mem_alloc(sizeof *k);
    snprintf(k->name, sizeof k->name, "%s", h->name);
    snprintf(k->port, sizeof k->port, "%d", h->port);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        free(k);
        answer(c, 502, "too many connections");
        return;
    }
    k->fd = pair[1];
    c->lookup = pair[0];
    c->stage = LOOKS_UP;
    c->watch_lookup = loop_fd_add(c->owner->loop, c->lookup, POLLIN, on_lookup, c);
    if (pthread_create(&thread, NULL, lookup_run, k) != 0) {
        close(pair[1]);
        free(k);
        fd_close(c->owner->loop, &c->lookup, &c->watch_lookup);
        answer(c, 502, "too many connections");
        return;
    }
    pthread_detach(thread);
    connection_watch(c);
}

/* ---- requests ---- */

/* The head as the server shall read it: its own path, the host that was judged and no other, and
 * the connection's end with the answer's, for the next request may be for another host. */
static void rewrite(struct connection *c, const char *method, size_t method_len, const char *path,
                    size_t path_len, const char *authority, size_t authority_len)
{
    struct buf *out = &c->out.waiting;
    const char *head = buf_cstr(&c->head), *end = strstr(head, "\r\n\r\n");
    buf_addf(out, "%.*s %s%.*s HTTP/1.1\r\nHost: %.*s\r\nConnection: close\r\n", (int)method_len,
             method, path_len && *path == '/' ? "" : "/", (int)path_len, path, (int)authority_len,
             authority);
    static const char *const dropped[] = {"host:", "connection:", "proxy-", "keep-alive:"};
    for (const char *line = strstr(head, "\r\n") + 2; line < end + 2;) {
        const char *next = strstr(line, "\r\n") + 2;
        bool keep = true;
        for (size_t i = 0; i < COUNT_OF(dropped); i++)
            keep = keep && strncasecmp(line, dropped[i], strlen(dropped[i])) != 0;
        if (keep)
            buf_add(out, line, (size_t)(next - line));
        line = next;
    }
    buf_adds(out, "\r\n");
    buf_add(out, end + 4, c->head.len - (size_t)(end + 4 - head));
}

static void judge(struct connection *c, const struct host *h)
{
    struct filter *f = c->owner;
    size_t n = strlen(h->name);
    if (n && h->name[n - 1] == '.') {
        refuse(c, h, "a name with a dot at its end is not one that can be granted");
    } else if (is_literal(h->name)) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)h->port)};
        bool own = is_granted(f, h) && inet_pton(AF_INET, h->name, &a.sin_addr) == 1;
        if (!own) {
            refuse(c, h, "addresses are not reached, names are");
            return;
        }
        memcpy(&c->addresses[0], &a, sizeof a);
        c->count = 1;
        connect_next(c);
    } else if (!is_granted(f, h)) {
        refuse(c, h, NULL);
    } else {
        lookup_begin(c, h);
    }
}

/* Lines as the next server surely reads them too: ended by CR LF, none folded, each name right
 * before its colon. Else one head could be two. */
static bool head_is_plain(const char *head, const char *end)
{
    for (const char *p = head; p < end; p++)
        if ((*p == '\n' && (p == head || p[-1] != '\r')) || (*p == '\r' && p[1] != '\n'))
            return false;
    for (const char *line = strstr(head, "\r\n") + 2; line < end; line = strstr(line, "\r\n") + 2) {
        size_t name = strcspn(line, ": \t\r\n");
        if (name == 0 || line[name] != ':')
            return false;
    }
    return true;
}

static void take_head(struct connection *c)
{
    const char *head = buf_cstr(&c->head), *end = strstr(head, "\r\n\r\n");
    struct host h;
    if (!end && (c->head.len >= HEAD_MAX || strlen(head) < c->head.len)) {
        answer(c, 400, "this is no request");
        return;
    }
    if (!end)
        return;
    if (!head_is_plain(head, end)) {
        answer(c, 400, "a head that can be read in two ways");
        return;
    }
    size_t method = strcspn(head, " \r\n");
    const char *target = head + method + (head[method] == ' ');
    size_t n = strcspn(target, " \r\n");
    c->tunnel = method == 7 && strncmp(head, "CONNECT", 7) == 0;
    if (c->tunnel) {
        if (!host_parse(target, n, 443, &h)) {
            answer(c, 400, "CONNECT takes a host's name and a port");
            return;
        }
        buf_add(&c->out.waiting, end + 4, c->head.len - (size_t)(end + 4 - head));
    } else {
        static const char scheme[] = "http://";
        const char *authority = target + sizeof scheme - 1;
        size_t len = n > sizeof scheme - 1 ? strcspn(authority, "/?# \r\n") : 0;
        if (strncasecmp(target, scheme, sizeof scheme - 1) != 0 ||
            !host_parse(authority, len, 80, &h)) {
            answer(c, 400, "a proxy takes http:// and a host's name");
            return;
        }
        rewrite(c, head, method, authority + len, n - (sizeof scheme - 1) - len, authority, len);
    }
    judge(c, &h);
}

static void on_client(void *arg, int fd, short revents)
{
    struct connection *c = arg;
    if (c->stage == READS_HEAD) {
        struct flow first = {.waiting = c->head};
        bool ok = flow_read(&first, fd);
        c->head = first.waiting;
        if (!ok || first.ended)
            connection_free(c);
        else
            take_head(c);
        return;
    }
    bool ok = !(revents & POLLIN) || flow_read(&c->out, fd);
    ok = ok && flow_write(&c->in, fd);
    ok = ok && (c->server < 0 || c->stage != RELAYS || flow_write(&c->out, c->server));
    bool over = c->stage == CLOSES ? !c->in.waiting.len : c->in.shut && c->out.shut;
    if (!ok || over || (revents & POLLERR))
        connection_free(c);
    else
        connection_watch(c);
}

static void on_server(void *arg, int fd, short revents)
{
    struct connection *c = arg;
    if (c->stage == CONNECTS) {
        int error = 0;
        socklen_t n = sizeof error;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0 || error) {
            connect_next(c);
            return;
        }
        c->stage = RELAYS;
        if (c->tunnel)
            buf_adds(&c->in.waiting, "HTTP/1.1 200 Connection established\r\n\r\n");
    }
    bool ok = !(revents & (POLLIN | POLLHUP)) || flow_read(&c->in, fd);
    ok = ok && flow_write(&c->out, fd) && flow_write(&c->in, c->client);
    if (!ok || (c->in.shut && c->out.shut))
        connection_free(c);
    else
        connection_watch(c);
}

static void on_accept(void *arg, int fd, short revents)
{
    struct filter *f = arg;
    int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return;
    if (f->all.len >= OPEN_MAX_AT) {
        close(client);
        return;
    }
    struct connection *c = mem_alloc(sizeof *c);
    *c = (struct connection){.owner = f, .client = client, .server = -1, .lookup = -1};
    VEC_PUSH(&f->all, c);
    connection_watch(c);
}

struct filter *filter_new(struct loop *l, int listener, const char *const *hosts, size_t n)
{
    struct filter *f = mem_alloc(sizeof *f);
    f->loop = l;
    f->listener = listener;
    for (size_t i = 0; i < n; i++) {
        struct host h;
        if (host_parse(hosts[i], strlen(hosts[i]), 0, &h))
            VEC_PUSH(&f->hosts, h);
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    f->watch = loop_fd_add(l, listener, POLLIN, on_accept, f);
    return f;
}

void filter_free(struct filter *f)
{
    if (!f)
        return;
    while (f->all.len)
        connection_free(f->all.ptr[f->all.len - 1]);
    fd_close(f->loop, &f->listener, &f->watch);
    VEC_FREE(&f->all);
    VEC_FREE(&f->hosts);
    free(f);
}

const char *filter_refused(const struct filter *f)
{
    return f && *f->refused ? f->refused : NULL;
}
