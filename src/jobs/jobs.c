#include "jobs/jobs.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "jobs/servers.h"
#include "jobs/terminal.h"
#include "permit/denial.h"
#include "run/outbox.h"

#define TOLD_APART_MS 60 /* many changes make one event */
#define PROBE_MS 2000
#define ENDED_LOG_LINES 10
#define STOP_LOG_LINES 20

/* ---- telling ---- */

static void emit_jobs(void *arg)
{
    struct jobs *j = arg;
    j->timer = NULL;
    struct event ev = {.type = EVENT_JOBS};
    ev.jobs.items = jobs_to_json(j);
    outbox_emit(j->out, &ev);
}

void jobs_changed(struct jobs *j)
{
    j->changes++;
    if (!j->timer)
        j->timer = loop_timer_add(j->reactor->loop, clock_ms() + TOLD_APART_MS, emit_jobs, j);
}

void jobs_tell(struct jobs *j)
{
    j->changes++;
    loop_timer_remove(j->reactor->loop, j->timer);
    emit_jobs(j);
}

static void on_change(void *arg)
{
    jobs_changed(arg);
}

/* ---- servers ---- */

static struct servers *servers_of(struct jobs *j)
{
    if (j->servers)
        return j->servers;
    AUTO_FREE char *dir = outbox_dir(j->out);
    j->servers = servers_new(j->reactor->loop, j->shell->sandbox, j->shell->cwd, j->shell->tmp, dir,
                             on_change, j);
    return j->servers;
}

static struct server *server_named(struct jobs *j, const char *name, struct error *e)
{
    struct server *v = j->servers ? servers_find(j->servers, name) : NULL;
    if (v)
        return v;
    AUTO(buf) all = {0};
    for (size_t i = 0; j->servers && i < servers_count(j->servers); i++) {
        struct server_status s = server_status(servers_at(j->servers, i), 0);
        buf_addf(&all, "%s%s", i ? ", " : "", s.name);
        server_status_fini(&s);
    }
    error_set(e, ERR_NOT_FOUND, "no server or command is called \"%s\"; there %s%s", name,
              all.len ? "are: " : "are none", buf_cstr(&all));
    return NULL;
}

/* Did the sandbox end it? A line for the model, or nothing. */
static void add_denial(const struct jobs *j, const struct server *v, const struct server_status *s,
                       struct buf *out)
{
    AUTO(buf) line = {0};
    struct denial_case d = {.command = s->command,
                            .output = s->tail ? s->tail : "",
                            .code = s->code,
                            .limits = sandbox_limits(j->shell->sandbox),
                            .failed = s->code != 0,
                            .level = sandbox_level(j->shell->sandbox),
                            .network = j->shell->permit->network,
                            .cwd = j->shell->cwd};
    if (!server_reaches(v))
        denial_explain(&d, &line);
    if (line.len)
        buf_addf(out, "[%s]\n", buf_cstr(&line));
}

bool jobs_server_start(struct jobs *j, const char *name, const struct command_spec *c, int64_t port,
                       bool http, int64_t ready_ms, struct server_status *s, struct error *e)
{
    struct command_result judged;
    struct sandbox *own;
    assert(j->reactor && j->out && j->shell);
    *s = (struct server_status){0};
    if (!shell_allowed(j->shell, c, &own, &judged))
        return error_set(e, ERR_DENIED, "%s", judged.note);
    struct server *v = servers_start(servers_of(j), name, c->command, own, port, ready_ms, e);
    if (!v)
        return false;
    outbox_phase(j->out, "execute", ready_ms, 0, c->command);
    while (!server_settled(v) && !reactor_stopped(j->reactor))
        reactor_wait(j->reactor, -1);
    if (http)
        server_speaks_http(v);
    if (http && port > 0 && !server_ended(v) && !reactor_stopped(j->reactor)) {
        server_probe(v, PROBE_MS);
        while (server_probing(v) && !reactor_stopped(j->reactor))
            reactor_wait(j->reactor, -1);
    }
    *s = server_status(v, STOP_LOG_LINES);
    AUTO_FREE char *line = mem_printf("%s %s: %s", name, c->command, server_state_name(s->state));
    outbox_ledger(j->out, "SERVER", line);
    if (s->state != SERVER_FAILED && s->state != SERVER_STOPPED)
        return true;
    AUTO(buf) denial = {0};
    add_denial(j, v, s, &denial);
    return error_set(e, ERR_IO, "the server \"%s\" ended at once with exit %d%s%s", name, s->code,
                     denial.len ? " " : "", buf_cstr(&denial));
}

