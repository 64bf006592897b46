#include "host/rpc.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define HEAD 4096 /* of a message too long to be read: its id stands there, or is not found */

void rpc_fini(struct rpc *w)
{
    buf_fini(&w->line);
    buf_fini(&w->pending);
}

/* The id of an object of which only the beginning is there; NULL: it does not stand there. */
static cJSON *id_in_head(const char *text, size_t n)
{
    const char *p = text, *end = text + n, *after;
    while (p < end && (isspace((unsigned char)*p) || *p == '{' || *p == ',')) {
        while (p < end && (isspace((unsigned char)*p) || *p == '{' || *p == ','))
            p++;
        AUTO_JSON *key = json_parse_prefix(p, (size_t)(end - p), &after);
        if (!cJSON_IsString(key))
            return NULL;
        for (p = after; p < end && (isspace((unsigned char)*p) || *p == ':');)
            p++;
        cJSON *value = json_parse_prefix(p, (size_t)(end - p), &after);
        if (value && after < end && strcmp(key->valuestring, "id") == 0)
            return value;
        cJSON_Delete(value);
        if (!value)
            return NULL;
        p = after;
    }
    return NULL;
}

static void take_line(const char *text, size_t n, void (*message)(void *arg, const cJSON *message),
                      void (*bad)(void *arg, const cJSON *id, enum rpc_code code, const char *why),
                      void *arg)
{
    struct error e = {0};
    size_t blank = 0;
    while (blank < n && isspace((unsigned char)text[blank]))
        blank++;
    if (blank == n)
        return;
    AUTO_JSON *j = json_parse(text, n, &e);
    if (!j)
        bad(arg, NULL, RPC_PARSE, e.text);
    else if (!cJSON_IsObject(j))
        bad(arg, NULL, RPC_INVALID, "a message is one JSON object");
    else
        message(arg, j);
}

void rpc_read(struct rpc *w, void (*message)(void *arg, const cJSON *message),
              void (*bad)(void *arg, const cJSON *id, enum rpc_code code, const char *why),
              void *arg)
{
    char chunk[65536];
    ssize_t got = read(w->in, chunk, sizeof chunk);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (got <= 0) {
        w->ended = true;
        return;
    }
    const char *from = chunk, *all = chunk + got, *end;
    for (; (end = memchr(from, '\n', (size_t)(all - from))); from = end + 1) {
        if (!w->skipping) {
            buf_add(&w->line, from, (size_t)(end - from));
            take_line(buf_cstr(&w->line), w->line.len, message, bad, arg);
        }
        w->skipping = false;
        buf_fini(&w->line); /* one that was large is not held for ever */
    }
    if (!w->skipping)
        buf_add(&w->line, from, (size_t)(all - from));
    if (w->line.len <= RPC_LINE_MAX)
        return;
    AUTO_JSON *id = id_in_head(w->line.ptr, HEAD);
    bad(arg, id, RPC_INVALID, "a message of more than 64 MiB is not read");
    w->skipping = true;
    buf_fini(&w->line);
}

/* No more at once than a pipe that poll says is writable takes without blocking. */
void rpc_flush(struct rpc *w)
{
    size_t left = w->pending.len - w->sent;
    ssize_t done = left ? write(w->out, w->pending.ptr + w->sent, MIN(left, (size_t)PIPE_BUF)) : 0;
    if (done < 0 && errno != EINTR && errno != EAGAIN)
        w->broken = true;
    if (done > 0)
        w->sent += (size_t)done;
    if (w->sent == w->pending.len || w->sent > (1u << 20)) {
        buf_drop_head(&w->pending, w->sent);
        w->sent = 0;
    }
}

int rpc_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

bool rpc_step(struct rpc *w, int signals, const int *others, size_t n,
              void (*message)(void *arg, const cJSON *message),
              void (*bad)(void *arg, const cJSON *id, enum rpc_code code, const char *why),
              void *arg)
{
    struct pollfd *p = mem_alloc((n + 3) * sizeof *p);
    p[0] = (struct pollfd){.fd = w->in, .events = POLLIN};
    p[1] = (struct pollfd){.fd = signals, .events = POLLIN};
    /* Without POLLOUT it tells only that nobody reads any more. */
    p[2] = (struct pollfd){.fd = w->out, .events = w->pending.len > w->sent ? POLLOUT : 0};
    for (size_t i = 0; i < n; i++)
        p[3 + i] = (struct pollfd){.fd = others[i], .events = POLLIN};
    bool ok = poll(p, n + 3, -1) >= 0 || errno == EINTR;
    bool reads = p[0].revents != 0, signaled = p[1].revents != 0;
    short out = p[2].revents;
    free(p);
    w->signaled = w->signaled || signaled;
    if (out & POLLOUT)
        rpc_flush(w);
    if (reads)
        rpc_read(w, message, bad, arg);
    return ok && !signaled && !w->ended && !w->broken && !(out & (POLLERR | POLLHUP));
}

void rpc_end(struct rpc *w)
{
    while (w->pending.len > w->sent && !w->broken) {
        struct pollfd p = {.fd = w->out, .events = POLLOUT};
        if (poll(&p, 1, 1000) != 1 || !(p.revents & POLLOUT))
            return;
        rpc_flush(w);
    }
}

void rpc_send(struct rpc *w, cJSON *message)
{
    AUTO(buf) text = {0};
    if (!w->broken) {
        json_write(&text, message);
        log_mask(&w->pending, text.ptr, text.len);
        buf_addc(&w->pending, '\n');
    }
    cJSON_Delete(message);
}

static cJSON *begin(void)
{
    cJSON *m = cJSON_CreateObject();
    json_add_str(m, "jsonrpc", "2.0");
    return m;
}

void rpc_notify(struct rpc *w, const char *method, cJSON *params)
{
    cJSON *m = begin();
    json_add_str(m, "method", method);
    json_add(m, "params", params);
    rpc_send(w, m);
}

void rpc_request(struct rpc *w, int64_t id, const char *method, cJSON *params)
{
    cJSON *m = begin();
    json_add_int(m, "id", id);
    json_add_str(m, "method", method);
    json_add(m, "params", params);
    rpc_send(w, m);
}

static cJSON *begin_answer(const cJSON *id)
{
    cJSON *m = begin();
    json_add(m, "id", id ? cJSON_Duplicate(id, true) : cJSON_CreateNull());
    return m;
}

void rpc_answer(struct rpc *w, const cJSON *id, cJSON *result)
{
    cJSON *m = begin_answer(id);
    json_add(m, "result", result ? result : cJSON_CreateObject());
    rpc_send(w, m);
}

void rpc_refuse(struct rpc *w, const cJSON *id, enum rpc_code code, const char *why)
{
    cJSON *m = begin_answer(id), *error = cJSON_CreateObject();
    json_add_int(error, "code", code);
    json_add_str(error, "message", why);
    json_add(m, "error", error);
    rpc_send(w, m);
}
