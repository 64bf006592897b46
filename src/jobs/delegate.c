#include "jobs/delegate.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/agentfile.h"
#include "host/process.h"
#include "host/snapshot.h"
#include "host/workspace.h"
#include "host/workspace_walk.h"
#include "host/workspaces.h"
#include "jobs/delegate_command.h"
#include "jobs/delegate_events.h"
#include "permit/shell.h"
#include "plan/tree.h"
#include "run/outbox.h"
#include "session/usage.h"

#define MAX_NESTING 4
#define FILES_TOLD 40

/* What only running and judging it needed. Its row, verdict and transcript stay. */
static void delegate_settle(struct delegate *d)
{
    process_free(d->process);
    snapshot_free(d->before);
    cJSON_Delete(d->checks);
    cJSON_Delete(d->conflicts);
    cJSON_Delete(d->far_check);
    for (size_t i = 0; i < d->last.len; i++)
        free(d->last.ptr[i]);
    VEC_FREE(&d->last);
    d->last.len = 0;
    launch_fini(&d->launch);
    buf_fini(&d->line);
    buf_fini(&d->complaints);
    d->process = NULL;
    d->before = NULL;
    d->checks = d->conflicts = d->far_check = NULL;
}

static void delegate_free(struct delegate *d)
{
    reactor_unregister(d->owner->reactor, &d->cancel);
    loop_timer_remove(d->owner->reactor->loop, d->silence);
    delegate_settle(d);
    char *strings[] = {d->call_id, d->agent,     d->file,      d->goal,     d->check,  d->model,
                       d->session, d->its_model, d->action,    d->question, d->status, d->summary,
                       d->answer,  d->error,     d->workspace, d->patch};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        free(strings[i]);
    buf_fini(&d->transcript);
    free(d);
}

/* The newest are looked at first, and most; the child's own session has the whole. */
static void bound_transcripts(struct delegation *g)
{
    size_t kept = 0;
    for (size_t i = g->all.len; i-- > 0;) {
        struct delegate *d = g->all.ptr[i];
        kept += d->state == DELEGATE_ENDED ? d->transcript.len : 0;
        if (d->state == DELEGATE_ENDED && kept > DELEGATE_TRANSCRIPTS)
            buf_fini(&d->transcript);
    }
}

static struct delegate *delegate_by_call(struct delegation *g, const char *call_id)
{
    for (size_t i = 0; i < g->all.len; i++)
        if (strcmp(g->all.ptr[i]->call_id, call_id) == 0)
            return g->all.ptr[i];
    return NULL;
}

static size_t delegates_running(const struct delegation *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->all.len; i++)
        n += g->all.ptr[i]->state == DELEGATE_RUNNING;
    return n;
}

void delegate_give_up(struct delegate *d, const char *status, const char *error)
{
    d->stopped = true;
    mem_replace(&d->status, status);
    mem_replace(&d->error, error);
    if (d->process)
        process_stop(d->process);
    loop_wake(d->owner->reactor->loop);
}

static void stop_delegate(void *arg)
{
    process_stop(((struct delegate *)arg)->process);
}

void delegates_fini(struct delegation *g)
{
    for (size_t i = 0; i < g->all.len; i++)
        delegate_free(g->all.ptr[i]);
    VEC_FREE(&g->all);
    g->all.len = 0;
}

/* ---- running it ---- */

static void on_output(void *arg, const char *s, size_t n)
{
    delegate_feed(arg, s, n);
}

static void on_complaint(void *arg, const char *s, size_t n)
{
    struct delegate *d = arg;
    buf_add(&d->complaints, s, n);
    if (d->complaints.len > 8192)
        buf_drop_head(&d->complaints, d->complaints.len - 4096);
}

static void send_line(struct delegate *d, const char *text)
{
    process_write(d->process, text, strlen(text));
    process_write(d->process, "\n", 1);
}

static void send_goal(struct delegate *d)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "goal", d->goal);
    AUTO_FREE char *text = json_print(j);
    send_line(d, text);
}

bool delegate_tell(struct delegate *d, const char *text)
{
    if (d->state != DELEGATE_RUNNING || !d->process)
        return false;
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "request", "submit");
    json_add_str(j, "text", text);
    AUTO_FREE char *line = json_print(j);
    send_line(d, line);
    return true;
}

/* What changes from here on may be any one's of those that work in it. */
static void share_workspace(struct delegate *d)
{
    struct delegation *g = d->owner;
    for (size_t i = 0; i < g->all.len; i++) {
        struct delegate *o = g->all.ptr[i];
        if (o != d && o->state == DELEGATE_RUNNING && strcmp(o->workspace, d->workspace) == 0)
            o->shared = d->shared = true;
    }
}

