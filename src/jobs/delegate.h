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

#include "jobs/delegate_state.h"

/* Transcripts of all delegates that ended, together; the oldest go first. */
#define DELEGATE_TRANSCRIPTS ((size_t)1 << 20)

/* Start it, or let it wait while as many run as may; with a call id that is known: nothing.
 * ERR_NOT_FOUND, ERR_USAGE, ERR_LIMIT. MAY WAIT: it looks through the workspace. */
NODISCARD bool delegate_begin(struct delegation *g, const struct delegate_spec *spec,
                              struct error *e);
/* The same, and wait for its end and judge it. r: delegate_result_fini. MAY WAIT. */
NODISCARD bool delegate_wait(struct delegation *g, const struct delegate_spec *spec,
                             struct delegate_result *r, struct error *e);
/* The user's words, for its next round. False: it does not run. */
bool delegate_tell(struct delegate *d, const char *text);
/* It did not do what a delegate does: stop it, with this status and error. */
void delegate_give_up(struct delegate *d, const char *status, const char *error);
/* Stop all and free them. */
void delegates_fini(struct delegation *g);

#endif