bool jobs_server_stop(struct jobs *j, const char *name, struct server_status *s, struct error *e)
{
    struct server *v = server_named(j, name, e);
    *s = (struct server_status){0};
    if (!v)
        return false;
    server_stop(v);
    while (!server_ended(v)) /* bounded: the supervisor kills what does not go */
        reactor_wait(j->reactor, -1);
    *s = server_status(v, STOP_LOG_LINES);
    outbox_ledger(j->out, "STOPPED", name);
    return true;
}

/* The ledger said that it runs. */
static void note_end(struct jobs *j, const struct server_status *s)
{
    AUTO_FREE char *line = mem_printf("%s: exit %d", s->name, s->code);
    outbox_ledger(j->out, "ENDED", line);
}

bool jobs_server_check(struct jobs *j, const char *name, int64_t log_lines, struct server_status *s,
                       struct error *e)
{
    struct server *v = server_named(j, name, e);
    *s = (struct server_status){0};
    if (!v)
        return false;
    server_probe(v, PROBE_MS);
    while (server_probing(v) && !reactor_stopped(j->reactor))
        reactor_wait(j->reactor, -1);
    *s = server_status(v, log_lines);
    if (server_end_is_news(v))
        note_end(j, s); /* and told by this look */
    return true;
}

bool jobs_server_ended(const struct jobs *j, const char *name)
{
    const struct server *v = j->servers ? servers_find(j->servers, name) : NULL;
    return !v || server_ended(v);
}

size_t jobs_server_list(struct jobs *j, struct server_status **list)
{
    size_t n = j->servers ? servers_count(j->servers) : 0;
    *list = mem_alloc((n + 1) * sizeof **list);
    for (size_t i = 0; i < n; i++)
        (*list)[i] = server_status(servers_at(j->servers, i), 0);
    return n;
}

static void name_job(struct jobs *j, const struct server *v, int64_t id, struct command_result *r)
{
    struct server_status s = server_status(v, 0);
    snprintf(r->file, sizeof r->file, "%s", s.log ? s.log : "");
    r->pid = s.pid;
    server_status_fini(&s);
    r->job = id;
    r->code = 0;
}

static void type_into(struct jobs *j, const struct command_spec *c, struct command_result *r)
{
    struct sandbox *none;
    struct error e = {0};
    *r = (struct command_result){.code = -1, .refused = true};
    if (*c->typed && !shell_allowed(j->shell, c, &none, r))
        return;
    if (*c->typed)
        sandbox_free(none);
    struct server *v = server_named(j, c->into, &e); /* anew: the question may have waited */
    bool ready = v && server_has_terminal(v) && (server_ended(v) ? !*c->typed : true);
    if (v && !ready)
        error_set(&e, ERR_DENIED, "%s %s", c->into,
                  server_ended(v) ? "has ended" : "has no terminal; run it with tty=true");
    else if (v && *c->typed && !(ready = server_type(v, c->typed, strlen(c->typed))))
        error_set(&e, ERR_BUSY, "%s does not read what is typed", c->into);
    snprintf(r->note, sizeof r->note, "%s", ready ? "" : e.text);
    r->refused = !ready;
    if (!ready)
        return;
    outbox_phase(j->out, "execute", c->timeout_ms, 0, c->into);
    if (*c->typed)
        outbox_ledger(j->out, "TYPED", c->into);
    snprintf(r->name, sizeof r->name, "%s", c->into);
    name_job(j, v, 1, r);
    terminal_wait(j->reactor, j->servers, c->into, *c->typed, c->timeout_ms, r);
}

