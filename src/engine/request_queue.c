#include "engine/request_queue.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

struct request_queue {
    pthread_mutex_t lock;
    VEC(struct request) items;
};

struct request_queue *request_queue_new(void)
{
    struct request_queue *q = mem_alloc(sizeof *q);
    pthread_mutex_init(&q->lock, NULL);
    return q;
}

void request_queue_free(struct request_queue *q)
{
    if (!q)
        return;
    for (size_t i = 0; i < q->items.len; i++)
        request_fini(&q->items.ptr[i]);
    VEC_FREE(&q->items);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

void request_queue_post(struct request_queue *q, struct request r)
{
    pthread_mutex_lock(&q->lock);
    VEC_PUSH(&q->items, r);
    pthread_mutex_unlock(&q->lock);
}

bool request_queue_next(struct request_queue *q, bool (*may)(enum request_type type),
                        struct request *r)
{
    pthread_mutex_lock(&q->lock);
    size_t at = 0;
    while (at < q->items.len && may && !may(q->items.ptr[at].type))
        at++;
    bool any = at < q->items.len;
    if (any) {
        *r = q->items.ptr[at];
        memmove(&q->items.ptr[at], &q->items.ptr[at + 1], (--q->items.len - at) * sizeof *r);
    }
    pthread_mutex_unlock(&q->lock);
    return any;
}
