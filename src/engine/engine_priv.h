/*
 * engine_priv - the engine's own struct: every room of a session, and what its thread (engine.c),
 * its beginning (startup.c), its requests (requests.c) and its host's functions (host_*.c) share.
 * Private to the engine.
 */
#ifndef ENGINE_ENGINE_PRIV_H
#define ENGINE_ENGINE_PRIV_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stddef.h>

#include "agent/agent.h"
#include "behavior/fault.h"
#include "behavior/python_host.h"
#include "config/agentfile.h"
#include "engine/engine_opts.h"
#include "engine/request_queue.h"
#include "host/sandbox.h"
#include "host/workspace.h"
#include "jobs/jobs.h"
#include "llm/models/models.h"
#include "permit/reader_watch.h"

/* A file of instructions that was shown. */
struct loaded_text {
    char *path;
    int64_t tokens, cut; /* cut: bytes left out */
};

struct engine {
    struct agent agent; /* what works on a goal: it borrows rooms from below */
    const struct config *cfg;
    struct reactor reactor;
    struct outbox out;
    struct session session;
    struct usage usage;
    struct workspace *ws;
    struct sandbox *sandbox;
    VEC(struct sandbox *) sandboxes; /* those it is made of, the first first */
    char *tmp;
    int tmp_lock; /* that it is in use; -1: not held */
    sem_t forked; /* engine_await_forks() */
    struct permit permit;
    struct shell shell;
    struct reader_watch readers;
    struct hooks hooks;
    struct python_env python;
    struct agent_file file;
    struct pipeline pipeline;
    struct tool_choice choice;
    struct llm *llm;
    struct models *models;
    struct modes modes;
    struct conversation talk;
    struct context context;
    struct compactor compactor;
    struct model_call call;
    struct tree tree;
    struct jobs jobs;
    VEC(struct mcp_server *) mcp;            /* those that run */
    VEC(struct delegate_target) target_list; /* what delegate_targets() answered */
    VEC(struct loaded_text) loaded;          /* instructions, as read last */
    VEC(struct request) later;               /* for when what goals stand on is free */
    VEC(char *) queue;                       /* goals after this one */
    char *name;                              /* the user's, of the session; NULL: its goal */
    int64_t user_commands;                   /* so far, for their ids */
    bool queue_told;                         /* the front end shows some of it */
    char *trusted; /* a directory with .mien/ and .mcp.json as they were trusted; NULL: none */
    bool require_sandbox;
    char *models_file, *config_file; /* handed on to delegates */
    pthread_t thread;
    struct request_queue *requests;
    atomic_bool done;
    atomic_int exit_code;
    struct fault_stop fault_stop;
    bool commands_changed; /* since the catalog of them was told */
    bool leaving;          /* quit when there is nothing left to do */
    bool quit, paused, continue_asked, idle;
    bool killed;       /* the restored goal was cut by a crash */
    bool policy_given; /* on the command line, for the session it opened */
    struct loop_timer *watch_due;
    struct loop_fd *watch;
    int inotify;
    struct engine_opts opts; /* strings owned */
};

/* Whom the host's functions are asked by: behaviors know the agent only. */
static inline struct engine *engine_of(struct agent *a)
{
    return (struct engine *)((char *)a - offsetof(struct engine, agent));
}

/* ---- engine.c ---- */

void engine_set_exit(struct engine *g, enum outcome o);
/* The goals that wait; back: the one the user took back, or NULL. */
void engine_tell_queue(struct engine *g, const char *back);
/* What lists call the session; NULL or "": by its goal. */
void engine_name(struct engine *g, const char *name);
/* To a screen: the branch that is checked out. */
void engine_tell_branch(struct engine *g);
/* Goals wait, and none begins by itself. */
void engine_tell_paused(struct engine *g);

/* ---- startup.c ---- */

/* Everything between the thread's start and its first request. */
NODISCARD bool engine_setup(struct engine *g, struct error *e);
/* Replace the agent: its file, its behaviors. Nothing changes on failure. */
NODISCARD bool engine_use_agent(struct engine *g, const char *name, struct error *e);
/* Settings that stand for parameters of behaviors, as a layer under behavior_defaults. */
struct yaml *engine_behavior_settings(const struct config *c);
/* What a new instance of a behavior is given. */
struct call engine_call_base(struct engine *g);
struct agent_places engine_places(const struct engine *g);
struct type_places engine_type_places(const struct engine *g);
/* Tell the front end what it needs to draw a session. */
void engine_emit_start(struct engine *g, bool resumed);
/* The server's own word on its window, where the configuration has none. */
void engine_ask_window(struct engine *g);

/* ---- stack_edit.c: behaviors at run time ---- */

/* add TYPE [key=value…], remove TYPE, move TYPE POSITION; the price is told, and asked about
 * where the user can answer. */
NODISCARD bool engine_compose(struct engine *g, const char *op, const char *text, struct error *e);

/* Let the model have a tool, or take it away: on NAME, off NAME; a pattern fits several. */
NODISCARD bool engine_switch_tool(struct engine *g, const char *op, const char *tool,
                                  struct error *e);

/* ---- reports.c, catalogs.c ---- */

/* Text of a report by name (engine_report_names). Caller frees. */
char *engine_report(struct engine *g, const char *name, const char *arg, struct error *e);
void engine_emit_catalogs(struct engine *g); /* where a screen completes words */
void engine_tell_catalogs(struct engine *g);
void engine_emit_commands(struct engine *g); /* that catalog alone */
/* Sessions in which the words were said, with the line that says so. MAY WAIT: for the disk. */
void engine_emit_found(struct engine *g, const char *words);
/* One of a kind; takes list. */
void engine_emit_catalog(struct engine *g, const char *kind, cJSON *list);

/* ---- reports_behaviors.c: reports as in reports.c ---- */

bool report_behaviors(struct engine *g, const char *arg, struct buf *out, struct error *e);
bool report_tools(struct engine *g, const char *arg, struct buf *out, struct error *e);

/* ---- requests.c ---- */

/* Serve all requests that wait and may be served now. arg: the engine. MAY WAIT. */
void engine_pump(void *arg);

#endif
