#include "mcp/oauth_redirect.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/loop.h"
#include "base/mem.h"

#define HEAD_MAX 16384

struct redirect {
    struct loop *loop;
    int fd, conn; /* one connection at a time; -1: none */
    struct loop_fd *listening, *reading;
    struct buf in;
    char *state, uri[64];
    cJSON *params;
};

static void drop_conn(struct redirect *r)
{
    loop_fd_remove(r->loop, r->reading);
    r->reading = NULL;
    if (r->conn >= 0)
        close(r->conn);
    r->conn = -1;
    buf_clear(&r->in);
}

static void answer(const struct redirect *r, const char *status, const char *words)
{
    AUTO_FREE char *text = mem_printf(
        "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %zu\r\n"
        "Connection: close\r\n\r\n%s",
        status, strlen(words), words);
    (void)!send(r->conn, text, strlen(text),
                MSG_NOSIGNAL | MSG_DONTWAIT); /* the page is a courtesy */
}

static char *decoded(const char *s, size_t n)
{
    AUTO(buf) out = {0};
    for (size_t i = 0; i < n; i++) {
        unsigned byte;
        if (s[i] == '%' && i + 2 < n && sscanf(s + i + 1, "%2x", &byte) == 1 && byte) {
            buf_addc(&out, (char)byte);
            i += 2;
        } else {
            buf_addc(&out, s[i] == '+' ? ' ' : s[i]);
        }
    }
    return buf_take(&out);
}

/* The query of "GET /callback?a=b&c=d HTTP/1.1"; NULL: it is another request. */
static cJSON *query_of(const char *head)
{
    static const char begins[] = "GET /callback?";
    if (strncmp(head, begins, sizeof begins - 1) != 0)
        return NULL;
    const char *p = head + sizeof begins - 1, *end = p + strcspn(p, " \r\n");
    cJSON *all = cJSON_CreateObject();
    while (p < end) {
        size_t n = strcspn(p, "& \r\n"), name = strcspn(p, "=& \r\n");
        AUTO_FREE char *key = decoded(p, name);
        AUTO_FREE char *value = name < n ? decoded(p + name + 1, n - name - 1) : mem_strdup("");
        if (!json_get(all, key))
            json_add_strn(all, key, value, strlen(value));
        p += n + (p[n] == '&');
    }
    return all;
}

static void take_request(struct redirect *r)
{
    cJSON *params = query_of(buf_cstr(&r->in));
    const char *state = json_str(params, "state", "");
    if (params && strcmp(state, r->state) == 0 && !r->params) {
        r->params = params;
        answer(r, "200 OK",
               json_str(params, "code", NULL) ? "mien has what it needs. This page can be closed."
                                              : "It was not granted. This page can be closed.");
    } else {
        answer(r, "400 Bad Request", "This is no answer that mien waits for.");
        cJSON_Delete(params);
    }
    drop_conn(r);
}

static void on_readable(void *arg, int fd, short revents)
{
    struct redirect *r = arg;
    char chunk[4096];
    ssize_t n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || r->in.len > HEAD_MAX) {
        drop_conn(r);
        return;
    }
    buf_add(&r->in, chunk, (size_t)n);
    if (strstr(buf_cstr(&r->in), "\r\n\r\n"))
        take_request(r);
}

/* A new connection takes the place of one that says nothing. */
static void on_connection(void *arg, int fd, short revents)
{
    struct redirect *r = arg;
    int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (conn < 0)
        return;
    drop_conn(r);
    r->conn = conn;
    r->reading = loop_fd_add(r->loop, conn, POLLIN, on_readable, r);
}

struct redirect *redirect_new(struct loop *loop, const char *state, struct error *e)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 4) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        error_errno(e, errno, "cannot open a port for the browser to come back to");
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct redirect *r = mem_alloc(sizeof *r);
    *r = (struct redirect){.loop = loop, .fd = fd, .conn = -1, .state = mem_strdup(state)};
    snprintf(r->uri, sizeof r->uri, "http://127.0.0.1:%d/callback", ntohs(at.sin_port));
    r->listening = loop_fd_add(loop, fd, POLLIN, on_connection, r);
    return r;
}

void redirect_free(struct redirect *r)
{
    if (!r)
        return;
    drop_conn(r);
    loop_fd_remove(r->loop, r->listening);
    close(r->fd);
    buf_fini(&r->in);
    cJSON_Delete(r->params);
    free(r->state);
    free(r);
}

const char *redirect_uri(const struct redirect *r)
{
    return r->uri;
}

const cJSON *redirect_params(const struct redirect *r)
{
    return r->params;
}
