#include "behavior/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define SLOW_SLOT_US 100000
/* In a shared object's own code, for what runs within the engine's thread. */
#define EVENT_LIMIT_MS 5000
#define TOOL_LIMIT_MS 120000

const char *const pipeline_slot_names[SLOT_COUNT] = {
    "instructions", "enhance_context",  "on_goal_start", "on_tool_call", "on_round_end",
    "on_timeout",   "on_goal_complete", "status",        "tools"};

static const char *slot_name(const struct slot_call *s)
{
    static const char *const more[] = {"begin", "init", "make_tools", "fini", "after_goal"};
    if (s->slot == SLOT_TOOLS)
        return s->tool->name;
    return s->slot < SLOT_COUNT ? pipeline_slot_names[s->slot] : more[s->slot - SLOT_COUNT];
}

/* ---- time ---- */

/* They nest: while one waits for the model, a person may ask for another's status. */
struct visit {
    int64_t since, waited;
    struct instance *before;
};

static struct visit visit_begin(struct pipeline *p, struct instance *i)
{
    struct visit v = {clock_us(), p->waited_us, p->running};
    p->running = i;
    return v;
}

/* Events must be quick; a tool, and what waits for the model after a goal, may take its time. */
static bool must_be_quick(const struct slot_call *s)
{
    return s->slot < SLOT_STATUS;
}

static void visit_end(struct pipeline *p, const struct slot_call *s, const struct visit *v)
{
    struct instance *i = s->i;
    int64_t us = clock_us() - v->since - (p->waited_us - v->waited);
    p->running = v->before;
    if (s->slot >= SLOT_COUNT)
        return;
    i->calls++;
    i->slots[s->slot]++;
    i->total_us += us;
    i->worst_us = MAX(i->worst_us, us);
    if (!must_be_quick(s) || us <= SLOW_SLOT_US || i->slow_told)
        return;
    char text[160];
    snprintf(text, sizeof text, "%s took %lld ms in %s; handlers must stay under 100 ms",
             i->type->type, (long long)(us / 1000), pipeline_slot_names[s->slot]);
    i->slow_told = true;
    log_warn("pipeline", "%s", text);
    i->call.host->notice(i->call.agent, "warn", text);
}

/* ---- the call ---- */

static bool slot_is_there(const struct slot_call *s)
{
    const struct behavior *b = s->i->type;
    switch (s->slot) {
    case SLOT_INSTRUCTIONS:
        return b->instructions;
    case SLOT_ENHANCE_CONTEXT:
        return b->enhance_context;
    case SLOT_ON_GOAL_START:
        return b->on_goal_start;
    case SLOT_ON_TOOL_CALL:
        return b->on_tool_call;
    case SLOT_ON_ROUND_END:
        return b->on_round_end;
    case SLOT_ON_TIMEOUT:
        return b->on_timeout;
    case SLOT_ON_GOAL_COMPLETE:
        return b->on_goal_complete;
    case SLOT_STATUS:
        return b->status;
    case SLOT_INIT:
        return b->init;
    case SLOT_MAKE_TOOLS:
        return b->make_tools;
    case SLOT_FINI:
        return b->fini;
    default:
        return true;
    }
}

static void slot_invoke(void *arg)
{
    struct slot_call *s = arg;
    struct call *c = &s->i->call;
    const struct behavior *b = s->i->type;
    switch (s->slot) {
    case SLOT_INSTRUCTIONS:
        b->instructions(c, s->out);
        break;
    case SLOT_ENHANCE_CONTEXT:
        b->enhance_context(c);
        break;
    case SLOT_ON_GOAL_START:
        b->on_goal_start(c);
        break;
    case SLOT_ON_TOOL_CALL:
        b->on_tool_call(c, s->text, s->args, s->result);
        break;
    case SLOT_ON_ROUND_END:
        b->on_round_end(c);
        break;
    case SLOT_ON_TIMEOUT:
        b->on_timeout(c, s->elapsed_s);
        break;
    case SLOT_ON_GOAL_COMPLETE:
        b->on_goal_complete(c, s->success, s->text);
        break;
    case SLOT_STATUS:
        b->status(c, s->out);
        break;
    case SLOT_TOOLS:
        s->answer = s->tool->handler(c, s->args);
        break;
    case SLOT_BEGIN:
        s->tool->begin(c, s->args);
        break;
    case SLOT_INIT:
        s->ok = b->init(c, s->e);
        break;
    case SLOT_MAKE_TOOLS:
        s->made = b->make_tools(c, s->e);
        break;
    case SLOT_FINI:
        b->fini(c);
        break;
    case SLOT_AFTER:
        s->after(c);
        break;
    }
}

/* What it left half done stays so: it is not called again, not even to clean up. */
static void turn_off(struct slot_call *s, enum fault_end end, int sig)
{
    struct instance *i = s->i;
    AUTO_FREE char *why = end == FAULT_HANG ? mem_strdup("it did not come to an end")
                          : end == FAULT_STOPPED
                              ? mem_strdup("it was stopped in mid-work")
                              : mem_printf("it crashed (SIG%s)", sigabbrev_np(sig));
    free(i->off);
    i->off = mem_printf("%s in %s", why, slot_name(s));
    AUTO_FREE char *text = mem_printf("%s is off: %s; its tools answer an error, the agent goes on",
                                      i->type->type, i->off);
    log_warn("pipeline", "%s", text);
    i->call.host->notice(i->call.agent, "warn", text);
}

bool slot_run(struct pipeline *p, struct slot_call *s)
{
    struct instance *i = s->i;
    int sig = 0;
    s->ok = true;
    if (i->off)
        return false;
    if (!slot_is_there(s))
        return true;
    bool slow = s->slot == SLOT_TOOLS || s->slot == SLOT_AFTER;
    struct visit v = visit_begin(p, i);
    enum fault_end end = fault_run(i->code, i->type->type, slow ? TOOL_LIMIT_MS : EVENT_LIMIT_MS,
                                   slot_invoke, s, &sig);
    visit_end(p, s, &v);
    if (end != FAULT_NONE)
        turn_off(s, end, sig);
    return end == FAULT_NONE;
}