static void delegate_start(struct delegate *d)
{
    struct delegation *g = d->owner;
    assert(d->state == DELEGATE_WAITING && !d->process);
    struct error e = {0};
    struct delegate_command command;
    AUTO_FREE char *dir = mem_printf("%s/%s", workspace_path(g->ws), d->workspace);
    delegate_command(d, &command);
    struct process_spec spec = {.argv = (const char *const *)command.argv,
                                .env = command.env,
                                .cwd = ".",
                                .output = on_output,
                                .errors = on_complaint,
                                .arg = d,
                                .input = true};
    const struct pause pause = reactor_pause(g->reactor);
    d->before = snapshot_take(dir, &pause);
    d->started_ms = clock_ms();
    d->state = DELEGATE_RUNNING;
    share_workspace(d);
    d->process = process_start(g->reactor->loop, &spec, &e);
    if (d->process) {
        d->cancel = (struct cancel){.fn = stop_delegate, .arg = d};
        reactor_register(g->reactor, &d->cancel);
        if (command.first)
            send_line(d, command.first);
        send_goal(d);
        if (d->launch.far) /* its time begins when it has begun there */
            d->action = mem_printf("waits for %s", d->launch.words.ptr[0]);
        else
            delegate_heard(d);
        log_info("delegate", "%s: %s", d->agent, d->goal);
    } else {
        delegate_give_up(d, "not started", e.text);
    }
    delegate_command_fini(&command);
    g->changed(g->jobs);
}

static void delegates_start_waiting(struct delegation *g)
{
    for (size_t i = 0; i < g->all.len; i++) {
        struct delegate *d = g->all.ptr[i];
        if (d->state == DELEGATE_WAITING && !reactor_stopped(g->reactor) &&
            (int64_t)delegates_running(g) < g->max_parallel)
            delegate_start(d);
    }
}

/* ---- beginning ---- */

static const struct agent_target *find_target(const struct delegation *g, const char *agent)
{
    for (size_t i = 0; i < g->file->target_count; i++)
        if (strcmp(g->file->targets[i].agent, agent) == 0)
            return &g->file->targets[i];
    return NULL;
}

/* Its workspace relative to ours: a new one, or one that exists. */
static char *delegate_workspace(struct delegation *g, const struct delegate_spec *spec,
                                struct error *e)
{
    if (!spec->workspace || !*spec->workspace)
        return workspaces_create(workspace_path(g->ws), spec->goal, g->out->session, e);
    struct file_entry *entries = NULL;
    size_t n;
    const char *path = spec->workspace;
    size_t root = strlen(workspace_path(g->ws));
    if (strncmp(path, workspace_path(g->ws), root) == 0 && (!path[root] || path[root] == '/'))
        path = path[root] && path[root + 1] ? path + root + 1 : ".";
    if (*path == '/' || !workspace_list(g->ws, path, &entries, &n, e)) {
        if (e->code == ERR_NONE || *path == '/')
            error_set(e, ERR_NOT_FOUND, "no directory");
        error_prefix(e,
                     "the workspace \"%s\" cannot be used (give one beneath this workspace, "
                     "\".\" for this one, or none for a new one)",
                     spec->workspace);
        return NULL;
    }
    free(entries);
    return mem_strdup(path);
}

static bool may_delegate(struct delegation *g, const struct delegate_spec *spec, struct error *e)
{
    const char *depth = getenv(DELEGATE_DEPTH);
    if (!find_target(g, spec->agent))
        return error_set(e, ERR_NOT_FOUND, "%s may not delegate to \"%s\"", g->file->name,
                         spec->agent);
    if (!spec->goal || strspn(spec->goal, " \t\r\n") == strlen(spec->goal))
        return error_set(e, ERR_USAGE, "the delegated goal is empty: say what is to be done");
    if (depth && atoi(depth) >= MAX_NESTING)
        return error_set(e, ERR_LIMIT, "agents delegate %d deep already: do it yourself",
                         MAX_NESTING);
    const char *plan = permit_plan_words(g->shell->permit);
    return !plan || error_set(e, ERR_DENIED, "Refused: %s", plan);
}

