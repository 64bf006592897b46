/*
 * loop - one thread's event loop: descriptors, timers and a wakeup from other threads.
 *
 * Straight-line code waits by calling loop_step() until its condition holds; every
 * callback registered here runs meanwhile; callbacks themselves never step the loop, and bear
 * being called when there is nothing to read. The wait
 * itself is poll(2), or what loop_set_backend() put in its place (llm/http.c: curl_multi_poll).
 * Thread: the owner, except loop_wake().
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <poll.h>

#include "base/error.h"

struct loop;
struct loop_fd;
struct loop_timer;

typedef void loop_fd_fn(void *arg, int fd, short revents);
typedef void loop_timer_fn(void *arg);
/* Wait for fds or at most timeout_ms (-1: for ever), filling revents. */
typedef void loop_wait_fn(void *arg, struct pollfd *fds, unsigned n, int timeout_ms);

NODISCARD struct loop *loop_new(struct error *e);
void loop_free(struct loop *l);

/* Watch fd for poll events until removed. A callback may remove itself or others. */
struct loop_fd *loop_fd_add(struct loop *l, int fd, short events, loop_fd_fn *fn, void *arg);
void loop_fd_remove(struct loop *l, struct loop_fd *w); /* NULL is fine */

/* Call fn once at clock_ms() >= at_ms. Fired timers are gone: do not remove them. */
struct loop_timer *loop_timer_add(struct loop *l, int64_t at_ms, loop_timer_fn *fn, void *arg);
void loop_timer_remove(struct loop *l, struct loop_timer *t); /* NULL is fine */

/* `wait` must also perform the backend's own work. NULL restores poll(2). The wakeup is
 * one of the descriptors handed to it, so a backend needs none of its own. */
void loop_set_backend(struct loop *l, loop_wait_fn *wait, void *arg);

/* Called after every wait, before callbacks: the engine drains its request queue here. */
void loop_set_after_wait(struct loop *l, void (*fn)(void *arg), void *arg);

/* One wait and its callbacks; returns at the latest at deadline_ms (-1: none). */
void loop_step(struct loop *l, int64_t deadline_ms);

/* Microseconds spent waiting since the loop was made: what is left of a clock is own work. */
int64_t loop_waited_us(const struct loop *l);

/* Make a loop_step() in progress, or the next one, return at once. Thread: any. */
void loop_wake(struct loop *l);

#endif
