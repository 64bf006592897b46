/* The engine thread: sets an agent up, serves requests, runs goals. */
#include "engine/engine.h"

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/agent.h"

enum {
    EXIT_COMPLETE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_PROVIDER = 3,
    EXIT_LIMIT = 4,
    EXIT_INTERRUPTED = 130
};

struct engine {
    struct agent agent;
    pthread_t thread;
    struct request_queue *requests;
    atomic_bool done;
    atomic_int exit_code;
    bool quit, paused, continue_asked, idle;
    bool killed; /* the restored goal was cut by a crash */
    struct loop_fd *watch;
    int inotify;
    struct engine_opts opts; /* strings owned */
};

static int exit_code_for(enum outcome o)
{
    switch (o) {
    case OUTCOME_FAILED:
    case OUTCOME_UNCONFIRMED:
        return EXIT_FAILED;
    case OUTCOME_ERROR:
        return EXIT_PROVIDER;
    case OUTCOME_LIMIT:
    case OUTCOME_TIMEOUT:
    case OUTCOME_LOOP:
        return EXIT_LIMIT;
    case OUTCOME_CANCELLED:
        return EXIT_INTERRUPTED;
    case OUTCOME_CONFIG:
        return EXIT_USAGE;
    default:
        return EXIT_COMPLETE;
    }
}

/* ---- setting up ---- */

static enum approval_policy policy_of(const char *name)
{
    return strcmp(name, "ask") == 0     ? APPROVAL_ASK
           : strcmp(name, "never") == 0 ? APPROVAL_NEVER
           : strcmp(name, "yolo") == 0  ? APPROVAL_YOLO
                                        : APPROVAL_AUTO;
}

static bool setup_workspace(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    a->ws = workspace_open(g->opts.workspace ? g->opts.workspace : ".", e);
    if (!a->ws)
        return false;
    const char *base = getenv("TMPDIR");
    a->tmp = mem_printf("%s/mien-XXXXXX", base && *base == '/' ? base : "/tmp");
    if (!mkdtemp(a->tmp))
        return error_errno(e, errno, "cannot make a temporary directory in %s",
                           base ? base : "/tmp");
    a->sandbox = sandbox_new(workspace_path(a->ws), a->tmp, a->cfg->network);
    enum sandbox_level want = strcmp(a->cfg->sandbox, "none") == 0       ? SANDBOX_NONE
                              : strcmp(a->cfg->sandbox, "landlock") == 0 ? SANDBOX_LANDLOCK
                                                                         : SANDBOX_FULL;
    char why[256];
    enum sandbox_level got = sandbox_probe(a->sandbox, want, why);
    if (g->opts.require_sandbox && got == SANDBOX_NONE)
        return error_set(e, ERR_CONFIG, "--require-sandbox: no sandbox works here (%s)", why);
    if (got < want)
        agent_notice(a, "warn", "sandbox", "commands run with sandbox level \"%s\": %s",
                     sandbox_level_name(got), why);
    return true;
}

static bool setup_models(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    AUTO_FREE char *user = file_config_path("models.yaml");
    AUTO_FREE char *project =
        g->opts.trust ? mem_printf("%s/.mien/models.yaml", workspace_path(a->ws)) : NULL;
    a->models = models_load(user, project, g->opts.models_file, e);
    return a->models != NULL;
}

static bool load_pipeline(struct agent *a, struct agent_file *f, struct pipeline *p,
                          struct error *e)
{
    struct call base = {.host = &agent_host, .agent = a, .workspace = workspace_path(a->ws)};
    const struct yaml *list =
        f->behaviors && f->behaviors->count ? f->behaviors : a->cfg->behaviors;
    if (pipeline_load(p, list, a->cfg->behavior_defaults, &base, e))
        return true;
    pipeline_fini(p);
    return false;
}

static bool use_agent(struct agent *a, const char *name, struct error *e)
{
    struct agent_file f;
    struct pipeline p = {0};
    if (!agent_file_load(&f, name, e))
        return false;
    if (!load_pipeline(a, &f, &p, e)) {
        agent_file_fini(&f);
        return false;
    }
    if (a->file.name)
        context_break(a, "the agent changed");
    pipeline_fini(&a->pipeline);
    agent_file_fini(&a->file);
    a->pipeline = p;
    a->file = f;
    return true;
}

