#include "llm/models/detect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "llm/models/models_priv.h"
#include "llm/models/provider.h"

#define DETECT_MAX 16
#define DETECT_ANSWER_MAX (256 * 1024)

struct probe {
    const struct detect_port *port;
    int fd; /* -1: over */
    bool asked;
    struct buf answer;
};

static const struct detect_port detect_usual[] = {
    {11434, "ollama"},     {8080, "llamafile"}, {9931, "llamafile"},
    {8000, "hosted_vllm"}, {1234, "lm_studio"},
};

static void probe_end(struct probe *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

static void probe_start(struct probe *p)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)p->port->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (p->fd >= 0 && connect(p->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS)
        probe_end(p);
}

static void probe_ask(struct probe *p)
{
    char text[160];
    int error = 0;
    socklen_t len = sizeof error;
    getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    int n = snprintf(text, sizeof text,
                     "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                     "Accept: application/json\r\nConnection: close\r\n\r\n",
                     p->port->port);
    p->asked = true;
    if (error || send(p->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
        probe_end(p);
}

static void probe_read(struct probe *p)
{
    char chunk[4096];
    ssize_t n = recv(p->fd, chunk, sizeof chunk, 0);
    if (n > 0)
        buf_add(&p->answer, chunk, (size_t)n);
    bool again = n < 0 && (errno == EAGAIN || errno == EINTR);
    if ((n <= 0 && !again) || p->answer.len > DETECT_ANSWER_MAX)
        probe_end(p);
}

static bool probes_wait(struct probe *probes, size_t n, int64_t left_ms)
{
    struct pollfd fds[DETECT_MAX];
    bool open = false;
    for (size_t i = 0; i < n; i++) {
        fds[i] = (struct pollfd){.fd = probes[i].fd, .events = probes[i].asked ? POLLIN : POLLOUT};
        open = open || probes[i].fd >= 0;
    }
    if (!open || left_ms <= 0)
        return false;
    if (poll(fds, n, (int)left_ms) < 0)
        return errno == EINTR;
    for (size_t i = 0; i < n; i++) {
        if (fds[i].fd < 0 || !fds[i].revents)
            continue;
        if (probes[i].asked)
            probe_read(&probes[i]);
        else
            probe_ask(&probes[i]);
    }
    return true;
}

static void probe_dechunk(struct buf *body)
{
    AUTO(buf) whole = {0};
    const char *p = buf_cstr(body), *end = p + body->len;
    for (;;) {
        char *after;
        unsigned long size = strtoul(p, &after, 16);
        const char *line = after ? strstr(after, "\r\n") : NULL;
        if (after == p || !size || !line || size > (unsigned long)(end - line - 2))
            break;
        buf_add(&whole, line + 2, size);
        p = line + 2 + size;
        p += strspn(p, "\r\n");
    }
    buf_clear(body);
    buf_add(body, buf_cstr(&whole), whole.len);
}

/* The JSON of an answer with status 200, or NULL. */
static cJSON *probe_json(struct probe *p)
{
    const char *head = buf_cstr(&p->answer), *end = strstr(head, "\r\n\r\n");
    if (!end || strncmp(head, "HTTP/1.", 7) != 0 || strncmp(head + 8, " 200", 4) != 0)
        return NULL;
    AUTO_FREE char *fields = mem_strndup(head, (size_t)(end - head));
    AUTO(buf) body = {0};
    buf_add(&body, end + 4, p->answer.len - (size_t)(end + 4 - head));
    const char *te = strcasestr(fields, "\r\ntransfer-encoding:");
    if (te && strcasestr(te, "chunked"))
        probe_dechunk(&body);
    return json_parse(buf_cstr(&body), body.len, NULL);
}

/* Any of them may listen on any of the ports; some say who they are. */
static const char *probe_provider(const struct probe *p, const cJSON *entry)
{
    const char *owner = json_str(entry, "owned_by", "");
    if (strcmp(owner, "vllm") == 0)
        return "hosted_vllm";
    if (strcmp(owner, "llamacpp") == 0)
        return "llamafile";
    return p->port->provider;
}

static const struct model *probe_add(struct models *ms, const struct probe *p, const cJSON *entry)
{
    const char *id = json_str(entry, "id", NULL);
    if (!id || !*id || strcasestr(id, "embed"))
        return NULL;
    struct model *m = mem_alloc(sizeof *m);
    const char *provider = probe_provider(p, entry);
    AUTO_FREE char *base = mem_printf("http://127.0.0.1:%d/v1", p->port->port);
    m->name = mem_printf("%s/%s", provider, id);
    m->upstream = mem_strdup(id);
    m->origin = mem_printf("found on 127.0.0.1:%d", p->port->port);
    m->params = cJSON_CreateObject();
    int64_t window = json_int(entry, "max_model_len", 0);
    m->window = MAX(window, 0);
    model_settle(m, provider, base, NULL);
    models_add(ms, m);
    return m;
}

static const struct model *probe_collect(struct models *ms, struct probe *p)
{
    const struct model *first = NULL;
    const cJSON *entry;
    AUTO_JSON *j = probe_json(p);
    cJSON_ArrayForEach(entry, json_get(j, "data"))
    {
        const struct model *m = probe_add(ms, p, entry);
        first = first ? first : m;
    }
    return first;
}

const struct model *detect_ports(struct models *ms, const struct detect_port *ports, size_t n,
                                 int64_t budget_ms, char **why)
{
    struct probe probes[DETECT_MAX] = {0};
    const struct model *found = NULL;
    int64_t until = clock_ms() + budget_ms;
    n = MIN(n, DETECT_MAX);
    for (size_t i = 0; i < n; i++) {
        probes[i].port = &ports[i];
        probe_start(&probes[i]);
    }
    while (probes_wait(probes, n, until - clock_ms()))
        ;
    for (size_t i = 0; i < n; i++) {
        const struct model *m = probe_collect(ms, &probes[i]);
        found = found ? found : m;
        probe_end(&probes[i]);
        buf_fini(&probes[i].answer);
    }
    if (found)
        *why = mem_printf("%s, %s", found->name, found->origin);
    return found;
}

const struct model *detect_servers(struct models *ms, char **why)
{
    return detect_ports(ms, detect_usual, COUNT_OF(detect_usual), DETECT_BUDGET_MS, why);
}