void jobs_command_start(struct jobs *j, const struct command_spec *c, struct command_result *r)
{
    struct sandbox *own;
    struct error e = {0};
    if (c->into) {
        type_into(j, c, r);
        return;
    }
    if (!shell_allowed(j->shell, c, &own, r))
        return;
    outbox_ledger(j->out, "JOB", c->command);
    int64_t id = ++j->number;
    snprintf(r->name, sizeof r->name, "job-%lld", (long long)id);
    struct server *v = c->terminal
                           ? servers_start_terminal(servers_of(j), r->name, c->command, own, &e)
                           : servers_start(servers_of(j), r->name, c->command, own, 0, 0, &e);
    if (!v) {
        snprintf(r->note, sizeof r->note, "%s", e.text);
        r->refused = true;
        return;
    }
    name_job(j, v, id, r);
    if (c->terminal && !c->background) {
        outbox_phase(j->out, "execute", c->timeout_ms, 0, c->command);
        terminal_wait(j->reactor, j->servers, r->name, true, c->timeout_ms, r);
    }
}

void jobs_adopt(void *jobs, struct process *p, struct sandbox *own, const char *command,
                struct command_result *r)
{
    struct jobs *j = jobs;
    int64_t id = ++j->number;
    outbox_ledger(j->out, "JOB", command);
    snprintf(r->name, sizeof r->name, "job-%lld", (long long)id);
    name_job(j, servers_adopt(servers_of(j), r->name, command, own, p), id, r);
}

void jobs_ended(struct jobs *j, struct buf *out)
{
    for (size_t i = 0; j->servers && i < servers_count(j->servers); i++) {
        struct server *v = servers_at(j->servers, i);
        if (!server_end_is_news(v))
            continue;
        struct server_status s = server_status(v, ENDED_LOG_LINES);
        buf_addf(out, "%s ended: exit %d after %.1f s, log %s\n%s", s.name, s.code,
                 (double)s.uptime_ms / 1000, s.log ? s.log : "-", s.tail ? s.tail : "");
        if (out->len && out->ptr[out->len - 1] != '\n')
            buf_addc(out, '\n');
        add_denial(j, v, &s, out);
        note_end(j, &s);
        server_status_fini(&s);
    }
}

/* ---- the list ---- */

static void delegate_name(const struct delegate *d, char name[static 80])
{
    snprintf(name, 80, "%.60s-%lld", d->agent, (long long)d->number);
}

static const char *delegate_state_name(const struct delegate *d)
{
    return d->state == DELEGATE_WAITING   ? "waiting"
           : d->state == DELEGATE_RUNNING ? "running"
           : d->said_success              ? "done"
                                          : "failed";
}

static cJSON *delegate_json(const struct delegate *d)
{
    cJSON *j = cJSON_CreateObject();
    char name[80];
    delegate_name(d, name);
    int64_t since = d->started_ms ? d->started_ms : clock_ms();
    json_add_str(j, "name", name);
    json_add_str(j, "kind", "delegate");
    json_add_str(j, "state", delegate_state_name(d));
    json_add_str(j, "title", d->goal);
    json_add_str(j, "agent", d->agent);
    json_add_str(j, "model", d->its_model ? d->its_model : d->model);
    json_add_int(j, "node", d->node);
    json_add_int(j, "tokens", d->input + d->output);
    json_add_int(j, "rounds", d->rounds);
    json_add(j, "cost", cJSON_CreateNumber(d->cost));
    json_add_str(j, "action", d->action);
    json_add_str(j, "session", d->session);
    json_add_str(j, "workspace", d->workspace);
    json_add_int(j, "ms", (d->ended_ms ? d->ended_ms : clock_ms()) - since);
    return j;
}

