#include "jobs/servers.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/mem.h"
#include "base/sanitize.h"
#include "host/process.h"
#include "host/sandbox.h"
#include "host/sandbox_net.h"
#include "jobs/server_log.h"
#include "jobs/server_probe.h"

#define NAME_MAX_BYTES 64
#define FRESH_MAX ((size_t)32 << 10)
#define ALIVE_MS 300 /* who lives that long without a port has started */

struct server {
    struct servers *owner;
    char *name, *command;
    struct sandbox *own; /* NULL: the owner's */
    int64_t port, restarts, started_ms, ended_ms, pid;
    struct process *process; /* NULL: ended */
    struct server_log log;
    struct loop_timer *alive;   /* without a port */
    struct probe *ready, *look; /* while it starts; when somebody asked */
    enum server_state state;
    int code, http_status;
    bool settled, stopping, listening, http, end_told;
    bool terminal;
    struct sanitizer clean; /* what goes into its log then */
    struct buf fresh;       /* with `terminal`: what was printed since the last look, its end */
    int64_t said_ms;        /* when something was printed last */
};

struct servers {
    struct loop *loop;
    struct sandbox *sandbox;
    char *cwd, *tmp, *log_dir;
    void (*changed)(void *arg);
    void *arg;
    VEC(struct server *) all;
};

struct servers *servers_new(struct loop *loop, struct sandbox *sandbox, const char *cwd,
                            const char *tmp, const char *log_dir, void (*changed)(void *arg),
                            void *arg)
{
    struct servers *s = mem_alloc(sizeof *s);
    s->loop = loop;
    s->sandbox = sandbox;
    s->cwd = mem_strdup(cwd);
    s->tmp = mem_strdup(tmp);
    s->log_dir = mem_strdup(log_dir);
    s->changed = changed;
    s->arg = arg;
    return s;
}

/* No watch, timer or probe of it is left on the loop but the process's own. */
static void server_rest(struct server *v)
{
    loop_timer_remove(v->owner->loop, v->alive);
    probe_free(v->ready);
    probe_free(v->look);
    v->alive = NULL;
    v->ready = v->look = NULL;
}

static void server_free(struct server *v)
{
    server_rest(v);
    process_free(v->process);
    server_log_fini(&v->log);
    buf_fini(&v->fresh);
    sandbox_free(v->own);
    free(v->name);
    free(v->command);
    free(v);
}

void servers_free(struct servers *s)
{
    if (!s)
        return;
    /* All at once first: the waiting is then as long as the slowest, not as their sum. */
    for (size_t i = 0; i < s->all.len; i++)
        server_stop(s->all.ptr[i]);
    for (size_t i = 0; i < s->all.len; i++)
        server_free(s->all.ptr[i]);
    VEC_FREE(&s->all);
    free(s->cwd);
    free(s->tmp);
    free(s->log_dir);
    free(s);
}

static void servers_tell(const struct servers *s)
{
    if (s->changed)
        s->changed(s->arg);
}

static struct sandbox *server_sandbox(const struct server *v)
{
    return v->own ? v->own : v->owner->sandbox;
}

static void server_settle(struct server *v, bool listening)
{
    v->settled = true;
    v->listening = listening;
    v->state = SERVER_RUNNING;
    servers_tell(v->owner);
}

static void server_on_ready(void *arg, bool listening, int status)
{
    struct server *v = arg;
    v->ready = NULL;
    server_settle(v, listening);
}

static void server_on_alive(void *arg)
{
    struct server *v = arg;
    v->alive = NULL;
    server_settle(v, false);
}

static void server_on_look(void *arg, bool listening, int status)
{
    struct server *v = arg;
    bool same = v->listening == listening && v->http_status == status;
    v->look = NULL;
    v->listening = listening;
    v->http_status = status;
    if (!same)
        servers_tell(v->owner);
}

static void server_on_output(void *arg, const char *s, size_t n)
{
    struct server *v = arg;
    v->said_ms = clock_ms();
    if (!v->terminal) {
        server_log_write(&v->log, s, n);
        return;
    }
    AUTO(buf) clean = {0};
    sanitize_add(&v->clean, s, n, 0, &clean);
    server_log_write(&v->log, buf_cstr(&clean), clean.len);
    buf_add(&v->fresh, s, n);
    if (v->fresh.len > 2 * FRESH_MAX)
        buf_drop_head(&v->fresh, v->fresh.len - FRESH_MAX);
}

/* The status has no place for why it could not start, or was stopped; the log has. */
static void server_log_note(struct server *v)
{
    const char *note = process_note(v->process);
    bool full = process_overfilled(v->process);
    if (!*note && !full)
        return;
    AUTO_FREE char *line = full
                               ? mem_strdup("mien: it was stopped: the temporary directory is full "
                                            "(commands.temporary_mb)\n")
                               : mem_printf("mien: it could not be started: %s\n", note);
    server_log_write(&v->log, line, strlen(line));
}

