/*
 * engine_impl - the engine's own struct, shared by its thread (engine.c), its beginning
 * (setup.c) and its requests (serve.c). Private to the engine.
 */
#ifndef ENGINE_ENGINE_PRIV_H
#define ENGINE_ENGINE_PRIV_H

#include <pthread.h>
#include <stdatomic.h>

#include "agent/agent.h"
#include "engine/engine.h"
#include "engine/request_queue.h"

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

/* ---- engine.c ---- */

void engine_set_exit(struct engine *g, enum outcome o);

/* ---- setup.c ---- */

/* Everything between the thread's start and its first request. */
NODISCARD bool engine_setup(struct engine *g, struct error *e);
/* Replace the agent: its file, its behaviors. Nothing changes on failure. */
NODISCARD bool engine_use_agent(struct agent *a, const char *name, struct error *e);
/* Settings that stand for parameters of behaviors, as a layer under behavior_defaults. */
struct yaml *engine_behavior_settings(const struct config *c);
/* What a new instance of a behavior is given. */
struct call engine_call_base(struct agent *a);
struct agent_places engine_places(const struct agent *a);
struct type_places engine_type_places(const struct agent *a);
/* Tell the front end what it needs to draw a session. */
void engine_emit_start(struct agent *a, bool resumed);
/* The server's own word on its window, where the configuration has none. */
void engine_ask_window(struct agent *a);

/* ---- compose.c: behaviors at run time ---- */

/* add TYPE [key=value…], remove TYPE, move TYPE POSITION; the price is told, and asked about
 * where the user can answer. */
NODISCARD bool engine_compose(struct agent *a, const char *op, const char *text, struct error *e);

/* ---- report_behaviors.c: reports as in report.c ---- */

bool report_behaviors(struct agent *a, const char *arg, struct buf *out, struct error *e);
bool report_tools(struct agent *a, const char *arg, struct buf *out, struct error *e);

/* ---- serve.c ---- */

/* Serve all requests that wait and may be served now. arg: the engine. MAY WAIT. */
void engine_pump(void *arg);

#endif
