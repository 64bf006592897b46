/*
 * eval_cell - one goal tried once by one agent, model and mode: files copied, set up, worked on by
 * a mien of its own, checked. What came of it is kept as result.json; a cell that has one is done.
 * Thread: the caller's, on its loop.
 */
#ifndef EVAL_EVAL_CELL_H
#define EVAL_EVAL_CELL_H

#include "base/json.h"
#include "eval/eval_file.h"
#include "session/stats.h"

struct loop;
struct process;

struct eval_cell {
    const struct eval *eval;
    const struct eval_goal *goal;
    const char *agent, *model, *mode; /* borrowed from eval */
    int64_t run;                      /* from 1 */
    char *name, *dir;
    const struct eval_extra *extra; /* borrowed */

    int stage;
    struct process *process;
    struct buf line;
    int events;       /* descriptor of events.jsonl, -1 */
    int64_t began_ms; /* of the goal, clock_ms() */

    /* What came of it. */
    bool stored;            /* it is in result.json: not tried again */
    struct stat_row cost;   /* calls, tokens, money and times, as the mode's statistics have them */
    int64_t tool_errors;    /* results of tools that were no success */
    int64_t wall_ms;        /* of the goal alone */
    bool lost;              /* on another machine, by no fault of the model's: tried again */
    bool said_done;         /* the goal's own end was a success */
    bool solved;            /* the check was green; where there is none, as said_done */
    char status[32], *note; /* the goal's status, or "no start"; why, NULL when there is nothing */
};

/* Options given to every mien besides those of the cell. */
struct eval_extra {
    const char *const *words; /* NULL-terminated */
};

/* eval, goal, agent, model, mode, run and extra are set; names it, and takes what result.json of
 * an earlier run has. */
void eval_cell_init(struct eval_cell *c);
void eval_cell_fini(struct eval_cell *c);

/* Begin; then, after each step of the loop, go on with what comes next. False when it is over. */
void eval_cell_start(struct eval_cell *c, struct loop *loop);
bool eval_cell_step(struct eval_cell *c, struct loop *loop);
cJSON *eval_cell_json(const struct eval_cell *c); /* the caller deletes */

#endif
