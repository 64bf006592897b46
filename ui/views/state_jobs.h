/*
 * state_jobs - what runs beside the conversation: delegates, servers, commands in the background.
 */
#ifndef UI_STATE_JOBS_H
#define UI_STATE_JOBS_H

#include "ui/views/state.h"

/* EVENT_JOBS brings the whole list anew. */
void state_jobs_apply(struct state *st, const struct event *ev);

int state_jobs_running(const struct state *st);
bool job_is_delegate(const struct job *j);
bool job_runs(const struct job *j); /* or waits for its turn */
/* How long it has run; grows while it runs. */
int64_t job_ms(const struct job *j);

#endif