static bool use_model(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    AUTO_FREE char *stored = a->store ? store_get_meta(a->store, "model") : NULL;
    const char *name = g->opts.model       ? g->opts.model
                       : stored && *stored ? stored
                       : a->cfg->model     ? a->cfg->model
                                           : a->file.model;
    if (name && *name && agent_set_model(a, name, e))
        return true;
    if (name && *name && (g->opts.model || name != stored))
        return false;
    AUTO_FREE char *why = NULL;
    const struct model *m = models_discover(a->models, a->loop, &why);
    if (!m)
        return error_set(e, ERR_CONFIG, "no model was found; mien doctor tells what was tried");
    if (why)
        agent_notice(a, "info", "models", "%s", why);
    return agent_set_model(a, m->name, e);
}

static bool use_mode(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    const char *mode = g->opts.mode                    ? g->opts.mode
                       : a->mode                       ? NULL
                       : a->cfg->mode && *a->cfg->mode ? a->cfg->mode
                                                       : a->file.mode;
    return !mode || !*mode ||
           agent_set_mode(a, mode, NULL, g->opts.mode ? "command line" : "configuration", e);
}

/* Without a store the session lives in memory: worth a warning, not an end. */
static bool setup_session(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    const struct engine_opts *o = &g->opts;
    a->sessions_dir = file_state_path("sessions");
    AUTO_FREE char *newest = NULL;
    const char *id = o->session ? o->session : o->resume;
    if (id && !*id && !(newest = session_newest(a->sessions_dir, workspace_path(a->ws))))
        return error_set(e, ERR_NOT_FOUND, "there is no session of %s to go on with",
                         workspace_path(a->ws));
    if (newest)
        id = newest;
    if (id) {
        if (!session_open(a, id, o->session != NULL, e))
            return false;
        agent_emit_setting(a, "session", a->id);
        return session_restore(a, e);
    }
    struct error here = {0};
    store_new_id(a->id);
    if (!session_open(a, a->id, true, &here)) {
        store_new_id(a->id);
        agent_notice(a, "warn", "store", "%s. This session is not saved; /export FILE keeps it",
                     here.text);
    }
    agent_emit_setting(a, "session", a->id);
    return true;
}

static void emit_start(struct agent *a, bool resumed)
{
    static const char *const policies[] = {"ask", "auto", "never", "yolo"};
    struct event ev = {.type = EVENT_SESSION_START};
    ev.session_start.workspace = mem_strdup(workspace_path(a->ws));
    ev.session_start.model = mem_strdup(a->model ? a->model->name : "");
    ev.session_start.agent = mem_strdup(a->file.name);
    ev.session_start.sandbox = mem_strdup(sandbox_level_name(sandbox_level(a->sandbox)));
    ev.session_start.approval = mem_strdup(policies[a->approval]);
    ev.session_start.resumed = resumed;
    ev.session_start.version = mem_strdup(MIEN_VERSION);
    agent_emit(a, &ev);
    agent_emit_mode(a);
    agent_emit_tree(a);
    agent_phase(a, "idle", 0, 0, NULL);
    agent_emit_catalogs(a);
}

/* The server's own word on its window, where the configuration has none. */
static void ask_window(struct agent *a)
{
    if (a->model->window > 0 || !a->model->api_base)
        return;
    int64_t told = llm_ask_window(a->llm, a->model, 1000);
    if (told <= 0)
        return;
    a->window = told;
    mem_replace(&a->window_from, "the server");
    agent_emit_gauge(a, true, a->context.estimate, 0);
}

