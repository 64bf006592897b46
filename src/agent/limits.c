/* What a goal may use: time, and what is left when it is up. */
#include "agent/agent.h"

static void on_deadline(void *arg)
{
    struct agent *a = arg;
    a->deadline = NULL;
    reactor_interrupt(&a->reactor, INTERRUPT_TIMEOUT);
}

void agent_clock_start(struct agent *a)
{
    if (!a->deadline)
        a->deadline = loop_timer_add(a->reactor.loop, a->deadline_ms, on_deadline, a);
}

void agent_clock_stop(struct agent *a)
{
    loop_timer_remove(a->reactor.loop, a->deadline);
    a->deadline = NULL;
}
