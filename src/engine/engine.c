/* The engine thread: begins, runs goals, waits, ends; and the front end's handle on it. */
#include "engine/engine.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sweep.h"
#include "engine/engine_priv.h"
#include "engine/files_kept.h"
#include "engine/named.h"
#include "engine/rooms.h"

/* Seconds, but for the first. */
#define SWEEP_MS 300
#define SWEEP_EVERY (24 * 3600)
#define SWEEP_TEMPORARY 3600
#define SWEEP_KEPT (30 * 24 * 3600)

enum {
    EXIT_COMPLETE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_PROVIDER = 3,
    EXIT_LIMIT = 4,
    EXIT_INTERRUPTED = 130
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

void engine_set_exit(struct engine *g, enum outcome o)
{
    if (!g->agent.interactive) /* the user who leaves the screen has seen how it went */
        atomic_store(&g->exit_code, exit_code_for(o));
}

/* ---- mode changes from other processes ---- */

#define WATCH_AFTER_MS 100

static void take_mode_file(struct engine *g)
{
    AUTO_FREE char *path = mem_printf("%s/%s.mode", g->session.dir, g->out.session);
    modes_take_file(&g->modes, path);
}

static void on_inotify(void *arg, int fd, short revents)
{
    struct engine *g = arg;
    char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    if (read(fd, bytes, sizeof bytes) > 0)
        take_mode_file(g);
}

static void watch_modes(void *arg)
{
    struct engine *g = arg;
    g->watch_due = NULL;
    g->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (g->inotify < 0)
        return;
    /* Only renames into place: our own database's writes must not wake us. */
    if (inotify_add_watch(g->inotify, g->session.dir, IN_MOVED_TO) < 0)
        return;
    g->watch = loop_fd_add(g->reactor.loop, g->inotify, POLLIN, on_inotify, g);
    take_mode_file(g);
}

/* Giving up a watch costs more than ten milliseconds in the kernel: what ends soon has none, and
 * looks after each wait. */
static void watch_modes_soon(struct engine *g)
{
    if (!g->session.store)
        return;
    take_mode_file(g);
    g->watch_due = loop_timer_add(g->reactor.loop, clock_ms() + WATCH_AFTER_MS, watch_modes, g);
}

static void after_wait(void *arg)
{
    struct engine *g = arg;
    if (g->watch_due)
        take_mode_file(g);
    engine_pump(g);
}

/* ---- the thread ---- */

/* While nobody waits: a new goal, a stop or quitting cancels it. A script waits for the exit, so
 * without a screen nothing is begun that only a quit would end. */
static void run_after_goal(struct engine *g, enum outcome o)
{
    bool may = g->agent.interactive && o != OUTCOME_CANCELLED;
    while (may && g->queue.len == 0)
        may = agent_after_next(&g->agent);
    g->agent.after.len = 0;
    (void)session_commit(&g->session);
}

static void run_next(struct engine *g)
{
    AUTO_FREE char *text = NULL;
    if (!g->continue_asked) {
        text = g->queue.ptr[0];
        memmove(g->queue.ptr, g->queue.ptr + 1, --g->queue.len * sizeof *g->queue.ptr);
        g->session.dirty = true;
        if (g->queue_told)
            engine_tell_queue(g, NULL);
    }
    g->continue_asked = false;
    g->killed = false;
    files_kept_begin(g);
    reactor_hold(&g->reactor, HOLD_STAGE);
    enum outcome o = agent_run_goal(&g->agent, text);
    engine_tell_branch(g);
    run_after_goal(g, o);
    reactor_release(&g->reactor, HOLD_STAGE);
    engine_set_exit(g, o);
}

/* Once a day: what processes that were killed left, and what was not used for a month. */
static void sweep_leftovers(void)
{
    AUTO_FREE char *mark = file_state_path("swept");
    struct stat st;
    if (stat(mark, &st) == 0 && st.st_mtime + SWEEP_EVERY > time(NULL))
        return;
    int64_t end = clock_ms() + SWEEP_MS;
    const char *base = getenv("TMPDIR");
    struct error e = {0};
    if (!file_write(mark, "", 0, &e))
        return;
    sweep_unused(base && *base == '/' ? base : "/tmp", "mien-", sizeof "mien-XXXXXX" - 1,
                 SWEEP_TEMPORARY, end);
    static const char *const kept[] = {"caches/1", "caches/2", "caches/3", "caches/4",
                                       "caches/5", "caches/6", "caches/7", "caches/8",
                                       "trusted",  "bench",    "rewind"};
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        AUTO_FREE char *dir = file_state_path(kept[i]);
        sweep_unused(dir, NULL, 0, SWEEP_KEPT, end);
    }
}

