/* What a goal may use: time, and what is left when it is up. */
#include "agent/agent.h"

static void on_deadline(void *arg)
{
    struct agent *a = arg;
    a->limits.timer = NULL;
    reactor_interrupt(a->reactor, INTERRUPT_TIMEOUT);
}

void agent_clock_start(struct agent *a)
{
    if (!a->limits.timer)
        a->limits.timer = loop_timer_add(a->reactor->loop, a->limits.deadline_ms, on_deadline, a);
}

void agent_clock_stop(struct agent *a)
{
    loop_timer_remove(a->reactor->loop, a->limits.timer);
    a->limits.timer = NULL;
}

void agent_clock_pause(void *arg, bool runs, int64_t waited_ms)
{
    struct agent *a = arg;
    a->goal.waited_ms += waited_ms;
    a->limits.deadline_ms += waited_ms;
    if (!runs)
        agent_clock_stop(a);
    else if (a->goal.running && a->limits.seconds > 0)
        agent_clock_start(a);
    if (runs && !a->goal.running)
        outbox_phase(a->out, "idle", 0, 0, NULL); /* between goals nothing follows it */
}
