#include "run/reactor.h"

#include <assert.h>

#include "base/clock.h"

#define TURN_US 10000

void reactor_wait(struct reactor *r, int64_t deadline_ms)
{
    loop_step(r->loop, deadline_ms); /* serves after its wait: see loop_set_after_wait() */
}

void reactor_serve(struct reactor *r)
{
    if (r->serve)
        r->serve(r->arg);
}

static void cancel(struct reactor *r, bool only_yielding)
{
    /* A cancel does not wait, so nothing is registered or unregistered meanwhile. */
    for (struct cancel *c = r->cancels; c; c = c->next)
        if (c->yields || !only_yielding)
            c->fn(c->arg);
    loop_wake(r->loop);
}

void reactor_yield(struct reactor *r)
{
    cancel(r, true);
}

void reactor_interrupt(struct reactor *r, enum interrupt why)
{
    assert(why != INTERRUPT_NONE);
    if (r->interrupt == INTERRUPT_NONE || why == INTERRUPT_QUIT)
        r->interrupt = why;
    cancel(r, false);
}

void reactor_clear(struct reactor *r)
{
    if (r->interrupt != INTERRUPT_QUIT)
        r->interrupt = INTERRUPT_NONE;
}

void reactor_register(struct reactor *r, struct cancel *c)
{
    assert(c->fn);
    c->next = r->cancels;
    r->cancels = c;
}

void reactor_unregister(struct reactor *r, struct cancel *c)
{
    /* Mostly the newest: waits nest. */
    struct cancel **at = &r->cancels;
    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
    c->next = NULL;
}

void reactor_hold(struct reactor *r, enum hold h)
{
    r->holds[h]++;
}

void reactor_release(struct reactor *r, enum hold h)
{
    assert(r->holds[h] > 0);
    if (--r->holds[h] == 0)
        loop_wake(r->loop); /* what waited is served */
}

static bool give_turn(void *arg)
{
    struct reactor *r = arg;
    int64_t now = clock_us();
    if (now - r->turn_us >= TURN_US) {
        r->turn_us = now;
        reactor_wait(r, clock_ms()); /* looks, and does not wait */
    }
    return !reactor_stopped(r);
}

struct pause reactor_pause(struct reactor *r)
{
    return (struct pause){give_turn, r};
}

int64_t reactor_waited_us(const struct reactor *r)
{
    return loop_waited_us(r->loop);
}

void reactor_wake(struct reactor *r)
{
    loop_wake(r->loop);
}
