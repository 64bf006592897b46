/*
 * reactor - where the engine thread waits, and the one way to stop what it waits for.
 *
 * Every wait is reactor_wait(). Requests of the front end are served there, so whatever a request
 * may change can be another after it: a function that MAY WAIT says so in its header, and whoever
 * calls it looks its things up anew, or takes a hold. What runs registers a cancel; a stop calls
 * them all, the newest first, and nothing begins after it: whoever begins something asks
 * reactor_stopped() first.
 *
 * A hold keeps requests from being served:
 *   HOLD_STAGE  what goals stand on stays: session, agent, behaviors, what a running call reads.
 *               Requests for another one are refused with a notice
 *   HOLD_CALL   a call of the model runs: what it reads stays
 *   HOLD_ALL    something is half made that a request would read or change: all wait but those
 *               that end or answer something
 * Holds are counted. Thread: engine, except reactor_wake().
 */
#ifndef RUN_REACTOR_H
#define RUN_REACTOR_H

#include "base/loop.h"
#include "base/mem.h"
#include "base/pause.h"

enum interrupt { INTERRUPT_NONE, INTERRUPT_STOP, INTERRUPT_TIMEOUT, INTERRUPT_QUIT };

enum hold { HOLD_STAGE, HOLD_CALL, HOLD_ALL, HOLD_COUNT };

/* Something that runs and can be ended early. The owner's memory; zeroed: not registered. */
struct cancel {
    void (*fn)(void *arg); /* idempotent, does not wait */
    void *arg;
    bool yields; /* a new goal ends it, too */
    struct cancel *next;
};

struct reactor {
    struct loop *loop;
    enum interrupt interrupt; /* why what runs is to end; set by reactor_interrupt() only */
    struct cancel *cancels;   /* newest first */
    int holds[HOLD_COUNT];
    int leavable;             /* waits that may go on aside */
    bool aside;               /* the user wants them to */
    int64_t turn_us;          /* when the others had their turn last */
    void (*serve)(void *arg); /* serves requests; NULL: nobody asks */
    void *arg;
};

/* Waits for anything at all, at the latest until deadline_ms (clock_ms(), -1: none). MAY WAIT. */
void reactor_wait(struct reactor *r, int64_t deadline_ms);

/* Serve what waits now. MAY WAIT, as a request may. */
void reactor_serve(struct reactor *r);

/* Note the reason and call every cancel. Idempotent; the first reason stays, except that
 * quitting overrides. */
void reactor_interrupt(struct reactor *r, enum interrupt why);

/* Nothing may begin, and what runs is to end. */
static inline bool reactor_stopped(const struct reactor *r)
{
    return r->interrupt != INTERRUPT_NONE;
}

/* A new goal: what was asked of the last one is over. Quitting stays. */
void reactor_clear(struct reactor *r);

/* c->fn and c->arg are set. Registered after a stop came, it is not called: ask first. */
void reactor_register(struct reactor *r, struct cancel *c);
void reactor_unregister(struct reactor *r, struct cancel *c);
/* A new goal is here: what yields to it ends. */
void reactor_yield(struct reactor *r);

void reactor_hold(struct reactor *r, enum hold h);
void reactor_release(struct reactor *r, enum hold h); /* serves what waited at the next wait */
static inline bool reactor_held(const struct reactor *r, enum hold h)
{
    return r->holds[h] > 0;
}

/* For work that does not wait but takes long: requests are served and timers fire now and then.
 * MAY WAIT in that sense. Says stop when reactor_stopped(). Borrows r. */
struct pause reactor_pause(struct reactor *r);

/* Microseconds waited since the loop was made: a clock less this is own work. */
int64_t reactor_waited_us(const struct reactor *r);

/* Make a wait return. Thread: any. */
void reactor_wake(struct reactor *r);

#endif
