/*
 * queue - events up, requests down: the only state both threads share.
 *
 * Events: bounded; when full the engine waits for the front end, which never waits for the
 * engine. Consecutive TEXT (REASONING, TOOL_OUTPUT) events merge while they wait.
 */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H

#include "engine/engine.h"

struct event_queue;
struct request_queue;

struct event_queue *event_queue_new(struct error *e);
void event_queue_free(struct event_queue *q);
int event_queue_fd(const struct event_queue *q);
void event_queue_post(struct event_queue *q, struct event *ev); /* moves *ev. Thread: engine */
bool event_queue_next(struct event_queue *q, struct event *ev); /* Thread: front end */
void event_queue_close(struct event_queue *q); /* posts no longer wait. Thread: any */

struct request_queue *request_queue_new(void);
void request_queue_free(struct request_queue *q);
void request_queue_post(struct request_queue *q, struct request r); /* Thread: any */
bool request_queue_next(struct request_queue *q, struct request *r);
bool request_queue_has(struct request_queue *q, enum request_type type);

#endif
