/*
 * delegate - a goal given to another agent: a child `mien exec --json` whose events are folded
 * into this session. Private to the engine.
 *
 * delegate.c starts, waits and judges; delegate_fold.c reads the child's events. The child's
 * word is not taken: files that changed and checks that ran are the evidence.
 */
#ifndef JOBS_DELEGATE_H
#define JOBS_DELEGATE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "behaviors/behavior.h"
#include "run/reactor.h"

struct agent;
struct process;
struct snapshot;
struct loop_timer;

enum delegate_state { DELEGATE_WAITING, DELEGATE_RUNNING, DELEGATE_ENDED };

struct delegate {
    struct agent *parent;
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
    char *question; /* an approval event that waits to be put to our person; JSON */
    int64_t rounds, garbage;
    int64_t input, cached, output; /* tokens */
    double cost;
    bool result_seen, said_success, stopped;
    char *status, *summary, *answer, *error;
    cJSON *checks; /* of its own tree, by node id */
    VEC(char *) last;
    struct buf transcript, complaints; /* complaints: its standard error */
};

/* Feed bytes of the child's standard output. */
void delegate_feed(struct delegate *d, const char *s, size_t n);
/* It gave a sign of life: its time of silence begins anew. */
void delegate_heard(struct delegate *d);
/* It did not do what a delegate does: stop it, with this status and error. */
void delegate_give_up(struct delegate *d, const char *status, const char *error);
void delegate_free(struct delegate *d);

#endif