static bool setup(struct engine *g, struct error *e)
{
    struct agent *a = &g->agent;
    struct llm_limits limits = {.connect_ms = a->cfg->connect_seconds * 1000,
                                .first_byte_ms = a->cfg->first_byte_seconds * 1000,
                                .idle_ms = a->cfg->idle_seconds * 1000,
                                .total_ms = a->cfg->total_seconds * 1000,
                                .max_retries = a->cfg->retries,
                                .max_retry_wait_ms = a->cfg->retry_wait_seconds * 1000};
    a->llm = llm_new(a->loop, &limits);
    bool resumed = g->opts.resume != NULL;
    if (!setup_workspace(g, e) || !setup_models(g, e) || !setup_session(g, e))
        return false;
    AUTO_FREE char *state = a->store ? store_get_meta(a->store, "run") : NULL;
    g->killed = state && strstr(state, "\"running\":true");
    if (!use_agent(a, g->opts.agent ? g->opts.agent : a->cfg->agent, e) || !use_model(g, e) ||
        !use_mode(g, e))
        return false;
    emit_start(a, resumed);
    session_commit(a);
    session_put_info(a);
    return true;
}

/* ---- requests ---- */

static bool busy(struct engine *g, const char *what)
{
    if (!g->agent.goal.running)
        return false;
    agent_notice(&g->agent, "warn", "engine",
                 "%s waits for an idle agent; stop the goal first (Esc)", what);
    return true;
}

static void on_submit(struct engine *g, const char *text)
{
    struct agent *a = &g->agent;
    g->paused = false;
    if (!a->goal.running) {
        VEC_PUSH(&a->queue, mem_strdup(text));
        return;
    }
    VEC_PUSH(&a->steer, mem_strdup(text));
    struct event ev = {.type = EVENT_USER};
    ev.user.text = mem_strdup(text);
    ev.user.how = mem_strdup("steer");
    agent_emit(a, &ev);
}

static void on_queue(struct engine *g, const char *text)
{
    struct agent *a = &g->agent;
    VEC_PUSH(&a->queue, mem_strdup(text));
    if (a->goal.running)
        agent_notice(a, "info", "engine", "queued (%zu waiting): %.80s", a->queue.len, text);
    else
        g->paused = false;
}

static void on_stop(struct engine *g)
{
    struct agent *a = &g->agent;
    if (!a->goal.running)
        return;
    agent_interrupt(a, INTERRUPT_STOP);
    if (a->queue.len == 0)
        return;
    g->paused = true;
    agent_notice(a, "info", "engine", "%zu queued goals wait; /continue starts them", a->queue.len);
}

static void on_approve(struct engine *g, const char *name)
{
    struct agent *a = &g->agent;
    static const char *const names[] = {"ask", "auto", "never", "yolo"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (name && strcmp(name, names[i]) == 0) {
            a->approval = policy_of(name);
            agent_emit_setting(a, "approval", name);
            return;
        }
    agent_error(a, "usage", false, "approval is one of ask, auto, never, yolo, not \"%s\"",
                name ? name : "");
}

static void new_session(struct engine *g)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    session_close(a);
    session_reset(a);
    store_new_id(a->id);
    if (!session_open(a, a->id, true, &e))
        agent_notice(a, "warn", "store", "%s. This session is not saved", e.text);
    agent_emit_setting(a, "session", a->id);
    struct event ev = {.type = EVENT_CLEAR};
    ev.clear.session = mem_strdup(a->id);
    agent_emit(a, &ev);
    emit_start(a, false);
    session_commit(a);
}

/* The other session is opened before this one is let go. */
static void resume_session(struct engine *g, const char *id)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    if (a->store && strcmp(id, a->id) == 0) {
        agent_notice(a, "info", "engine", "this is the session %s", id);
        return;
    }
    struct store *other = store_open(a->sessions_dir, id, false, &e);
    if (!other) {
        agent_error(a, "session", false, "%s", e.text);
        return;
    }
    session_close(a);
    session_reset(a);
    a->store = other;
    snprintf(a->id, sizeof a->id, "%s", id);
    agent_emit_setting(a, "session", a->id);
    struct event ev = {.type = EVENT_CLEAR};
    ev.clear.session = mem_strdup(a->id);
    agent_emit(a, &ev);
    if (!session_restore(a, &e))
        agent_error(a, "session", false, "%s", e.text);
    AUTO_FREE char *model = store_get_meta(a->store, "model");
    if (model && *model && !agent_set_model(a, model, &e))
        agent_notice(a, "warn", "models", "%s; going on with %s", e.text, a->model->name);
    emit_start(a, true);
    if (a->goal.resumed)
        agent_notice(a, "info", "engine", "its goal is unfinished: /continue goes on with it");
}

