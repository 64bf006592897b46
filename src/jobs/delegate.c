/* Delegated goals: started as child processes, waited for, judged by what they left behind. */
#include "jobs/delegate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "host/snapshot.h"
#include "host/workspaces.h"
#include "llm/keys.h"

#define MAX_NESTING 4
#define DEPTH_VARIABLE "MIEN_DELEGATION_DEPTH"
#define FILES_TOLD 40

void delegate_free(struct delegate *d)
{
    reactor_unregister(&d->parent->reactor, &d->cancel);
    char *strings[] = {d->call_id, d->agent,   d->file,      d->goal,   d->check,
                       d->model,   d->session, d->its_model, d->action, d->question,
                       d->status,  d->summary, d->answer,    d->error,  d->workspace};
    process_free(d->process);
    loop_timer_remove(d->parent->reactor.loop, d->silence);
    snapshot_free(d->before);
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        free(strings[i]);
    for (size_t i = 0; i < d->last.len; i++)
        free(d->last.ptr[i]);
    for (size_t i = 0; i < d->launcher.len; i++)
        free(d->launcher.ptr[i]);
    VEC_FREE(&d->last);
    VEC_FREE(&d->launcher);
    cJSON_Delete(d->checks);
    buf_fini(&d->line);
    buf_fini(&d->transcript);
    buf_fini(&d->complaints);
    free(d);
}

static struct delegate *delegate_by_call(struct agent *a, const char *call_id)
{
    for (size_t i = 0; i < a->delegates.len; i++)
        if (strcmp(a->delegates.ptr[i]->call_id, call_id) == 0)
            return a->delegates.ptr[i];
    return NULL;
}

static size_t delegates_running(const struct agent *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->delegates.len; i++)
        n += a->delegates.ptr[i]->state == DELEGATE_RUNNING;
    return n;
}

void delegate_give_up(struct delegate *d, const char *status, const char *error)
{
    d->stopped = true;
    mem_replace(&d->status, status);
    mem_replace(&d->error, error);
    if (d->process)
        process_stop(d->process);
    loop_wake(d->parent->reactor.loop);
}

static void stop_delegate(void *arg)
{
    process_stop(((struct delegate *)arg)->process);
}

void delegates_free(struct agent *a)
{
    for (size_t i = 0; i < a->delegates.len; i++)
        delegate_free(a->delegates.ptr[i]);
    VEC_FREE(&a->delegates);
    a->delegates.len = 0;
}

/* ---- the command ---- */

struct words {
    VEC(char *) list;
};

static void word(struct words *w, const char *text)
{
    VEC_PUSH(&w->list, mem_strdup(text));
}

static void word_pair(struct words *w, const char *option, const char *value)
{
    if (!value || !*value)
        return;
    word(w, option);
    word(w, value);
}

static void word_number(struct words *w, const char *option, int64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    word_pair(w, option, text);
}

/* This program; elsewhere it goes by its name. */
static char *own_program(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    return n > 0 ? mem_strndup(path, (size_t)n) : mem_strdup("mien");
}

/* What is left of our deadline and budget is all a delegate may use. */
static void word_budget(struct agent *a, struct words *w)
{
    if (a->goal_seconds > 0)
        word_number(w, "--timeout", MAX((a->deadline_ms - clock_ms()) / 1000, 1));
    if (a->goal_tokens > 0)
        word_number(w, "--max-tokens",
                    MAX(a->goal_tokens - a->usage.goal.input - a->usage.goal.output, 1));
    if (a->goal_money > 0) {
        char text[40];
        snprintf(text, sizeof text, "%.6f", MAX(a->goal_money - a->usage.goal.cost, 0.000001));
        word_pair(w, "--max-money", text);
    }
}

