#include "engine/queue.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/mem.h"

#define EVENT_QUEUE_MAX 1024
#define EVENT_MERGE_MAX (1 << 20) /* bytes one merged event may hold */

struct slot {
    struct event ev;
    struct buf more; /* text merged after ev's own */
};

struct event_queue {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct slot *ring;
    size_t head, count;
    bool closed;
    int fd;
};

struct event_queue *event_queue_new(struct error *e)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        error_errno(e, errno, "cannot make an event descriptor");
        return NULL;
    }
    struct event_queue *q = mem_alloc(sizeof *q);
    q->fd = fd;
    q->ring = mem_alloc(EVENT_QUEUE_MAX * sizeof *q->ring);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    return q;
}

void event_queue_free(struct event_queue *q)
{
    if (!q)
        return;
    struct event ev;
    while (event_queue_next(q, &ev))
        event_fini(&ev);
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->room);
    close(q->fd);
    free(q->ring);
    free(q);
}

int event_queue_fd(const struct event_queue *q)
{
    return q->fd;
}

static char **event_text(struct event *ev)
{
    return ev->type == EVENT_TEXT && !ev->text.restart ? &ev->text.text
           : ev->type == EVENT_REASONING               ? &ev->reasoning.text
           : ev->type == EVENT_TOOL_OUTPUT             ? &ev->tool_output.text
                                                       : NULL;
}

static bool event_queue_merge(struct event_queue *q, struct event *ev)
{
    if (q->count == 0)
        return false;
    struct slot *last = &q->ring[(q->head + q->count - 1) % EVENT_QUEUE_MAX];
    char **text = event_text(ev);
    if (!text || last->ev.type != ev->type || !event_text(&last->ev) ||
        last->more.len > EVENT_MERGE_MAX)
        return false;
    if (ev->type == EVENT_TOOL_OUTPUT && strcmp(last->ev.tool_output.id, ev->tool_output.id) != 0)
        return false;
    buf_adds(&last->more, *text);
    event_fini(ev);
    return true;
}

void event_queue_post(struct event_queue *q, struct event *ev)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == EVENT_QUEUE_MAX && !q->closed)
        pthread_cond_wait(&q->room, &q->lock);
    bool was_empty = q->count == 0;
    if (q->count == EVENT_QUEUE_MAX) {
        event_fini(ev);
    } else if (!event_queue_merge(q, ev)) {
        q->ring[(q->head + q->count++) % EVENT_QUEUE_MAX] = (struct slot){.ev = *ev};
        *ev = (struct event){.type = ev->type};
    }
    pthread_mutex_unlock(&q->lock);
    uint64_t one = 1;
    if (was_empty && write(q->fd, &one, sizeof one) < 0)
        errno = 0; /* already readable */
}

bool event_queue_next(struct event_queue *q, struct event *ev)
{
    pthread_mutex_lock(&q->lock);
    bool any = q->count > 0;
    if (any) {
        struct slot *s = &q->ring[q->head];
        *ev = s->ev;
        char **text = s->more.len ? event_text(ev) : NULL;
        if (text) {
            AUTO(buf) whole = {0};
            buf_adds(&whole, *text);
            buf_add(&whole, s->more.ptr, s->more.len);
            free(*text);
            *text = buf_take(&whole);
        }
        buf_fini(&s->more);
        q->head = (q->head + 1) % EVENT_QUEUE_MAX;
        q->count--;
        pthread_cond_signal(&q->room);
    }
    if (q->count == 0) {
        uint64_t n;
        if (read(q->fd, &n, sizeof n) < 0)
            errno = 0; /* was not readable */
    }
    pthread_mutex_unlock(&q->lock);
    return any;
}

void event_queue_close(struct event_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}

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

bool request_queue_next(struct request_queue *q, struct request *r)
{
    pthread_mutex_lock(&q->lock);
    bool any = q->items.len > 0;
    if (any) {
        *r = q->items.ptr[0];
        memmove(q->items.ptr, q->items.ptr + 1, --q->items.len * sizeof *r);
    }
    pthread_mutex_unlock(&q->lock);
    return any;
}

bool request_queue_has(struct request_queue *q, enum request_type type)
{
    bool has = false;
    pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < q->items.len && !has; i++)
        has = q->items.ptr[i].type == type;
    pthread_mutex_unlock(&q->lock);
    return has;
}

void request_fini(struct request *r)
{
    free(r->name);
    free(r->text);
    free(r->extra);
    *r = (struct request){0};
}

const char *request_name(enum request_type type)
{
    static const char *const names[] = {
#define R(name) #name,
        REQUEST_LIST(R)
#undef R
    };
    return type < REQUEST_COUNT ? names[type] : "?";
}
