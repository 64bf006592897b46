#include "jobs/jobs.h"

#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/file.h"
#include "jobs/servers.h"

#define TOLD_APART_MS 60 /* many changes make one event */
#define PROBE_MS 2000
#define STOP_LOG_LINES 20

/* ---- telling ---- */

static void emit_jobs(void *arg)
{
    struct agent *a = arg;
    a->jobs_timer = NULL;
    struct event ev = {.type = EVENT_JOBS};
    ev.jobs.items = jobs_to_json(a);
    outbox_emit(&a->out, &ev);
}

void jobs_changed(struct agent *a)
{
    if (!a->jobs_timer)
        a->jobs_timer = loop_timer_add(a->reactor.loop, clock_ms() + TOLD_APART_MS, emit_jobs, a);
}

void jobs_tell(struct agent *a)
{
    loop_timer_remove(a->reactor.loop, a->jobs_timer);
    emit_jobs(a);
}

static void on_change(void *arg)
{
    jobs_changed(arg);
}

/* ---- servers ---- */

static struct servers *servers_of(struct agent *a)
{
    if (a->servers)
        return a->servers;
    AUTO_FREE char *name = mem_printf("logs/%s", a->out.session);
    AUTO_FREE char *dir = file_state_path(name);
    a->servers =
        servers_new(a->reactor.loop, a->sandbox, workspace_path(a->ws), a->tmp, dir, on_change, a);
    return a->servers;
}

static struct server *server_named(struct agent *a, const char *name, struct error *e)
{
    struct server *v = a->servers ? servers_find(a->servers, name) : NULL;
    if (v)
        return v;
    AUTO(buf) all = {0};
    for (size_t i = 0; a->servers && i < servers_count(a->servers); i++) {
        struct server_status s = server_status(servers_at(a->servers, i), 0);
        buf_addf(&all, "%s%s", i ? ", " : "", s.name);
        server_status_fini(&s);
    }
    error_set(e, ERR_NOT_FOUND, "no server is called \"%s\"; there %s%s", name,
              all.len ? "are: " : "are none", buf_cstr(&all));
    return NULL;
}

static bool server_allowed(struct agent *a, const char *command, struct error *e)
{
    char why[512];
    if (permit_command(&a->permit, command, NULL, why))
        return true;
    outbox_ledger(&a->out, "REFUSED", command);
    return error_set(e, ERR_DENIED, "%s", why);
}

bool jobs_server_start(struct agent *a, const char *name, const char *command, int64_t port,
                       int64_t ready_ms, struct server_status *s, struct error *e)
{
    *s = (struct server_status){0};
    if (!server_allowed(a, command, e))
        return false;
    struct server *v = servers_start(servers_of(a), name, command, port, ready_ms, e);
    if (!v)
        return false;
    outbox_phase(&a->out, "execute", ready_ms, 0, command);
    while (!server_settled(v) && !reactor_stopped(&a->reactor))
        reactor_wait(&a->reactor, -1);
    if (port > 0 && !server_ended(v) && !reactor_stopped(&a->reactor)) {
        server_probe(v, PROBE_MS);
        while (server_probing(v) && !reactor_stopped(&a->reactor))
            reactor_wait(&a->reactor, -1);
    }
    *s = server_status(v, STOP_LOG_LINES);
    AUTO_FREE char *line = mem_printf("%s %s: %s", name, command, server_state_name(s->state));
    outbox_ledger(&a->out, "SERVER", line);
    if (s->state != SERVER_FAILED && s->state != SERVER_STOPPED)
        return true;
    return error_set(e, ERR_IO, "the server \"%s\" ended at once with exit %d", name, s->code);
}

bool jobs_server_stop(struct agent *a, const char *name, struct server_status *s, struct error *e)
{
    struct server *v = server_named(a, name, e);
    *s = (struct server_status){0};
    if (!v)
        return false;
    server_stop(v);
    while (!server_ended(v)) /* bounded: the supervisor kills what does not go */
        reactor_wait(&a->reactor, -1);
    *s = server_status(v, STOP_LOG_LINES);
    outbox_ledger(&a->out, "STOPPED", name);
    return true;
}

bool jobs_server_check(struct agent *a, const char *name, int64_t log_lines,
                       struct server_status *s, struct error *e)
{
    struct server *v = server_named(a, name, e);
    *s = (struct server_status){0};
    if (!v)
        return false;
    server_probe(v, PROBE_MS);
    while (server_probing(v) && !reactor_stopped(&a->reactor))
        reactor_wait(&a->reactor, -1);
    *s = server_status(v, log_lines);
    return true;
}

size_t jobs_server_list(struct agent *a, struct server_status **list)
{
    size_t n = a->servers ? servers_count(a->servers) : 0;
    *list = mem_alloc((n + 1) * sizeof **list);
    for (size_t i = 0; i < n; i++)
        (*list)[i] = server_status(servers_at(a->servers, i), 0);
    return n;
}

