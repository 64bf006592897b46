/*
 * event_queue - events from the engine to its front end; with the request queue the only state
 * both threads share.
 *
 * Bounded. When it is full a post waits for the front end, which never waits for the engine: a
 * front end that stalls stalls the engine, until event_queue_close(), after which a full queue
 * drops what is posted. Consecutive TEXT (REASONING, TOOL_OUTPUT) events merge while they wait.
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
void event_queue_close(struct event_queue *q); /* posts no longer wait. Thread: any */

#endif