bool delegate_begin(struct delegation *g, const struct delegate_spec *spec, struct error *e)
{
    assert(g->reactor && g->out && g->shell && g->means && spec->call_id);
    if (delegate_by_call(g, spec->call_id))
        return true;
    if (!may_delegate(g, spec, e))
        return false;
    char *where = delegate_workspace(g, spec, e);
    if (!where)
        return false;
    const struct agent_target *t = find_target(g, spec->agent);
    struct delegate *d = mem_alloc(sizeof *d);
    d->owner = g;
    d->number = ++*g->number;
    d->call_id = mem_strdup(spec->call_id);
    d->agent = mem_strdup(spec->agent);
    d->file = mem_strdup(t->file);
    d->goal = mem_strdup(spec->goal);
    d->check = mem_strdup(spec->check && *spec->check ? spec->check : NULL);
    struct delegate_means means = {0};
    g->means(g->arg, &means);
    d->model = mem_strdup(t->model ? t->model : means.model);
    d->workspace = where;
    d->silence_ms = spec->silence_ms;
    int64_t named = spec->task ? tree_find_key(g->tree, g->tree->goal, spec->task) : 0;
    d->node = named ? named : g->tree->active ? g->tree->active : g->tree->goal;
    delegate_launch(&d->launch, spec);
    g->max_parallel = MAX(spec->max_parallel, 1);
    VEC_PUSH(&g->all, d);
    delegates_start_waiting(g);
    return true;
}

/* ---- waiting ---- */

/* A delegate's question goes to our user; the answer goes back down. */
static void relay_question(struct delegate *d)
{
    struct delegation *g = d->owner;
    struct error e = {0};
    AUTO_JSON *asked = json_parse(d->question, strlen(d->question), &e);
    AUTO_FREE char *text = NULL;
    free(d->question);
    d->question = NULL;
    AUTO_FREE char *title = mem_printf("[%s] %s", d->agent, json_str(asked, "title", "?"));
    AUTO_FREE char *choices =
        json_get(asked, "choices") ? json_print(json_get(asked, "choices")) : NULL;
    struct ask q = {.kind = json_str(asked, "kind", "question"),
                    .title = title,
                    .detail = json_str(asked, "detail", NULL),
                    .why = json_str(asked, "why", NULL),
                    .always = json_str(asked, "always", NULL),
                    .choices = choices};
    AUTO_FREE char *key = ask_user(&g->shell->permit->ask, &q, &text);
    AUTO_JSON *answer = cJSON_CreateObject();
    json_add_str(answer, "id", json_str(asked, "id", ""));
    json_add_str(answer, "choice", key);
    json_add_str(answer, "text", text);
    AUTO_FREE char *line = json_print(answer);
    send_line(d, line);
}

static void delegate_ended(struct delegate *d)
{
    struct delegation *g = d->owner;
    assert(d->state != DELEGATE_ENDED);
    loop_timer_remove(g->reactor->loop, d->silence);
    d->silence = NULL;
    reactor_unregister(g->reactor, &d->cancel);
    d->state = DELEGATE_ENDED;
    d->ended_ms = clock_ms();
    d->started_ms = d->started_ms ? d->started_ms : d->ended_ms;
    if (!d->result_seen && !d->status) {
        int code = d->process ? process_code(d->process) : -1;
        mem_replace(&d->status, "died");
        AUTO_FREE char *why =
            code >= 128
                ? mem_printf("it was killed by signal %d before it had a result", code - 128)
                : mem_printf("it ended with exit %d without a result", code);
        if (!d->error)
            d->error = mem_strdup(why);
    }
    struct usage_of_agent used = {.agent = d->agent,
                                  .success = d->said_success,
                                  .input = d->input,
                                  .cached = d->cached,
                                  .output = d->output,
                                  .ms = d->ended_ms - d->started_ms,
                                  .cost = d->cost};
    usage_agent(g->usage, &used);
    AUTO_FREE char *line = mem_printf("%s → %s", d->agent, d->status);
    outbox_ledger(g->out, "DELEGATE", line);
    bound_transcripts(g);
    g->tell(g->jobs);
}

static void serve_delegates(struct delegation *g)
{
    for (size_t i = 0; i < g->all.len; i++) {
        struct delegate *d = g->all.ptr[i];
        if (d->state == DELEGATE_WAITING && d->stopped)
            delegate_ended(d);
        if (d->state == DELEGATE_RUNNING && d->question && !reactor_stopped(g->reactor))
            relay_question(d);
        if (d->state == DELEGATE_RUNNING && !process_running(d->process))
            delegate_ended(d);
    }
    delegates_start_waiting(g);
}

/* ---- the verdict ---- */

/* Notes are words too, not evidence of work. */
static cJSON *changed_files(const struct delegate *d, const char *dir)
{
    const struct pause pause = reactor_pause(d->owner->reactor);
    cJSON *files =
        d->before ? snapshot_changed(d->before, dir, FILES_TOLD, &pause) : cJSON_CreateArray();
    for (int i = cJSON_GetArraySize(files) - 1; i >= 0; i--)
        if (strcmp(cJSON_GetArrayItem(files, i)->valuestring, "jetboxnotes.md") == 0)
            cJSON_DeleteItemFromArray(files, i);
    return files;
}

