/*
 * event_queue - events from the engine to its front end; with the request queue the only state
 * both threads share.
 *
 * A front end that falls behind slows the engine: with more than a thousand events waiting each
 * post waits a moment (100 ms) for room, then the queue grows, so that the engine keeps its
 * deadlines and hears a stop however long the front end stalls. Once closed a full queue drops
 * what is posted. Consecutive TEXT (REASONING, TOOL_OUTPUT) events merge while they wait.
 */
#ifndef RUN_EVENT_QUEUE_H
#define RUN_EVENT_QUEUE_H

#include "run/event.h"

struct event_queue;

/* NULL with *e set: no descriptor could be had. */
struct event_queue *event_queue_new(struct error *e);
void event_queue_free(struct event_queue *q);                   /* and what waits in it */
int event_queue_fd(const struct event_queue *q);                /* POLLIN while events wait */
void event_queue_post(struct event_queue *q, struct event *ev); /* moves *ev. Thread: engine */
bool event_queue_next(struct event_queue *q, struct event *ev); /* Thread: front end */
/* A stop was asked for, or was heard: posts do not wait meanwhile. Thread: any. */
void event_queue_hurry(struct event_queue *q, bool hurry);
void event_queue_close(struct event_queue *q); /* posts no longer wait. Thread: any */

#endif
