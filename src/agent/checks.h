/*
 * checks - a node's check as evidence: run when it is set, so that it is known whether it was red
 * before the work, and after rounds that changed files where it is marked so.
 *
 * A check that begins with "always:" is run after each round that changed files, while that takes
 * no more of the goal's time so far than checks.share, and checks.seconds a run. Thread: engine.
 */
#ifndef AGENT_CHECKS_H
#define AGENT_CHECKS_H

#include "base/buf.h"
#include "base/mem.h"

struct agent;
struct node;
struct trial; /* a check that runs in the background */

struct checks {
    VEC(struct trial *) running;
    struct snapshot *before; /* of the answer at work; NULL: nobody needs it */
    int64_t spent_ms;        /* of the goal, by checks that are always run */
    bool always;             /* one of them is marked so */
    uint64_t looked;         /* the tree's changes when checks were looked for last */
};

/* The command, without its mark. Borrowed. */
const char *check_command(const struct node *n);
bool check_is_always(const struct node *n);

/* Begin each check of the goal that was not run since it was set, where the gate has nothing to
 * ask; none is waited for. */
void agent_checks_begin(struct agent *a);
/* Files may change from here on: those that still run are ended, for what they would show is not
 * how it was before. Those not begun yet are, and given a moment. MAY WAIT. */
void agent_checks_spoil(struct agent *a);
/* Before the calls of an answer, and after them: checks marked so are run where files changed.
 * MAY WAIT. */
void agent_checks_look(struct agent *a);
void agent_checks_again(struct agent *a);
/* The goal is over: none goes on running. */
void agent_checks_end(struct agent *a);

/* A run of a node's check ended; what it showed is kept with the node and, where it is news, told
 * to the model. */
void agent_check_seen(struct agent *a, struct node *n, bool green);
/* "red at round 3, green at round 17"; nothing for a check that was not run. */
void check_words(const struct node *n, struct buf *out);
#endif