static void delegate_words(struct delegate *d, struct words *w)
{
    struct agent *a = d->parent;
    AUTO_FREE char *program = own_program();
    AUTO_FREE char *where = mem_printf("%s/%s", workspace_path(a->ws), d->workspace);
    for (size_t i = 0; i < d->launcher.len; i++)
        word(w, d->launcher.ptr[i]);
    word(w, d->launcher.len ? "mien" : program);
    word(w, "exec");
    word(w, "--json");
    word(w, "--delegated");
    word_pair(w, "--ask", a->permit.ask.possible ? "stdin" : a->permit.ask.without);
    word_pair(w, "--agent", d->file);
    word_pair(w, "--workspace", strcmp(d->workspace, ".") == 0 ? workspace_path(a->ws) : where);
    word_pair(w, "--model", d->model);
    word_pair(w, "--approval", policy_name(a->permit.policy));
    word_pair(w, "--models", a->models_file);
    word_pair(w, "--config", a->config_file);
    if (a->trust)
        word(w, "--trust");
    if (a->require_sandbox)
        word(w, "--require-sandbox");
    word_budget(a, w);
    word(w, "-");
}

static bool set_variable(char **entry, const char *name)
{
    size_t n = strlen(name);
    return strncmp(*entry, name, n) == 0 && (*entry)[n] == '=';
}

/* Our own environment with the keys we hid, so that it can talk to its model; not our session.
 * Our directory comes first in PATH: a launcher on this machine finds this mien. */