static void teardown(struct engine *g)
{
    session_close(&g->session); /* the jobs as they stand are in it */
    jobs_fini(&g->jobs);
    loop_timer_remove(g->reactor.loop, g->watch_due);
    loop_fd_remove(g->reactor.loop, g->watch);
    if (g->inotify >= 0)
        close(g->inotify);
    pipeline_fini(&g->pipeline);
    tool_choice_fini(&g->choice);
    engine_forget_session(g);
    agent_file_fini(&g->file);
    modes_fini(&g->modes); /* they point into the registry */
    llm_free(g->llm);
    models_free(g->models);
    while (g->sandboxes.len)
        sandbox_free(g->sandboxes.ptr[--g->sandboxes.len]);
    VEC_FREE(&g->sandboxes);
    workspace_close(g->ws);
    if (g->tmp)
        sweep_tree(g->tmp);
    if (g->tmp_lock >= 0)
        close(g->tmp_lock);
    sweep_leftovers();
}

static void fail_setup(struct engine *g, const struct error *e)
{
    int code = e->code == ERR_NETWORK ? EXIT_PROVIDER : EXIT_USAGE;
    outbox_error(&g->out, e->code == ERR_BUSY ? "busy" : "config", true, "%s", e->text);
    atomic_store(&g->exit_code, code);
}

static void *engine_main(void *arg)
{
    struct engine *g = arg;
    struct error e = {0};
    fault_begin_thread(&g->fault_stop);
    /* From here on a stop and quitting are heard; all else waits until there is a session. */
    reactor_hold(&g->reactor, HOLD_ALL);
    loop_set_after_wait(g->reactor.loop, after_wait, g);
    bool ready = engine_setup(g, &e);
    sem_post(&g->forked); /* where it failed before */
    if (!ready) {
        fail_setup(g, &e);
        g->quit = true;
    } else {
        watch_modes_soon(g);
        reactor_release(&g->reactor, HOLD_ALL);
        engine_pump(g);
        if (!g->quit)
            engine_ask_window(g);
    }
    while (!g->quit) {
        reactor_clear(&g->reactor); /* nothing runs here that it could be meant for */
        engine_pump(g);
        if (g->quit)
            break;
        if (g->continue_asked || (g->queue.len && !g->paused))
            run_next(g);
        else if (g->leaving)
            g->quit = true;
        else
            reactor_wait(&g->reactor, -1);
    }
    /* Wakes the front end, which then finds the engine done. */
    struct event last = {.type = EVENT_PHASE, .seq = g->out.seq + 1, .time_ms = clock_wall_ms()};
    outbox_release(&g->out); /* where no session was opened */
    snprintf(last.session, sizeof last.session, "%s", g->out.session);
    last.phase.phase = mem_strdup("ended");
    teardown(g);
    fault_end_thread();
    atomic_store(&g->done, true);
    event_queue_post(g->out.events, &last);
    return NULL;
}

static void copy_opts(struct engine_opts *to, const struct engine_opts *from)
{
    *to = *from;
    to->allow = (struct opt_list){0}; /* read at once */
    const char **strings[] = {&to->workspace,   &to->model,  &to->mode,        &to->agent,
                              &to->models_file, &to->resume, &to->session,     &to->approval,
                              &to->with,        &to->ask,    &to->config_file, &to->tools};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        *strings[i] = mem_strdup(*strings[i]);
}