static void server_on_ended(void *arg)
{
    struct server *v = arg;
    server_rest(v);
    server_log_note(v);
    server_log_close(&v->log);
    v->code = process_code(v->process);
    process_free(v->process);
    v->process = NULL;
    v->ended_ms = clock_ms();
    v->listening = false;
    v->http_status = 0;
    v->settled = true;
    /* Who shall serve a port and leaves, even politely, has failed at that. */
    bool fine = v->stopping || (v->code == 0 && v->port == 0);
    v->state = fine ? SERVER_STOPPED : SERVER_FAILED;
    servers_tell(v->owner);
}

static bool name_ok(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
    return n > 0 && n <= NAME_MAX_BYTES && !name[n];
}

static bool servers_check(const struct servers *s, const char *name, const char *command,
                          int64_t port, struct error *e)
{
    if (!name || !name_ok(name))
        return error_set(e, ERR_USAGE,
                         "\"%.80s\" cannot name a server: use 1 to %d letters, digits, '.', '_' "
                         "and '-'",
                         name ? name : "", NAME_MAX_BYTES);
    if (!command || !command[strspn(command, " \t\r\n")])
        return error_set(e, ERR_USAGE, "the server \"%s\" needs a command to run", name);
    if (port < 0 || port > 65535)
        return error_set(e, ERR_USAGE, "%lld is no port: use 1 to 65535, or 0 for none",
                         (long long)port);
    const struct server *v = servers_find(s, name);
    return !v || server_ended(v) ||
           error_set(e, ERR_BUSY, "\"%s\" runs already; stop it first or use another name", name);
}

static const struct server *servers_on_port(const struct servers *s, int64_t port)
{
    for (size_t i = 0; i < s->all.len; i++)
        if (s->all.ptr[i]->process && s->all.ptr[i]->port == port)
            return s->all.ptr[i];
    return NULL;
}

static bool servers_check_port(const struct servers *s, struct sandbox *in, int64_t port,
                               struct error *e)
{
    if (port == 0)
        return true;
    if (!sandbox_may_listen(in, e))
        return false;
    const struct server *other = servers_on_port(s, port);
    if (other)
        return error_set(e, ERR_BUSY,
                         "port %d belongs to the server \"%s\"; stop it first or use "
                         "another port",
                         (int)port, other->name);
    return !probe_taken(in, port) ||
           error_set(e, ERR_BUSY, "something listens on port %d already; use another port",
                     (int)port);
}

/* Where the one that ended first stands; and how many have ended. */
static size_t servers_oldest(const struct servers *s, size_t *ended)
{
    size_t oldest = 0;
    *ended = 0;
    for (size_t i = 0; i < s->all.len; i++) {
        const struct server *v = s->all.ptr[i];
        if (!server_ended(v))
            continue;
        if ((*ended)++ == 0 || v->ended_ms < s->all.ptr[oldest]->ended_ms)
            oldest = i;
    }
    return oldest;
}

/* Here and not when one ends: whoever waits for that one still looks at it. */
static void servers_forget(struct servers *s)
{
    size_t ended, at;
    while (at = servers_oldest(s, &ended), ended > SERVERS_ENDED) {
        server_free(s->all.ptr[at]);
        s->all.len--;
        memmove(&s->all.ptr[at], &s->all.ptr[at + 1], (s->all.len - at) * sizeof *s->all.ptr);
    }
}

/* An old one of that name, to be used again, or a new one. */
static struct server *servers_place(struct servers *s, const char *name)
{
    struct server *v = servers_find(s, name);
    if (v) {
        v->restarts++;
        return v;
    }
    servers_forget(s);
    v = mem_alloc(sizeof *v);
    v->owner = s;
    v->log.fd = -1;
    v->name = mem_strdup(name);
    VEC_PUSH(&s->all, v);
    return v;
}

static bool server_launch(struct server *v, struct error *e)
{
    const struct servers *s = v->owner;
    struct process_spec spec = {.command = v->command,
                                .cwd = s->cwd,
                                .tmp = s->tmp,
                                .sandbox = server_sandbox(v),
                                .terminal = v->terminal,
                                .output = server_on_output,
                                .ended = server_on_ended,
                                .arg = v};
    if (server_log_open(&v->log, s->log_dir, v->name, e))
        v->process = process_start(s->loop, &spec, e);
    return v->process != NULL;
}

static void server_begin(struct server *v, int64_t ready_ms)
{
    const struct servers *s = v->owner;
    v->pid = process_pid(v->process);
    v->started_ms = clock_ms();
    v->state = SERVER_STARTING;
    v->settled = v->stopping = v->listening = false;
    v->code = -1;
    if (v->port)
        v->ready = probe_start(s->loop, server_sandbox(v), v->port, PROBE_UNTIL_READY, ready_ms,
                               server_on_ready, v);
    else
        v->alive = loop_timer_add(s->loop, v->started_ms + ALIVE_MS, server_on_alive, v);
    servers_tell(s);
}