static char **delegate_environment(void)
{
    char **env = keys_environment();
    const char *depth = getenv(DEPTH_VARIABLE), *path = getenv("PATH");
    AUTO_FREE char *program = own_program();
    char *slash = strrchr(program, '/');
    size_t n = 0, keep = 0;
    if (slash)
        *slash = '\0';
    while (env[n])
        n++;
    for (size_t i = 0; i < n; i++) {
        if (set_variable(&env[i], "MIEN_SESSION") || set_variable(&env[i], DEPTH_VARIABLE) ||
            set_variable(&env[i], "PATH"))
            free(env[i]);
        else
            env[keep++] = env[i];
    }
    env = mem_resize(env, keep + 3, sizeof *env);
    env[keep++] = mem_printf("%s=%d", DEPTH_VARIABLE, (depth ? atoi(depth) : 0) + 1);
    env[keep++] = mem_printf("PATH=%s:%s", program, path ? path : "/usr/bin:/bin");
    env[keep] = NULL;
    return env;
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

static void send_goal(struct delegate *d)
{
    AUTO_JSON *j = cJSON_CreateObject();
    json_add_str(j, "goal", d->goal);
    AUTO_FREE char *text = json_print(j);
    process_write(d->process, text, strlen(text));
    process_write(d->process, "\n", 1);
}

static void delegate_start(struct delegate *d)
{
    struct agent *a = d->parent;
    struct error e = {0};
    struct words w = {0};
    AUTO_FREE char *dir = mem_printf("%s/%s", workspace_path(a->ws), d->workspace);
    delegate_words(d, &w);
    VEC_PUSH(&w.list, NULL);
    char **env = delegate_environment();
    struct process_spec spec = {.argv = (const char *const *)w.list.ptr,
                                .env = env,
                                .cwd = ".",
                                .output = on_output,
                                .errors = on_complaint,
                                .arg = d,
                                .input = true};
    const struct pause pause = reactor_pause(&a->reactor);
    d->before = snapshot_take(dir, &pause);
    d->started_ms = clock_ms();
    d->state = DELEGATE_RUNNING;
    d->process = process_start(a->reactor.loop, &spec, &e);
    if (d->process) {
        d->cancel = (struct cancel){.fn = stop_delegate, .arg = d};
        reactor_register(&a->reactor, &d->cancel);
        send_goal(d);
        delegate_heard(d);
        log_info("delegate", "%s: %s", d->agent, d->goal);
    } else {
        delegate_give_up(d, "not started", e.text);
    }
    for (size_t i = 0; i < w.list.len; i++)
        free(w.list.ptr[i]);
    VEC_FREE(&w.list);
    process_env_free(env);
    jobs_changed(a);
}

static void delegates_start_waiting(struct agent *a)
{
    for (size_t i = 0; i < a->delegates.len; i++) {
        struct delegate *d = a->delegates.ptr[i];
        if (d->state == DELEGATE_WAITING && !reactor_stopped(&a->reactor) &&
            (int64_t)delegates_running(a) < a->max_delegates)
            delegate_start(d);
    }
}

/* ---- beginning ---- */

static const struct agent_target *find_target(const struct agent *a, const char *agent)
{
    for (size_t i = 0; i < a->file.target_count; i++)
        if (strcmp(a->file.targets[i].agent, agent) == 0)
            return &a->file.targets[i];
    return NULL;
}

/* Its workspace relative to ours: a new one, or one that exists. */
static char *delegate_workspace(struct agent *a, const struct delegate_spec *spec, struct error *e)
{
    if (!spec->workspace || !*spec->workspace)
        return workspaces_create(workspace_path(a->ws), spec->goal, a->out.session, e);
    struct file_entry *entries = NULL;
    size_t n;
    const char *path = spec->workspace;
    size_t root = strlen(workspace_path(a->ws));
    if (strncmp(path, workspace_path(a->ws), root) == 0 && (!path[root] || path[root] == '/'))
        path = path[root] && path[root + 1] ? path + root + 1 : ".";
    if (*path == '/' || !workspace_list(a->ws, path, &entries, &n, e)) {
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

static bool may_delegate(struct agent *a, const struct delegate_spec *spec, struct error *e)
{
    const char *depth = getenv(DEPTH_VARIABLE);
    if (!find_target(a, spec->agent))
        return error_set(e, ERR_NOT_FOUND, "%s may not delegate to \"%s\"", a->file.name,
                         spec->agent);
    if (!spec->goal || strspn(spec->goal, " \t\r\n") == strlen(spec->goal))
        return error_set(e, ERR_USAGE, "the delegated goal is empty: say what is to be done");
    if (depth && atoi(depth) >= MAX_NESTING)
        return error_set(e, ERR_LIMIT, "agents delegate %d deep already: do it yourself",
                         MAX_NESTING);
    return true;
}

bool agent_delegate_begin(struct agent *a, const struct delegate_spec *spec, struct error *e)
{
    if (delegate_by_call(a, spec->call_id))
        return true;
    if (!may_delegate(a, spec, e))
        return false;
    char *where = delegate_workspace(a, spec, e);
    if (!where)
        return false;
    const struct agent_target *t = find_target(a, spec->agent);
    struct delegate *d = mem_alloc(sizeof *d);
    d->parent = a;
    d->number = ++a->next_job;
    d->call_id = mem_strdup(spec->call_id);
    d->agent = mem_strdup(spec->agent);
    d->file = mem_strdup(t->file);
    d->goal = mem_strdup(spec->goal);
    d->check = mem_strdup(spec->check && *spec->check ? spec->check : NULL);
    d->model = mem_strdup(t->model ? t->model : a->modes.model->name);
    d->workspace = where;
    d->silence_ms = spec->silence_ms;
    int64_t named = spec->task ? tree_find_key(&a->tree, a->tree.goal, spec->task) : 0;
    d->node = named ? named : a->tree.active ? a->tree.active : a->tree.goal;
    for (size_t i = 0; spec->launcher && i < spec->launcher->count; i++)
        VEC_PUSH(&d->launcher, mem_strdup(spec->launcher->items[i]));
    a->max_delegates = MAX(spec->max_parallel, 1);
    VEC_PUSH(&a->delegates, d);
    delegates_start_waiting(a);
    return true;
}

/* ---- waiting ---- */

/* A delegate's question goes to our person; the answer goes back down. */
static void relay_question(struct delegate *d)
{
    struct agent *a = d->parent;
    struct error e = {0};
    AUTO_JSON *j = json_parse(d->question, strlen(d->question), &e);
    AUTO_FREE char *text = NULL;
    free(d->question);
    d->question = NULL;
    AUTO_FREE char *title = mem_printf("[%s] %s", d->agent, json_str(j, "title", "?"));
    AUTO_FREE char *choices = json_get(j, "choices") ? json_print(json_get(j, "choices")) : NULL;
    struct ask q = {.kind = json_str(j, "kind", "question"),
                    .title = title,
                    .detail = json_str(j, "detail", NULL),
                    .why = json_str(j, "why", NULL),
                    .always = json_str(j, "always", NULL),
                    .choices = choices};
    AUTO_FREE char *key = ask_user(&a->permit.ask, &q, &text);
    AUTO_JSON *answer = cJSON_CreateObject();
    json_add_str(answer, "id", json_str(j, "id", ""));
    json_add_str(answer, "choice", key);
    json_add_str(answer, "text", text);
    AUTO_FREE char *line = json_print(answer);
    process_write(d->process, line, strlen(line));
    process_write(d->process, "\n", 1);
}

static void delegate_ended(struct delegate *d)
{
    struct agent *a = d->parent;
    loop_timer_remove(a->reactor.loop, d->silence);
    d->silence = NULL;
    reactor_unregister(&a->reactor, &d->cancel);
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
    usage_agent(&a->usage, &used);
    AUTO_FREE char *line = mem_printf("%s → %s", d->agent, d->status);
    outbox_ledger(&a->out, "DELEGATE", line);
    jobs_tell(a);
}

static void serve_delegates(struct agent *a)
{
    for (size_t i = 0; i < a->delegates.len; i++) {
        struct delegate *d = a->delegates.ptr[i];
        if (d->state == DELEGATE_WAITING && d->stopped)
            delegate_ended(d);
        if (d->state == DELEGATE_RUNNING && d->question && !reactor_stopped(&a->reactor))
            relay_question(d);
        if (d->state == DELEGATE_RUNNING && !process_running(d->process))
            delegate_ended(d);
    }
    delegates_start_waiting(a);
}

/* ---- the verdict ---- */

/* Notes are words too, not evidence of work. */
static cJSON *changed_files(const struct delegate *d, const char *dir)
{
    const struct pause pause = reactor_pause(&d->parent->reactor);
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

static char *quoted(const char *text)
{
    AUTO(buf) out = {0};
    buf_addc(&out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_adds(&out, "'\\''");
        else
            buf_addc(&out, *text);
    }
    buf_addc(&out, '\'');
    return buf_take(&out);
}

/* The check of the one who delegates, run by us in the delegate's workspace. */
static bool run_check(struct delegate *d, struct delegate_result *r)
{
    struct agent *a = d->parent;
    if (!d->check || reactor_stopped(&a->reactor))
        return true;
    AUTO_FREE char *dir = quoted(d->workspace);
    AUTO_FREE char *command = mem_printf("cd -- %s && %s", dir, d->check);
    struct command_result c = {0};
    agent_command(a, d->call_id, command, NULL, a->cfg->command_seconds * 1000, false, &c);
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
    if (d->said_success && !checked)
        r->error = mem_strdup("it says it is done, but the check failed");
    else if (d->error)
        r->error = mem_strdup(d->error);
    else
        r->error = mem_printf("it ended %s: %s", d->status, d->summary ? d->summary : "");
    if (d->complaints.len && !d->result_seen) {
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
    struct agent *a = d->parent;
    AUTO_FREE char *dir = mem_printf("%s/%s", workspace_path(a->ws), d->workspace);
    r->files = changed_files(d, dir);
    r->checks = d->checks ? cJSON_Duplicate(d->checks, true) : cJSON_CreateArray();
    bool checked = !d->said_success || run_check(d, r);
    r->verified = any_green(r->checks);
    r->success = d->result_seen && d->said_success && !d->stopped && checked;
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

bool agent_delegate_wait(struct agent *a, const struct delegate_spec *spec,
                         struct delegate_result *r, struct error *e)
{
    *r = (struct delegate_result){0};
    if (!agent_delegate_begin(a, spec, e))
        return false;
    struct delegate *d = delegate_by_call(a, spec->call_id);
    outbox_phase(&a->out, "execute", 0, 0, d->agent);
    while (d->state != DELEGATE_ENDED) {
        if (d->state == DELEGATE_WAITING && reactor_stopped(&a->reactor))
            delegate_give_up(d, "not started", "the goal was stopped before it began");
        serve_delegates(a);
        if (d->state == DELEGATE_ENDED)
            break;
        reactor_wait(&a->reactor, -1);
    }
    judge(d, r);
    process_free(d->process); /* its pipes; the row and its transcript stay */
    d->process = NULL;
    return true;
}