static bool any_green(const cJSON *checks)
{
    const cJSON *c;
    cJSON_ArrayForEach(c, checks)
    {
        if (json_bool(c, "green", false))
            return true;
    }
    return false;
}

/* The check of the one who delegates, run by us in the delegate's workspace. */
static bool run_check(struct delegate *d, struct delegate_result *r)
{
    struct delegation *g = d->owner;
    if (d->far_check) /* where it was isolated; a red one brings nothing here that could be tried */
        cJSON_AddItemToArray(r->checks, cJSON_Duplicate(d->far_check, true));
    if (d->far_check && !json_bool(d->far_check, "green", false))
        return false;
    if (!d->check || reactor_stopped(g->reactor))
        return true;
    AUTO(buf) command = {0};
    buf_adds(&command, "cd -- ");
    text_add_quoted(&command, d->workspace);
    buf_addf(&command, " && %s", d->check);
    struct command_result c = {0};
    struct command_spec spec = {
        .call_id = d->call_id, .command = buf_cstr(&command), .timeout_ms = g->check_ms};
    shell_run(g->shell, &spec, &c);
    bool green = c.code == 0 && !c.refused;
    cJSON *one = cJSON_CreateObject();
    json_add_str(one, "command", d->check);
    json_add_bool(one, "green", green);
    if (!green)
        json_add_str(one, "output", c.refused ? c.note : buf_cstr(&c.out));
    cJSON_AddItemToArray(r->checks, one);
    command_result_fini(&c);
    return green;
}

static void tell_error(struct delegate *d, struct delegate_result *r, bool checked)
{
    if (r->success)
        return;
    if (d->patch)
        r->error = mem_printf(
            "%s, so what it changed was not brought back; it lies as a diff in %s, "
            "for git apply -p0",
            d->said_success && !checked ? "the check failed in its copy" : "it did not succeed",
            d->patch);
    else if (d->said_success && !checked)
        r->error = mem_strdup("it says it is done, but the check failed");
    else if (d->error)
        r->error = mem_strdup(d->error);
    else
        r->error = mem_printf("it ended %s: %s", d->status, d->summary ? d->summary : "");
    if (d->complaints.len && !d->result_seen && !d->launch.far) { /* there its error has them */
        AUTO(buf) clean = {0};
        utf8_repair(&clean, d->complaints.ptr, d->complaints.len);
        size_t n = clean.len, from = n > 600 ? n - 600 : 0;
        char *more = mem_printf("%s. It printed: %s", r->error, buf_cstr(&clean) + from);
        free(r->error);
        r->error = more;
    }
}

static void judge(struct delegate *d, struct delegate_result *r)
{
    struct delegation *g = d->owner;
    AUTO_FREE char *dir = mem_printf("%s/%s", workspace_path(g->ws), d->workspace);
    r->files = changed_files(d, dir);
    r->shared = d->shared;
    r->conflicts = d->conflicts ? cJSON_Duplicate(d->conflicts, true) : NULL;
    r->checks = d->checks ? cJSON_Duplicate(d->checks, true) : cJSON_CreateArray();
    bool checked = !d->said_success || run_check(d, r);
    r->patch = mem_strdup(d->patch);
    r->verified = any_green(r->checks);
    r->success = d->result_seen && d->said_success && !d->stopped && checked && !d->patch;
    r->status = mem_strdup(d->status);
    r->summary = mem_strdup(d->summary);
    r->answer = mem_strdup(d->answer);
    r->workspace = mem_strdup(d->workspace);
    r->session = mem_strdup(d->session);
    r->rounds = d->rounds;
    r->tokens = d->input + d->output;
    r->cost = d->cost;
    r->ms = d->ended_ms - d->started_ms;
    tell_error(d, r, checked);
    AUTO(buf) last = {0};
    for (size_t i = 0; i < d->last.len; i++)
        buf_addf(&last, "%s%s", i ? "\n" : "", d->last.ptr[i]);
    r->last = buf_take(&last);
}

bool delegate_wait(struct delegation *g, const struct delegate_spec *spec,
                   struct delegate_result *r, struct error *e)
{
    *r = (struct delegate_result){0};
    if (!delegate_begin(g, spec, e))
        return false;
    struct delegate *d = delegate_by_call(g, spec->call_id);
    outbox_phase(g->out, "execute", 0, 0, d->agent);
    while (d->state != DELEGATE_ENDED) {
        if (d->state == DELEGATE_WAITING && reactor_stopped(g->reactor))
            delegate_give_up(d, "not started", "the goal was stopped before it began");
        serve_delegates(g);
        if (d->state == DELEGATE_ENDED)
            break;
        reactor_wait(g->reactor, -1);
    }
    judge(d, r);
    delegate_settle(d);
    return true;
}