static cJSON *server_json(struct server *v)
{
    struct server_status s = server_status(v, 0);
    cJSON *j = cJSON_CreateObject();
    json_add_str(j, "name", s.name);
    json_add_str(j, "kind", s.port ? "server" : "command");
    json_add_str(j, "state", server_state_name(s.state));
    json_add_str(j, "title", s.command);
    if (s.port)
        json_add_int(j, "port", s.port);
    if (s.port)
        json_add_bool(j, "listening", s.listening);
    if (s.state == SERVER_STOPPED || s.state == SERVER_FAILED)
        json_add_int(j, "code", s.code);
    json_add_int(j, "restarts", s.restarts);
    json_add_str(j, "log", s.log);
    json_add_int(j, "ms", s.uptime_ms);
    server_status_fini(&s);
    return j;
}

static cJSON *jobs_array(struct jobs *j)
{
    cJSON *list = j->old ? cJSON_Duplicate(j->old, true) : cJSON_CreateArray();
    for (size_t i = 0; i < j->delegation.all.len; i++)
        cJSON_AddItemToArray(list, delegate_json(j->delegation.all.ptr[i]));
    for (size_t i = 0; j->servers && i < servers_count(j->servers); i++)
        cJSON_AddItemToArray(list, server_json(servers_at(j->servers, i)));
    return list;
}

char *jobs_to_json(struct jobs *j)
{
    AUTO_JSON *list = jobs_array(j);
    return json_print(list);
}

bool jobs_worth_saving(const struct jobs *j)
{
    return j->delegation.all.len > 0;
}

/* Nothing of it runs any more: mien's end stopped it. */
void jobs_restore(struct jobs *j, const char *text)
{
    struct error e = {0};
    cJSON *list = json_parse(text, strlen(text), &e);
    cJSON_Delete(j->old);
    j->old = cJSON_CreateArray();
    for (cJSON *o = list ? list->child : NULL, *next; o; o = next) {
        next = o->next;
        const char *state = json_str(o, "state", "");
        bool ran = strcmp(state, "running") == 0 || strcmp(state, "starting") == 0 ||
                   strcmp(state, "waiting") == 0;
        if (strcmp(json_str(o, "kind", ""), "delegate") != 0)
            continue; /* a server's log is gone with it */
        if (ran)
            cJSON_ReplaceItemInObjectCaseSensitive(o, "state", cJSON_CreateString("lost"));
        cJSON_AddItemToArray(j->old, cJSON_DetachItemViaPointer(list, o));
        const char *dash = strrchr(json_str(o, "name", ""), '-');
        j->number = MAX(j->number, dash ? atoll(dash + 1) : 0);
    }
    cJSON_Delete(list);
    if (cJSON_GetArraySize(j->old))
        jobs_changed(j);
}

void jobs_report(struct jobs *j, struct buf *out)
{
    AUTO_JSON *list = jobs_array(j);
    const cJSON *o;
    cJSON_ArrayForEach(o, list)
    {
        buf_addf(out, "%-18s %-9s %-9s", json_str(o, "name", ""), json_str(o, "kind", ""),
                 json_str(o, "state", ""));
        if (json_int(o, "port", 0))
            buf_addf(out, " port %lld", (long long)json_int(o, "port", 0));
        if (json_int(o, "tokens", 0))
            buf_addf(out, " %lld tokens", (long long)json_int(o, "tokens", 0));
        buf_addf(out, "  %.120s\n", json_str(o, "title", ""));
        if (json_str(o, "action", NULL))
            buf_addf(out, "%-18s last: %.160s\n", "", json_str(o, "action", ""));
    }
    if (cJSON_GetArraySize(list) == 0)
        buf_adds(out, "nothing runs beside the conversation\n");
    else
        buf_adds(out, "\n/jobs log NAME shows its output, /jobs stop NAME stops it\n");
}

/* ---- one of them ---- */

static struct delegate *delegate_named(struct jobs *j, const char *name)
{
    for (size_t i = 0; i < j->delegation.all.len; i++) {
        char own[80];
        delegate_name(j->delegation.all.ptr[i], own);
        if (strcmp(own, name) == 0)
            return j->delegation.all.ptr[i];
    }
    return NULL;
}

static const cJSON *old_job(const struct jobs *j, const char *name)
{
    const cJSON *o;
    cJSON_ArrayForEach(o, j->old)
    {
        if (strcmp(json_str(o, "name", ""), name) == 0)
            return o;
    }
    return NULL;
}