static void on_continue(struct engine *g, bool only_killed)
{
    struct agent *a = &g->agent;
    if (a->goal.running)
        return;
    if (a->queue.len && g->paused) {
        g->paused = false;
        return;
    }
    bool open = a->goal.resumed || tree_open_count(&a->tree, a->tree.goal) > 0;
    if (a->goal.text && open && (g->killed || !only_killed)) {
        g->continue_asked = true;
        agent_notice(a, "info", "engine", "going on with: %s", a->goal.text);
    } else if (!only_killed) {
        agent_notice(a, "warn", "engine", "there is no unfinished goal to go on with");
        g->agent.last_outcome = OUTCOME_CONFIG;
        struct event ev = {.type = EVENT_RESULT};
        ev.result.status = mem_strdup("config");
        ev.result.summary = mem_strdup("there is no unfinished goal to go on with");
        agent_emit(a, &ev);
    }
}

static void on_report(struct agent *a, const char *name, const char *arg)
{
    struct error e = {0};
    char *text = agent_report(a, name, arg, &e);
    if (!text) {
        agent_error(a, "usage", false, "%s", e.text);
        return;
    }
    struct event ev = {.type = EVENT_REPORT};
    ev.report.title = mem_strdup(name);
    ev.report.text = text;
    agent_emit(a, &ev);
}

static void report_failure(struct agent *a, bool ok, const struct error *e)
{
    if (!ok)
        agent_error(a, "usage", false, "%s", e->text);
}

static void on_model(struct engine *g, const char *name)
{
    struct error e = {0};
    bool ok = agent_set_model(&g->agent, name ? name : "", &e);
    report_failure(&g->agent, ok, &e);
    if (ok)
        agent_emit_catalogs(&g->agent);
}

static void on_agent(struct engine *g, const char *name)
{
    struct error e = {0};
    if (busy(g, "changing the agent"))
        return;
    bool ok = use_agent(&g->agent, name ? name : "", &e);
    report_failure(&g->agent, ok, &e);
    if (!ok)
        return;
    agent_emit_setting(&g->agent, "agent", g->agent.file.name);
    agent_emit_catalogs(&g->agent);
}

static void on_compact(struct engine *g)
{
    struct agent *a = &g->agent;
    if (context_prune(a, a->window / 8, "asked for") == 0)
        agent_notice(a, "info", "context", "there is nothing to prune");
}

static void serve(struct engine *g, struct request *r)
{
    struct agent *a = &g->agent;
    struct error e = {0};
    switch (r->type) {
    case REQUEST_SUBMIT:
        on_submit(g, r->text ? r->text : "");
        break;
    case REQUEST_QUEUE:
        on_queue(g, r->text ? r->text : "");
        break;
    case REQUEST_STOP:
        on_stop(g);
        break;
    case REQUEST_ANSWER:
        if (!agent_answer(a, r->name, r->text, r->extra))
            log_info("engine", "an answer came for no open question");
        break;
    case REQUEST_TREE:
        report_failure(a, agent_edit_tree(a, r->name, r->node, r->text, &e), &e);
        break;
    case REQUEST_MODE:
        report_failure(a, agent_set_mode(a, r->text, r->name, "person", &e), &e);
        break;
    case REQUEST_MODEL:
        on_model(g, r->text);
        break;
    case REQUEST_AGENT:
        on_agent(g, r->text);
        break;
    case REQUEST_APPROVE:
        on_approve(g, r->text);
        break;
    case REQUEST_COMPACT:
        on_compact(g);
        break;
    case REQUEST_NEW:
        if (!busy(g, "a new session"))
            new_session(g);
        break;
    case REQUEST_RESUME:
        if (!r->text || !*r->text)
            on_continue(g, false);
        else if (!busy(g, "another session"))
            resume_session(g, r->text);
        break;
    case REQUEST_CONTINUE:
        on_continue(g, r->number == 1);
        break;
    case REQUEST_REPORT:
        on_report(a, r->name, r->text);
        break;
    case REQUEST_EXPORT:
        report_failure(a, session_export(a, r->text ? r->text : "mien-session.md", &e), &e);
        if (!e.code)
            agent_notice(a, "info", "engine", "wrote %s", r->text ? r->text : "mien-session.md");
        break;
    case REQUEST_CATALOG:
        agent_emit_catalogs(a);
        break;
    case REQUEST_QUIT:
        g->quit = true;
        agent_interrupt(a, INTERRUPT_QUIT);
        break;
    case REQUEST_COUNT:
        break;
    }
}