static struct server *start(struct servers *s, const char *name, const char *command,
                            struct sandbox *own, int64_t port, bool terminal, int64_t ready_ms,
                            struct error *e)
{
    if (!servers_check(s, name, command, port, e) ||
        !servers_check_port(s, own ? own : s->sandbox, port, e)) {
        sandbox_free(own);
        return NULL;
    }
    bool known = servers_find(s, name);
    struct server *v = servers_place(s, name);
    mem_replace(&v->command, command);
    sandbox_free(v->own);
    v->own = own;
    v->port = port;
    v->http = v->end_told = false;
    v->terminal = terminal;
    buf_clear(&v->fresh);
    if (server_launch(v, e)) {
        server_begin(v, ready_ms);
        return v;
    }
    if (known) {
        v->state = SERVER_FAILED;
        v->code = -1;
    } else {
        server_free(s->all.ptr[--s->all.len]);
    }
    return NULL;
}

struct server *servers_start(struct servers *s, const char *name, const char *command,
                             struct sandbox *own, int64_t port, int64_t ready_ms, struct error *e)
{
    return start(s, name, command, own, port, false, ready_ms, e);
}

struct server *servers_start_terminal(struct servers *s, const char *name, const char *command,
                                      struct sandbox *own, struct error *e)
{
    return start(s, name, command, own, 0, true, 0, e);
}

bool server_type(struct server *v, const char *s, size_t n)
{
    return v->terminal && v->process && process_write(v->process, s, n);
}

bool server_has_terminal(const struct server *v)
{
    return v->terminal;
}

int server_lend(struct server *v)
{
    return v->process ? process_lend_terminal(v->process) : -1;
}

void server_take(struct server *v)
{
    static const char note[] = "[the user typed here]\n";
    if (!v->process)
        return;
    server_on_output(v, note, sizeof note - 1);
    process_take_terminal(v->process);
}

int64_t server_silent_ms(const struct server *v)
{
    return clock_ms() - MAX(v->said_ms, v->started_ms);
}

bool server_fresh(const struct server *v, bool *whole)
{
    *whole = v->fresh.len && v->fresh.ptr[v->fresh.len - 1] == '\n';
    return v->fresh.len > 0;
}

void server_take_fresh(struct server *v, struct buf *out)
{
    buf_add(out, buf_cstr(&v->fresh), v->fresh.len);
    buf_clear(&v->fresh);
}

struct server *servers_adopt(struct servers *s, const char *name, const char *command,
                             struct sandbox *own, struct process *p)
{
    struct server *v = servers_place(s, name);
    struct error e = {0};
    AUTO(buf) said = {0};
    mem_replace(&v->command, command);
    sandbox_free(v->own);
    v->own = own;
    v->port = 0;
    v->http = v->end_told = v->terminal = false;
    v->process = p;
    process_output(p, &said);
    if (server_log_open(&v->log, s->log_dir, name, &e)) /* else it runs without one */
        server_log_write(&v->log, buf_cstr(&said), said.len);
    process_hand_over(p, server_on_output, server_on_ended, v);
    server_begin(v, 0);
    return v;
}

bool server_settled(const struct server *v)
{
    return v->settled;
}

void server_stop(struct server *v)
{
    if (!v->process)
        return;
    v->stopping = true;
    process_stop(v->process);
}

bool server_ended(const struct server *v)
{
    return !v->process;
}

void server_probe(struct server *v, int64_t wait_ms)
{
    const struct servers *s = v->owner;
    if (v->process && v->port && !v->look)
        v->look = probe_start(s->loop, server_sandbox(v), v->port,
                              v->http ? PROBE_HTTP : PROBE_ONCE, wait_ms, server_on_look, v);
}

void server_speaks_http(struct server *v)
{
    v->http = true;
}

bool server_reaches(const struct server *v)
{
    return v->own != NULL;
}

bool server_end_is_news(struct server *v)
{
    bool news = !v->process && v->settled && !v->stopping && !v->end_told;
    v->end_told |= news;
    return news;
}

bool server_probing(const struct server *v)
{
    return v->look;
}

struct server *servers_find(const struct servers *s, const char *name)
{
    for (size_t i = 0; i < s->all.len; i++)
        if (strcmp(s->all.ptr[i]->name, name) == 0)
            return s->all.ptr[i];
    return NULL;
}

size_t servers_count(const struct servers *s)
{
    return s->all.len;
}

struct server *servers_at(const struct servers *s, size_t i)
{
    return s->all.ptr[i];
}

bool servers_any_running(const struct servers *s)
{
    for (size_t i = 0; i < s->all.len; i++)
        if (s->all.ptr[i]->process)
            return true;
    return false;
}

struct server_status server_status(const struct server *v, int64_t log_lines)
{
    return (struct server_status){
        .name = mem_strdup(v->name),
        .command = mem_strdup(v->command),
        .log = mem_strdup(v->log.path),
        .tail = log_lines > 0 ? server_log_tail(&v->log, log_lines) : NULL,
        .port = v->port,
        .pid = v->pid,
        .uptime_ms = (v->process ? clock_ms() : v->ended_ms) - v->started_ms,
        .restarts = v->restarts,
        .state = v->state,
        .code = v->code,
        .listening = v->listening,
        .http_status = v->http_status};
}