static void log_of_server(struct server *v, struct buf *out)
{
    struct server_status s = server_status(v, 400);
    buf_addf(out, "$ %s\n(%s", s.command, server_state_name(s.state));
    if (s.state == SERVER_FAILED || (s.state == SERVER_STOPPED && s.code == 0))
        buf_addf(out, ", exit %d", s.code);
    buf_addf(out, ", log %s)\n\n%s", s.log, s.tail ? s.tail : "");
    server_status_fini(&s);
}

bool jobs_log(struct jobs *j, const char *name, struct buf *out, char **session, struct error *e)
{
    const struct delegate *d = delegate_named(j, name);
    const cJSON *old = d ? NULL : old_job(j, name);
    struct server *v = j->servers ? servers_find(j->servers, name) : NULL;
    *session = NULL;
    if (d) {
        buf_addf(out, "%s: %s\nsession %s, workspace %s\n%s", d->agent, d->goal,
                 d->session ? d->session : "?", d->workspace, buf_cstr(&d->transcript));
        if (d->state == DELEGATE_ENDED && !d->transcript.len)
            *session = mem_strdup(d->session); /* ours went to make room */
    } else if (v) {
        log_of_server(v, out);
    } else if (old) {
        *session = mem_strdup(json_str(old, "session", ""));
    } else {
        return error_set(e, ERR_NOT_FOUND, "no job is called \"%s\"; /jobs lists them", name);
    }
    return true;
}

bool jobs_stop(struct jobs *j, const char *name, struct error *e)
{
    struct delegate *d = delegate_named(j, name);
    struct server *v = j->servers ? servers_find(j->servers, name) : NULL;
    if (d && d->state != DELEGATE_ENDED) {
        delegate_give_up(d, "stopped", "the user stopped it");
        return true;
    }
    if (v && !server_ended(v)) {
        server_stop(v);
        outbox_ledger(j->out, "STOPPED", name);
        return true;
    }
    if (d || v || old_job(j, name))
        return error_set(e, ERR_DENIED, "%s has ended already", name);
    return error_set(e, ERR_NOT_FOUND, "no job is called \"%s\"; /jobs lists them", name);
}

int jobs_keyboard(struct jobs *j, const char *name, struct error *e)
{
    struct server *v = j->servers ? servers_find(j->servers, name) : NULL;
    int fd = v ? server_lend(v) : -1;
    if (!v)
        error_set(e, ERR_NOT_FOUND, "no job is called \"%s\"; /jobs lists them", name);
    else if (fd < 0)
        error_set(e, ERR_DENIED, "%s %s", name,
                  server_ended(v)          ? "has ended"
                  : server_has_terminal(v) ? "has its keyboard elsewhere already"
                                           : "has no terminal: run_bash gives one with tty");
    return fd;
}

void jobs_keyboard_back(struct jobs *j, const char *name)
{
    struct server *v = j->servers ? servers_find(j->servers, name) : NULL;
    if (v)
        server_take(v);
}

bool jobs_say(struct jobs *j, const char *name, const char *text, struct error *e)
{
    struct delegate *d = delegate_named(j, name);
    if (!d)
        return error_set(e, ERR_NOT_FOUND, "no delegate is called \"%s\"; /jobs lists them", name);
    if (!text || !*text)
        return error_set(e, ERR_USAGE, "what is %s to be told?", name);
    if (!delegate_tell(d, text))
        return error_set(e, ERR_DENIED, "%s does not work now", name);
    AUTO_FREE char *line = mem_printf("told %s: %s", name, text);
    outbox_ledger(j->out, "USER", line);
    outbox_notice(j->out, "info", "jobs", "told %s: %s", name, text);
    return true;
}

void jobs_fini(struct jobs *j)
{
    delegates_fini(&j->delegation);
    servers_free(j->servers);
    j->servers = NULL;
    if (j->timer) /* without one it may never have been connected */
        loop_timer_remove(j->reactor->loop, j->timer);
    j->timer = NULL;
    cJSON_Delete(j->old);
    j->old = NULL;
}
