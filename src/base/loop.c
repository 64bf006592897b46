#include "base/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"

#define BLIND_MS 20

struct loop_fd {
    int fd;
    short events, revents;
    bool dead;
    loop_fd_fn *fn;
    void *arg;
};

struct loop_timer {
    int64_t at_ms;
    loop_timer_fn *fn;
    void *arg;
};

struct loop {
    VEC(struct loop_fd *) fds;
    VEC(struct loop_timer *) timers;
    VEC(struct pollfd) poll;
    int wake_fd;
    int64_t waited_us;
    bool blind; /* poll(2) failed; said once */
    loop_wait_fn *wait;
    void *backend;
    void (*after)(void *);
    void *after_arg;
};

struct loop *loop_new(struct error *e)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        error_errno(e, errno, "cannot make an event descriptor");
        return NULL;
    }
    struct loop *l = mem_alloc(sizeof *l);
    l->wake_fd = fd;
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->fds.len; i++)
        free(l->fds.ptr[i]);
    for (size_t i = 0; i < l->timers.len; i++)
        free(l->timers.ptr[i]);
    VEC_FREE(&l->fds);
    VEC_FREE(&l->timers);
    VEC_FREE(&l->poll);
    close(l->wake_fd);
    free(l);
}

struct loop_fd *loop_fd_add(struct loop *l, int fd, short events, loop_fd_fn *fn, void *arg)
{
    struct loop_fd *w = mem_alloc(sizeof *w);
    *w = (struct loop_fd){.fd = fd, .events = events, .fn = fn, .arg = arg};
    VEC_PUSH(&l->fds, w);
    return w;
}

/* Only marked here: a callback may remove what the dispatch is still walking over. */
void loop_fd_remove(struct loop *l, struct loop_fd *w)
{
    if (w)
        w->dead = true;
}

static void loop_sweep(struct loop *l)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->fds.len; i++) {
        if (l->fds.ptr[i]->dead)
            free(l->fds.ptr[i]);
        else
            l->fds.ptr[kept++] = l->fds.ptr[i];
    }
    l->fds.len = kept;
}

struct loop_timer *loop_timer_add(struct loop *l, int64_t at_ms, loop_timer_fn *fn, void *arg)
{
    struct loop_timer *t = mem_alloc(sizeof *t);
    *t = (struct loop_timer){.at_ms = at_ms, .fn = fn, .arg = arg};
    VEC_PUSH(&l->timers, t);
    return t;
}

void loop_timer_remove(struct loop *l, struct loop_timer *t)
{
    for (size_t i = 0; t && i < l->timers.len; i++) {
        if (l->timers.ptr[i] != t)
            continue;
        free(t);
        l->timers.ptr[i] = l->timers.ptr[--l->timers.len];
        return;
    }
}

void loop_set_backend(struct loop *l, loop_wait_fn *wait, void *arg)
{
    l->wait = wait;
    l->backend = arg;
}

void loop_set_after_wait(struct loop *l, void (*fn)(void *arg), void *arg)
{
    l->after = fn;
    l->after_arg = arg;
}

void loop_wake(struct loop *l)
{
    file_raise(l->wake_fd);
}

static int loop_timeout(const struct loop *l, int64_t deadline_ms)
{
    int64_t at = deadline_ms;
    for (size_t i = 0; i < l->timers.len; i++)
        if (at < 0 || l->timers.ptr[i]->at_ms < at)
            at = l->timers.ptr[i]->at_ms;
    if (at < 0)
        return -1;
    int64_t left = at - clock_ms();
    return left < 0 ? 0 : left > 1000000000 ? 1000000000 : (int)left;
}

/* poll(2) does not look: nobody is to spin for it. A signal came: nothing is known. Else, as when
 * the limit of open files was lowered beneath what is open, everybody looks for himself now and
 * then: callbacks read without waiting. */
static void loop_wait_blind(struct loop *l, int error, int timeout_ms)
{
    if (error == EINTR) {
        l->poll.len = 1;
        return;
    }
    if (!l->blind)
        log_warn("loop", "cannot wait for descriptors (%s): looking every %d ms instead",
                 strerror(error), BLIND_MS);
    l->blind = true;
    (void)poll(NULL, 0, timeout_ms < 0 ? BLIND_MS : MIN(timeout_ms, BLIND_MS));
    for (size_t i = 0; i < l->poll.len; i++)
        l->poll.ptr[i].revents = l->poll.ptr[i].events;
}

static void loop_wait(struct loop *l, int timeout_ms)
{
    l->poll.len = 0;
    VEC_PUSH(&l->poll, (struct pollfd){.fd = l->wake_fd, .events = POLLIN});
    for (size_t i = 0; i < l->fds.len; i++)
        VEC_PUSH(&l->poll,
                 (struct pollfd){.fd = l->fds.ptr[i]->fd, .events = l->fds.ptr[i]->events});
    int64_t since = clock_us();
    if (l->wait)
        l->wait(l->backend, l->poll.ptr, (unsigned)l->poll.len, timeout_ms);
    else if (poll(l->poll.ptr, l->poll.len, timeout_ms) < 0)
        loop_wait_blind(l, errno, timeout_ms);
    l->waited_us += clock_us() - since;
    if (l->poll.ptr[0].revents & POLLIN) {
        uint64_t count;
        ssize_t n = read(l->wake_fd, &count, sizeof count);
        (void)n;
    }
    for (size_t i = 0; i + 1 < l->poll.len; i++)
        l->fds.ptr[i]->revents = l->poll.ptr[i + 1].revents;
}

static void loop_fire_timers(struct loop *l)
{
    int64_t now = clock_ms();
    for (size_t i = 0; i < l->timers.len;) {
        struct loop_timer *t = l->timers.ptr[i];
        if (t->at_ms > now) {
            i++;
            continue;
        }
        l->timers.ptr[i] = l->timers.ptr[--l->timers.len];
        t->fn(t->arg);
        free(t);
        i = 0; /* the callback may have changed the list */
    }
}

int64_t loop_waited_us(const struct loop *l)
{
    return l->waited_us;
}

void loop_step(struct loop *l, int64_t deadline_ms)
{
    loop_sweep(l);
    loop_wait(l, loop_timeout(l, deadline_ms));
    if (l->after)
        l->after(l->after_arg);
    size_t n = l->fds.len;
    for (size_t i = 0; i < n && i < l->fds.len; i++) {
        struct loop_fd *w = l->fds.ptr[i];
        short revents = w->revents;
        w->revents = 0;
        if (revents && !w->dead)
            w->fn(w->arg, w->fd, revents);
    }
    loop_fire_timers(l);
}
