#include "run/event_queue.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/file.h"
#include "base/mem.h"

#define EVENT_QUEUE_MAX 1024      /* a front end that is so far behind is waited for */
#define FULL_MS 100               /* with each event; then the queue grows */
#define EVENT_MERGE_MAX (1 << 20) /* bytes one merged event may hold */

struct slot {
    struct event ev;
    struct buf more; /* text merged after ev's own */
};

struct event_queue {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct slot *ring;
    size_t head, count, room_for;
    bool closed, hurry;
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
    q->room_for = EVENT_QUEUE_MAX;
    q->ring = mem_alloc(q->room_for * sizeof *q->ring);
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->room, &attr);
    pthread_condattr_destroy(&attr);
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
    struct slot *last = &q->ring[(q->head + q->count - 1) % q->room_for];
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

static void event_queue_grow(struct event_queue *q)
{
    struct slot *ring = mem_alloc(2 * q->room_for * sizeof *ring);
    for (size_t i = 0; i < q->count; i++)
        ring[i] = q->ring[(q->head + i) % q->room_for];
    free(q->ring);
    q->ring = ring;
    q->head = 0;
    q->room_for *= 2;
}

/* For a little while: whoever posts has deadlines and must hear a stop. */
static void event_queue_wait(struct event_queue *q)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += FULL_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (q->count >= EVENT_QUEUE_MAX && !q->closed && !q->hurry)
        if (pthread_cond_timedwait(&q->room, &q->lock, &until) != 0)
            return;
}

void event_queue_post(struct event_queue *q, struct event *ev)
{
    pthread_mutex_lock(&q->lock);
    if (q->count >= EVENT_QUEUE_MAX)
        event_queue_wait(q);
    bool was_empty = q->count == 0;
    assert(q->room_for >= EVENT_QUEUE_MAX);
    if (q->closed && q->count >= EVENT_QUEUE_MAX) {
        event_fini(ev);
    } else if (!event_queue_merge(q, ev)) {
        if (q->count == q->room_for)
            event_queue_grow(q);
        q->ring[(q->head + q->count++) % q->room_for] = (struct slot){.ev = *ev};
        *ev = (struct event){.type = ev->type};
    }
    pthread_mutex_unlock(&q->lock);
    if (was_empty)
        file_raise(q->fd);
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
        q->head = (q->head + 1) % q->room_for;
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

void event_queue_hurry(struct event_queue *q, bool hurry)
{
    pthread_mutex_lock(&q->lock);
    q->hurry = hurry;
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}

void event_queue_close(struct event_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}
