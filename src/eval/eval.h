/*
 * eval - every goal by every agent, model and mode, several at a time. Thread: the caller's.
 */
#ifndef EVAL_EVAL_H
#define EVAL_EVAL_H

#include "eval/eval_cell.h"

struct eval_results {
    VEC(struct eval_cell) cells;
};

/* Try what has no result yet. told: called when a cell is over, may be NULL; false ends all.
 * ERR_IO: the directory of the results cannot be made. MAY WAIT. */
NODISCARD bool eval_run(const struct eval *v, const struct eval_extra *extra,
                        bool (*told)(const struct eval_cell *c), struct eval_results *r,
                        struct error *e);
void eval_results_fini(struct eval_results *r);

/* For people: a row an agent, model and mode. */
void eval_table(const struct eval_results *r, struct buf *out);
cJSON *eval_json(const struct eval_results *r); /* a list of cells; the caller deletes */

#endif
