/*
 * delegate_state - a delegate as it is kept, and what all of them borrow. Only types. Thread:
 * engine.
 */
#ifndef JOBS_DELEGATE_STATE_H
#define JOBS_DELEGATE_STATE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "behaviors/behavior.h"
#include "far/launch.h"
#include "run/reactor.h"

struct agent_file;
struct jobs;
struct loop_timer;
struct outbox;
struct process;
struct shell;
struct snapshot;
struct tree;
struct usage;
struct workspace;

enum delegate_state { DELEGATE_WAITING, DELEGATE_RUNNING, DELEGATE_ENDED };

struct delegate {
    struct delegation *owner;
    int64_t number, node; /* node: the task it works on */
    char *call_id, *agent, *file, *goal, *check, *model;
    char *workspace;      /* relative to ours; "." is ours */
    struct launch launch; /* where it runs */
    enum delegate_state state;
    struct process *process;
    struct cancel cancel; /* registered while it runs */
    struct snapshot *before;
    struct loop_timer *silence;
    int64_t silence_ms, started_ms, ended_ms;
    /* what its events told */
    struct buf line;
    char *session, *its_model, *action;
    char *question; /* an approval event that waits to be put to our user; JSON */
    int64_t rounds, garbage;
    int64_t input, cached, output; /* tokens */
    double cost;
    bool result_seen, said_success, stopped;
    bool shared; /* another one worked in its workspace meanwhile */
    char *status, *summary, *answer, *error;
    cJSON *checks;    /* of its own tree, by node id */
    cJSON *conflicts; /* array of {path, copy}: what it changed and others did too; or NULL */
    cJSON *far_check; /* {command, green, output} of the check where it was isolated; or NULL */
    char *patch;      /* its changes, which were not brought back */
    VEC(char *) last;
    struct buf transcript, complaints; /* complaints: its standard error */
};

/* What is left of the goal's limits, 0: there is none; and the model in force. Borrowed. */
struct delegate_means {
    int64_t seconds, tokens;
    double money;
    const char *model;
};

/* The delegates of an agent, and what they borrow; connected once, by the engine. */
struct delegation {
    struct reactor *reactor;
    struct outbox *out;
    struct shell *shell; /* for the check of the one who delegates, and its questions */
    struct workspace *ws;
    struct tree *tree;             /* the task a delegate works on */
    struct usage *usage;           /* who pays for it */
    const struct agent_file *file; /* whom it may delegate to */
    const char *models_file, *config_file;
    const char *trusted; /* borrowed; NULL: none */
    bool require_sandbox;
    int64_t check_ms;
    int64_t *number; /* of the last job */
    void (*means)(void *arg, struct delegate_means *m);
    void *arg;
    void (*changed)(struct jobs *j), (*tell)(struct jobs *j); /* as jobs.h has them */
    struct jobs *jobs;

    VEC(struct delegate *) all;
    int64_t max_parallel;
};

#endif
