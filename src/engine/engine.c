/* The engine thread: begins, runs goals, waits, ends; and the front end's handle on it. */
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
#include "engine/engine_priv.h"
#include "engine/rooms.h"

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

static void take_mode_file(struct agent *a)
{
    AUTO_FREE char *path = mem_printf("%s/%s.mode", a->session.dir, a->out.session);
    modes_take_file(&a->modes, path);
}

static void on_inotify(void *arg, int fd, short revents)
{
    struct agent *a = arg;
    char bytes[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    if (read(fd, bytes, sizeof bytes) > 0)
        take_mode_file(a);
}

static void watch_modes(struct engine *g)
{
    struct agent *a = &g->agent;
    g->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (g->inotify < 0 || !a->session.store)
        return;
    /* Only renames into place: our own database's writes must not wake us. */
    if (inotify_add_watch(g->inotify, a->session.dir, IN_MOVED_TO) < 0)
        return;
    g->watch = loop_fd_add(a->reactor.loop, g->inotify, POLLIN, on_inotify, a);
    take_mode_file(a);
}

/* ---- the thread ---- */

static void run_next(struct engine *g)
{
    struct agent *a = &g->agent;
    AUTO_FREE char *text = NULL;
    if (!g->continue_asked) {
        text = a->queue.ptr[0];
        memmove(a->queue.ptr, a->queue.ptr + 1, --a->queue.len * sizeof *a->queue.ptr);
        a->session.dirty = true;
    }
    g->continue_asked = false;
    g->killed = false;
    enum outcome o = agent_run_goal(a, text);
    engine_set_exit(g, o);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *f)
{
    return remove(path);
}

static void teardown(struct engine *g)
{
    struct agent *a = &g->agent;
    session_close(&a->session); /* the jobs as they stand are in it */
    jobs_fini(&a->jobs);
    loop_fd_remove(a->reactor.loop, g->watch);
    if (g->inotify >= 0)
        close(g->inotify);
    pipeline_fini(&a->pipeline);
    engine_forget_session(a);
    agent_file_fini(&a->file);
    modes_fini(&a->modes); /* they point into the registry */
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
    outbox_error(&g->agent.out, e->code == ERR_BUSY ? "busy" : "config", true, "%s", e->text);
    atomic_store(&g->exit_code, code);
}

static void *engine_main(void *arg)
{
    struct engine *g = arg;
    struct agent *a = &g->agent;
    struct error e = {0};
    /* From here on a stop and quitting are heard; all else waits until there is a session. */
    reactor_hold(&a->reactor, HOLD_ALL);
    loop_set_after_wait(a->reactor.loop, engine_pump, g);
    if (!engine_setup(g, &e)) {
        fail_setup(g, &e);
        g->quit = true;
    } else {
        watch_modes(g);
        reactor_release(&a->reactor, HOLD_ALL);
        engine_pump(g);
        if (!g->quit)
            engine_ask_window(a);
    }
    while (!g->quit) {
        reactor_clear(&a->reactor); /* nothing runs here that it could be meant for */
        engine_pump(g);
        if (g->quit)
            break;
        if (g->continue_asked || (a->queue.len && !g->paused))
            run_next(g);
        else
            reactor_wait(&a->reactor, -1);
    }
    /* Wakes the front end, which then finds the engine done. */
    struct event last = {.type = EVENT_PHASE, .seq = a->out.seq + 1, .time_ms = clock_wall_ms()};
    outbox_release(&a->out); /* where no session was opened */
    snprintf(last.session, sizeof last.session, "%s", a->out.session);
    last.phase.phase = mem_strdup("ended");
    teardown(g);
    fault_end_thread();
    atomic_store(&g->done, true);
    event_queue_post(a->out.events, &last);
    return NULL;
}

static void copy_opts(struct engine_opts *to, const struct engine_opts *from)
{
    *to = *from;
    const char **strings[] = {&to->workspace,   &to->model,  &to->mode,       &to->agent,
                              &to->models_file, &to->resume, &to->session,    &to->approval,
                              &to->with,        &to->ask,    &to->config_file};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        *strings[i] = mem_strdup(*strings[i]);
}

static void free_opts(struct engine_opts *o)
{
    const char *strings[] = {o->workspace,   o->model,  o->mode,       o->agent,
                             o->models_file, o->resume, o->session,    o->approval,
                             o->with,        o->ask,    o->config_file};
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
    struct agent *a = arg;
    (void)session_commit(&a->session); /* a failure is told, and what runs next looks */
}

static char *ask_hooks(void *arg, const char *tool, const cJSON *args)
{
    struct agent *a = arg;
    return hooks_before_tool(&a->hooks, tool, args);
}

struct engine *engine_new(const struct config *cfg, const struct engine_opts *opts, struct error *e)
{
    struct engine *g = mem_alloc(sizeof *g);
    struct agent *a = &g->agent;
    copy_opts(&g->opts, opts);
    g->inotify = -1;
    a->cfg = cfg;
    a->session.line_at = -1;
    a->session.replay = opts->interactive;
    a->interactive = opts->interactive;
    a->permit.ask.possible = opts->interactive || (opts->ask && strcmp(opts->ask, "stdin") == 0);
    a->permit.ask.without = mem_strdup(opts->ask ? opts->ask : "fail");
    a->delegated = opts->delegated;
    a->trust = opts->trust;
    a->require_sandbox = opts->require_sandbox;
    a->models_file = mem_strdup(opts->models_file);
    a->config_file = mem_strdup(opts->config_file);
    a->opts = &g->opts;
    enum policy policy = policy_find(opts->approval ? opts->approval : cfg->approval);
    a->permit.policy = policy == POLICY_COUNT ? POLICY_AUTO : policy;
    a->reactor.serve = engine_pump;
    a->reactor.arg = g;
    a->out.durable = commit_now;
    a->out.arg = a;
    a->permit.ask.reactor = &a->reactor;
    a->permit.ask.out = &a->out;
    a->permit.ask.clock = agent_clock_pause;
    a->permit.ask.arg = a;
    a->permit.object = ask_hooks;
    a->permit.arg = a;
    g->requests = request_queue_new();
    a->out.events = event_queue_new(e);
    a->reactor.loop = a->out.events ? loop_new(e) : NULL;
    if (a->reactor.loop && start_thread(g, e))
        return g;
    event_queue_free(a->out.events);
    request_queue_free(g->requests);
    loop_free(a->reactor.loop);
    free_opts(&g->opts);
    free(g);
    return NULL;
}

void engine_post(struct engine *g, struct request r)
{
    bool stop = r.type == REQUEST_STOP || r.type == REQUEST_QUIT;
    request_queue_post(g->requests, r);
    if (stop)
        event_queue_hurry(g->agent.out.events, true); /* the thread may wait for the front end */
    if (stop && !engine_done(g))
        fault_stop(); /* the thread may be in a plugin's code, where nothing is served */
    loop_wake(g->agent.reactor.loop);
}

void engine_ask(struct engine *g, enum request_type type, const char *first, const char *second)
{
    engine_post(g, request_of(type, first, second));
}

bool engine_next(struct engine *g, struct event *ev)
{
    return event_queue_next(g->agent.out.events, ev);
}

int engine_event_fd(const struct engine *g)
{
    return event_queue_fd(g->agent.out.events);
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
    permit_fini(&a->permit);
    for (size_t i = 0; i < a->steer.len; i++)
        free(a->steer.ptr[i]);
    for (size_t i = 0; i < a->queue.len; i++)
        free(a->queue.ptr[i]);
    VEC_FREE(&a->steer);
    VEC_FREE(&a->queue);
    outbox_fini(&a->out);
    VEC_FREE(&a->after);
    VEC_FREE(&a->target_list);
    stats_fini(&a->usage.stats);
    compact_fini(&a->compactor);
    free(a->models_file);
    free(a->config_file);
    VEC_FREE(&a->mcp);
    free(a->last_tool);
    free(a->last_error);
    session_fini(&a->session);
    free(a->tmp);
}

void engine_free(struct engine *g)
{
    if (!g)
        return;
    event_queue_close(g->agent.out.events);
    engine_ask(g, REQUEST_QUIT, NULL, NULL);
    pthread_join(g->thread, NULL);
    event_queue_free(g->agent.out.events);
    request_queue_free(g->requests);
    loop_free(g->agent.reactor.loop);
    free_strings(&g->agent);
    free_opts(&g->opts);
    free(g);
}

const char *engine_crash_suspect(void)
{
    return fault_suspect();
}