static void free_opts(struct engine_opts *o)
{
    const char *strings[] = {o->workspace,   o->model,  o->mode,        o->agent,
                             o->models_file, o->resume, o->session,     o->approval,
                             o->with,        o->ask,    o->config_file, o->tools};
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
    static const int faults[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
    sigset_t all, old;
    sigfillset(&all);
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        sigdelset(&all, faults[i]); /* a crash here must be seen: the terminal is given back */
    pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are the front end's */
    int rc = pthread_create(&g->thread, NULL, engine_main, g);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc == 0 || error_errno(e, rc, "cannot start the engine thread");
}

static void commit_now(void *arg)
{
    struct engine *g = arg;
    (void)session_commit(&g->session); /* a failure is told, and what runs next looks */
}

static char *ask_hooks(void *arg, const char *tool, const cJSON *args)
{
    struct engine *g = arg;
    return hooks_before_tool(&g->hooks, tool, args);
}

struct engine *engine_new(const struct config *cfg, const struct engine_opts *opts, struct error *e)
{
    struct engine *g = mem_alloc(sizeof *g);
    copy_opts(&g->opts, opts);
    g->inotify = g->tmp_lock = -1;
    sem_init(&g->forked, 0, 0);
    g->cfg = cfg;
    g->session.line_at = -1;
    g->session.replay = opts->interactive;
    g->agent = (struct agent){.cfg = cfg,
                              .reactor = &g->reactor,
                              .out = &g->out,
                              .session = &g->session,
                              .usage = &g->usage,
                              .permit = &g->permit,
                              .shell = &g->shell,
                              .hooks = &g->hooks,
                              .pipeline = &g->pipeline,
                              .talk = &g->talk,
                              .context = &g->context,
                              .compactor = &g->compactor,
                              .call = &g->call,
                              .modes = &g->modes,
                              .tree = &g->tree,
                              .resource = named_text,
                              .resource_arg = g,
                              .interactive = opts->interactive,
                              .delegated = opts->delegated};
    g->permit.ask.possible = opts->interactive || (opts->ask && strcmp(opts->ask, "stdin") == 0);
    g->permit.ask.without = mem_strdup(opts->ask ? opts->ask : "fail");
    if (opts->tools)
        tool_choice_only(&g->choice, opts->tools);
    g->trusted = mem_strdup(opts->trusted);
    g->require_sandbox = opts->require_sandbox;
    g->models_file = mem_strdup(opts->models_file);
    g->config_file = mem_strdup(opts->config_file);
    g->policy_given = opts->approval != NULL;
    permit_begin(&g->permit, opts->approval, cfg->approval);
    g->reactor.serve = engine_pump;
    g->reactor.arg = g;
    g->out.durable = commit_now;
    g->out.arg = g;
    g->permit.ask.reactor = &g->reactor;
    g->permit.ask.out = &g->out;
    g->permit.ask.clock = agent_clock_pause;
    g->permit.ask.arg = &g->agent;
    g->permit.object = ask_hooks;
    g->permit.arg = g;
    g->requests = request_queue_new();
    g->out.events = event_queue_new(e);
    g->reactor.loop = g->out.events ? loop_new(e) : NULL;
    if (g->reactor.loop && permit_allow(&g->permit, &opts->allow, e) && start_thread(g, e))
        return g;
    permit_fini(&g->permit);
    event_queue_free(g->out.events);
    request_queue_free(g->requests);
    loop_free(g->reactor.loop);
    free_opts(&g->opts);
    sem_destroy(&g->forked);
    free(g);
    return NULL;
}

void engine_await_forks(struct engine *g)
{
    while (sem_wait(&g->forked) != 0 && errno == EINTR)
        ;
}

void engine_post(struct engine *g, struct request r)
{
    bool stop = r.type == REQUEST_STOP || r.type == REQUEST_QUIT;
    request_queue_post(g->requests, r);
    if (stop)
        event_queue_hurry(g->out.events, true); /* the thread may wait for the front end */
    if (stop && !engine_done(g))
        fault_stop(
            &g->fault_stop); /* the thread may be in a plugin's code, where nothing is served */
    loop_wake(g->reactor.loop);
}

void engine_ask(struct engine *g, enum request_type type, const char *first, const char *second)
{
    engine_post(g, request_of(type, first, second));
}

bool engine_next(struct engine *g, struct event *ev)
{
    return event_queue_next(g->out.events, ev);
}

int engine_event_fd(const struct engine *g)
{
    return event_queue_fd(g->out.events);
}

bool engine_done(const struct engine *g)
{
    return atomic_load(&g->done);
}

int engine_exit_code(const struct engine *g)
{
    return atomic_load(&g->exit_code);
}

static void free_strings(struct engine *g)
{
    agent_fini(&g->agent);
    permit_fini(&g->permit);
    reader_watch_fini(&g->readers);
    for (size_t i = 0; i < g->queue.len; i++)
        free(g->queue.ptr[i]);
    VEC_FREE(&g->queue);
    for (size_t i = 0; i < g->later.len; i++)
        request_fini(&g->later.ptr[i]);
    VEC_FREE(&g->later);
    free(g->name);
    outbox_fini(&g->out);
    VEC_FREE(&g->target_list);
    stats_fini(&g->usage.stats);
    compact_fini(&g->compactor);
    free(g->models_file);
    free(g->trusted);
    free(g->config_file);
    VEC_FREE(&g->mcp);
    session_fini(&g->session);
    free(g->tmp);
}

void engine_free(struct engine *g)
{
    if (!g)
        return;
    event_queue_close(g->out.events);
    engine_ask(g, REQUEST_QUIT, NULL, NULL);
    pthread_join(g->thread, NULL);
    event_queue_free(g->out.events);
    request_queue_free(g->requests);
    loop_free(g->reactor.loop);
    free_strings(g);
    free_opts(&g->opts);
    sem_destroy(&g->forked);
    free(g);
}

const char *engine_crash_suspect(void)
{
    return fault_suspect();
}