static void pump(void *arg)
{
    struct agent *a = arg;
    struct engine *g = (struct engine *)((char *)a - offsetof(struct engine, agent));
    struct request r;
    while (request_queue_next(g->requests, &r)) {
        serve(g, &r);
        request_fini(&r);
    }
    if (!a->goal.running && a->store)
        session_commit(a);
}

/* ---- mode changes from other processes ---- */

static void on_inotify(void *arg, int fd, short revents)
{
    struct agent *a = arg;
    char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    if (read(fd, bytes, sizeof bytes) > 0)
        agent_take_mode_file(a);
}

static void watch_modes(struct engine *g)
{
    struct agent *a = &g->agent;
    g->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (g->inotify < 0 || !a->store)
        return;
    /* Only renames into place: our own database's writes must not wake us. */
    if (inotify_add_watch(g->inotify, a->sessions_dir, IN_MOVED_TO) < 0)
        return;
    g->watch = loop_fd_add(a->loop, g->inotify, POLLIN, on_inotify, a);
    agent_take_mode_file(a);
}

/* ---- the thread ---- */

static void run_next(struct engine *g)
{
    struct agent *a = &g->agent;
    AUTO_FREE char *text = NULL;
    if (!g->continue_asked) {
        text = a->queue.ptr[0];
        memmove(a->queue.ptr, a->queue.ptr + 1, --a->queue.len * sizeof *a->queue.ptr);
    }
    g->continue_asked = false;
    g->killed = false;
    enum outcome o = agent_run_goal(a, text);
    atomic_store(&g->exit_code, exit_code_for(o));
    agent_emit_catalogs(a);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

static void teardown(struct engine *g)
{
    struct agent *a = &g->agent;
    agent_stop_jobs(a);
    session_close(a);
    loop_fd_remove(a->loop, g->watch);
    if (g->inotify >= 0)
        close(g->inotify);
    pipeline_fini(&a->pipeline);
    session_reset(a);
    agent_file_fini(&a->file);
    llm_free(a->llm);
    models_free(a->models);
    sandbox_free(a->sandbox);
    workspace_close(a->ws);
    if (a->tmp)
        nftw(a->tmp, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void fail_setup(struct engine *g, const struct error *e)
{
    int code = e->code == ERR_NETWORK ? EXIT_PROVIDER : EXIT_USAGE;
    agent_error(&g->agent, e->code == ERR_BUSY ? "busy" : "config", true, "%s", e->text);
    atomic_store(&g->exit_code, code);
}

static void *engine_main(void *arg)
{
    struct engine *g = arg;
    struct agent *a = &g->agent;
    struct error e = {0};
    if (!setup(g, &e)) {
        fail_setup(g, &e);
        g->quit = true;
    } else {
        watch_modes(g);
        loop_set_after_wait(a->loop, pump, a);
        pump(a);
        if (!g->quit)
            ask_window(a);
    }
    while (!g->quit) {
        pump(a);
        if (g->quit)
            break;
        if (g->continue_asked || (a->queue.len && !g->paused))
            run_next(g);
        else
            agent_wait(a, -1);
    }
    /* Wakes the front end, which then finds the engine done. */
    struct event last = {.type = EVENT_PHASE, .seq = a->seq + 1, .time_ms = clock_wall_ms()};
    last.phase.phase = mem_strdup("ended");
    teardown(g);
    atomic_store(&g->done, true);
    event_queue_post(a->events, &last);
    return NULL;
}

static void copy_opts(struct engine_opts *to, const struct engine_opts *from)
{
    *to = *from;
    const char **strings[] = {&to->workspace,   &to->model,  &to->mode,    &to->agent,
                              &to->models_file, &to->resume, &to->session, &to->approval};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        *strings[i] = mem_strdup(*strings[i]);
}

static void free_opts(struct engine_opts *o)
{
    const char *strings[] = {o->workspace,   o->model,  o->mode,    o->agent,
                             o->models_file, o->resume, o->session, o->approval};
    for (size_t i = 0; i < COUNT_OF(strings); i++) {
        union {
            const char *in;
            char *out;
        } u = {strings[i]};
        free(u.out);
    }
}

static bool start_thread(struct engine *g, struct error *e)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the front end's */
    int rc = pthread_create(&g->thread, NULL, engine_main, g);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0 || error_errno(e, rc, "cannot start the engine thread");
}

struct engine *engine_new(const struct config *cfg, const struct engine_opts *opts, struct error *e)
{
    struct engine *g = mem_alloc(sizeof *g);
    struct agent *a = &g->agent;
    copy_opts(&g->opts, opts);
    g->inotify = -1;
    a->cfg = cfg;
    a->interactive = opts->interactive;
    a->approval = policy_of(opts->approval ? opts->approval : cfg->approval);
    a->max_rounds = opts->max_rounds >= 0 ? opts->max_rounds : cfg->rounds_per_goal;
    a->goal_seconds = opts->timeout_s >= 0 ? opts->timeout_s : cfg->goal_seconds;
    a->goal_tokens = opts->max_tokens >= 0 ? opts->max_tokens : cfg->goal_tokens;
    a->pump = pump;
    g->requests = request_queue_new();
    a->events = event_queue_new(e);
    a->loop = a->events ? loop_new(e) : NULL;
    if (a->loop && start_thread(g, e))
        return g;
    event_queue_free(a->events);
    request_queue_free(g->requests);
    loop_free(a->loop);
    free_opts(&g->opts);
    free(g);
    return NULL;
}

void engine_post(struct engine *g, struct request r)
{
    request_queue_post(g->requests, r);
    loop_wake(g->agent.loop);
}

void engine_ask(struct engine *g, enum request_type type, const char *name, const char *text)
{
    engine_post(g,
                (struct request){.type = type, .name = mem_strdup(name), .text = mem_strdup(text)});
}

bool engine_next(struct engine *g, struct event *ev)
{
    return event_queue_next(g->agent.events, ev);
}

int engine_event_fd(const struct engine *g)
{
    return event_queue_fd(g->agent.events);
}

bool engine_done(const struct engine *g)
{
    return atomic_load(&g->done);
}

int engine_exit_code(const struct engine *g)
{
    return atomic_load(&g->exit_code);
}

static void free_strings(struct agent *a)
{
    for (size_t i = 0; i < a->always.len; i++)
        free(a->always.ptr[i]);
    for (size_t i = 0; i < a->steer.len; i++)
        free(a->steer.ptr[i]);
    for (size_t i = 0; i < a->queue.len; i++)
        free(a->queue.ptr[i]);
    VEC_FREE(&a->always);
    VEC_FREE(&a->steer);
    VEC_FREE(&a->queue);
    VEC_FREE(&a->ledger);
    VEC_FREE(&a->unsaved);
    VEC_FREE(&a->jobs);
    free(a->mode_source);
    free(a->window_from);
    free(a->sessions_dir);
    free(a->tmp);
}

void engine_free(struct engine *g)
{
    if (!g)
        return;
    event_queue_close(g->agent.events);
    engine_ask(g, REQUEST_QUIT, NULL, NULL);
    pthread_join(g->thread, NULL);
    event_queue_free(g->agent.events);
    request_queue_free(g->requests);
    loop_free(g->agent.loop);
    free_strings(&g->agent);
    free_opts(&g->opts);
    free(g);
}
