/*
 * delegate_events - what a delegate says: its event lines, folded into what the user and the
 * model are told of it. Thread: engine.
 */
#ifndef JOBS_DELEGATE_EVENTS_H
#define JOBS_DELEGATE_EVENTS_H

#include "jobs/delegate.h"

/* Feed bytes of the child's standard output. */
void delegate_feed(struct delegate *d, const char *s, size_t n);
/* It gave a sign of life: its time of silence begins anew. */
void delegate_heard(struct delegate *d);

#endif