void jobs_command_start(struct agent *a, const char *command, struct command_result *r)
{
    struct error e = {0};
    char name[32];
    int64_t id = ++a->next_job;
    snprintf(name, sizeof name, "job-%lld", (long long)id);
    if (!servers_start(servers_of(a), name, command, 0, 0, &e)) {
        snprintf(r->note, sizeof r->note, "%s", e.text);
        r->refused = true;
        return;
    }
    r->job = id;
    r->code = 0;
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

static cJSON *jobs_array(struct agent *a)
{
    cJSON *list = a->old_jobs ? cJSON_Duplicate(a->old_jobs, true) : cJSON_CreateArray();
    for (size_t i = 0; i < a->delegates.len; i++)
        cJSON_AddItemToArray(list, delegate_json(a->delegates.ptr[i]));
    for (size_t i = 0; a->servers && i < servers_count(a->servers); i++)
        cJSON_AddItemToArray(list, server_json(servers_at(a->servers, i)));
    return list;
}

char *jobs_to_json(struct agent *a)
{
    AUTO_JSON *list = jobs_array(a);
    return json_print(list);
}

/* Nothing of it runs any more: mien's end stopped it. */
void jobs_restore(struct agent *a, const char *text)
{
    struct error e = {0};
    cJSON *list = json_parse(text, strlen(text), &e);
    cJSON_Delete(a->old_jobs);
    a->old_jobs = cJSON_CreateArray();
    for (cJSON *o = list ? list->child : NULL, *next; o; o = next) {
        next = o->next;
        const char *state = json_str(o, "state", "");
        bool ran = strcmp(state, "running") == 0 || strcmp(state, "starting") == 0 ||
                   strcmp(state, "waiting") == 0;
        if (strcmp(json_str(o, "kind", ""), "delegate") != 0)
            continue; /* a server's log is gone with it */
        if (ran)
            cJSON_ReplaceItemInObjectCaseSensitive(o, "state", cJSON_CreateString("lost"));
        cJSON_AddItemToArray(a->old_jobs, cJSON_DetachItemViaPointer(list, o));
        const char *dash = strrchr(json_str(o, "name", ""), '-');
        a->next_job = MAX(a->next_job, dash ? atoll(dash + 1) : 0);
    }
    cJSON_Delete(list);
    if (cJSON_GetArraySize(a->old_jobs))
        jobs_changed(a);
}

void jobs_report(struct agent *a, struct buf *out)
{
    AUTO_JSON *list = jobs_array(a);
    const cJSON *j;
    cJSON_ArrayForEach(j, list)
    {
        buf_addf(out, "%-18s %-9s %-9s", json_str(j, "name", ""), json_str(j, "kind", ""),
                 json_str(j, "state", ""));
        if (json_int(j, "port", 0))
            buf_addf(out, " port %lld", (long long)json_int(j, "port", 0));
        if (json_int(j, "tokens", 0))
            buf_addf(out, " %lld tokens", (long long)json_int(j, "tokens", 0));
        buf_addf(out, "  %.120s\n", json_str(j, "title", ""));
        if (json_str(j, "action", NULL))
            buf_addf(out, "%-18s last: %.160s\n", "", json_str(j, "action", ""));
    }
    if (cJSON_GetArraySize(list) == 0)
        buf_adds(out, "nothing runs beside the conversation\n");
    else
        buf_adds(out, "\n/jobs log NAME shows its output, /jobs stop NAME stops it\n");
}

/* ---- one of them ---- */

static struct delegate *delegate_named(struct agent *a, const char *name)
{
    for (size_t i = 0; i < a->delegates.len; i++) {
        char own[80];
        delegate_name(a->delegates.ptr[i], own);
        if (strcmp(own, name) == 0)
            return a->delegates.ptr[i];
    }
    return NULL;
}

static const cJSON *old_job(const struct agent *a, const char *name)
{
    const cJSON *j;
    cJSON_ArrayForEach(j, a->old_jobs)
    {
        if (strcmp(json_str(j, "name", ""), name) == 0)
            return j;
    }
    return NULL;
}

static void log_of_server(struct server *v, struct buf *out)
{
    struct server_status s = server_status(v, 400);
    buf_addf(out, "$ %s\n(%s", s.command, server_state_name(s.state));
    if (s.state == SERVER_STOPPED || s.state == SERVER_FAILED)
        buf_addf(out, ", exit %d", s.code);
    buf_addf(out, ", log %s)\n\n%s", s.log, s.tail ? s.tail : "");
    server_status_fini(&s);
}

bool jobs_log(struct agent *a, const char *name, struct buf *out, struct error *e)
{
    const struct delegate *d = delegate_named(a, name);
    const cJSON *old = d ? NULL : old_job(a, name);
    struct server *v = a->servers ? servers_find(a->servers, name) : NULL;
    if (d) {
        buf_addf(out, "%s: %s\nsession %s, workspace %s\n%s", d->agent, d->goal,
                 d->session ? d->session : "?", d->workspace, buf_cstr(&d->transcript));
        return true;
    }
    if (v) {
        log_of_server(v, out);
        return true;
    }
    if (old)
        return session_transcript(a, json_str(old, "session", ""), out, e);
    return error_set(e, ERR_NOT_FOUND, "no job is called \"%s\"; /jobs lists them", name);
}

bool jobs_stop(struct agent *a, const char *name, struct error *e)
{
    struct delegate *d = delegate_named(a, name);
    struct server *v = a->servers ? servers_find(a->servers, name) : NULL;
    if (d && d->state != DELEGATE_ENDED) {
        delegate_give_up(d, "stopped", "the person stopped it");
        return true;
    }
    if (v && !server_ended(v)) {
        server_stop(v);
        outbox_ledger(&a->out, "STOPPED", name);
        return true;
    }
    if (d || v || old_job(a, name))
        return error_set(e, ERR_DENIED, "%s has ended already", name);
    return error_set(e, ERR_NOT_FOUND, "no job is called \"%s\"; /jobs lists them", name);
}

void jobs_fini(struct agent *a)
{
    delegates_free(a);
    servers_free(a->servers);
    a->servers = NULL;
    loop_timer_remove(a->reactor.loop, a->jobs_timer);
    a->jobs_timer = NULL;
    cJSON_Delete(a->old_jobs);
    a->old_jobs = NULL;
}
