/*
 * request_queue - what the front end asks for, in order. Unbounded: requests come from keys.
 * Thread: any, each function.
 */
#ifndef ENGINE_REQUEST_QUEUE_H
#define ENGINE_REQUEST_QUEUE_H

#include "engine/request.h"

struct request_queue;

struct request_queue *request_queue_new(void);
void request_queue_free(struct request_queue *q);
void request_queue_post(struct request_queue *q, struct request r); /* takes its strings */
/* The oldest of those that `may` allows (NULL: any); the others keep their place. */
bool request_queue_next(struct request_queue *q, bool (*may)(enum request_type type),
                        struct request *r);

#endif
