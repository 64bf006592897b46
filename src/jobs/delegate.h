/*
 * delegate - a goal given to another agent: a child `mien exec --json`, started, waited for and
 * judged by what it left behind. Its events are read in delegate_events.h.
 *
 * The child's word is not taken: files that changed and checks that ran are the evidence. One
 * that ended keeps its row, its verdict and some of its transcript; the child's own session has
 * the whole. Thread: engine.
 */
#ifndef JOBS_DELEGATE_H
#define JOBS_DELEGATE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "behaviors/behavior.h"
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

/* Transcripts of all delegates that ended, together; the oldest go first. */
#define DELEGATE_TRANSCRIPTS ((size_t)1 << 20)

enum delegate_state { DELEGATE_WAITING, DELEGATE_RUNNING, DELEGATE_ENDED };

struct delegate {
    struct delegation *owner;
    int64_t number, node; /* node: the task it works on */
    char *call_id, *agent, *file, *goal, *check, *model;
    char *workspace; /* relative to ours; "." is ours */
    VEC(char *) launcher;
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
    cJSON *checks; /* of its own tree, by node id */
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

/* Start it, or let it wait while as many run as may; with a call id that is known: nothing.
 * ERR_NOT_FOUND, ERR_USAGE, ERR_LIMIT. MAY WAIT: it looks through the workspace. */
NODISCARD bool delegate_begin(struct delegation *g, const struct delegate_spec *spec,
                              struct error *e);
/* The same, and wait for its end and judge it. r: delegate_result_fini. MAY WAIT. */
NODISCARD bool delegate_wait(struct delegation *g, const struct delegate_spec *spec,
                             struct delegate_result *r, struct error *e);
/* It did not do what a delegate does: stop it, with this status and error. */
/* The user's words, for its next round. False: it does not run. */
bool delegate_tell(struct delegate *d, const char *text);
void delegate_give_up(struct delegate *d, const char *status, const char *error);
/* Stop all and free them. */
void delegates_fini(struct delegation *g);

#endif
