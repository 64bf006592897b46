#include "behavior/dispatch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define SLOW_SLOT_US 100000
/* In a shared object's own code, for what runs within the engine's thread. */
#define EVENT_LIMIT_MS 5000
#define TOOL_LIMIT_MS 120000

/* ---- the table ---- */

#define IN_BEHAVIOR(slot, ...)                                                            \
    static bool has_##slot(const struct behavior *b)                                      \
    {                                                                                     \
        return b->slot != NULL;                                                           \
    }                                                                                     \
    static void run_##slot(struct slot_call *s, const struct behavior *b, struct call *c) \
    {                                                                                     \
        __VA_ARGS__;                                                                      \
    }

IN_BEHAVIOR(instructions, b->instructions(c, s->out))
IN_BEHAVIOR(enhance_context, b->enhance_context(c))
IN_BEHAVIOR(on_goal_start, b->on_goal_start(c))
IN_BEHAVIOR(on_tool_call, b->on_tool_call(c, s->text, s->args, s->result))
IN_BEHAVIOR(on_round_end, b->on_round_end(c))
IN_BEHAVIOR(on_timeout, b->on_timeout(c, s->elapsed_s))
IN_BEHAVIOR(on_goal_complete, b->on_goal_complete(c, s->success, s->text))
IN_BEHAVIOR(status, b->status(c, s->out))
IN_BEHAVIOR(amend_result, b->amend_result(c, s->text, s->args, s->result, s->out))
IN_BEHAVIOR(init, s->ok = b->init(c, s->e))
IN_BEHAVIOR(make_tools, s->made = b->make_tools(c, s->e))
IN_BEHAVIOR(fini, b->fini(c))

static void run_tool(struct slot_call *s, const struct behavior *b, struct call *c)
{
    s->answer = s->tool->handler(c, s->args);
}

static void run_begin(struct slot_call *s, const struct behavior *b, struct call *c)
{
    s->tool->begin(c, s->args);
}

static void run_after(struct slot_call *s, const struct behavior *b, struct call *c)
{
    s->after(c);
}

#define OF_BEHAVIOR(slot) #slot, has_##slot, run_##slot

/* quick: an event, which others wait for. A tool, and what waits for the model after a goal, may
 * take its time. */
static const struct slot_row {
    const char *name;
    bool (*present)(const struct behavior *b); /* NULL: the caller knows that it is there */
    void (*invoke)(struct slot_call *s, const struct behavior *b, struct call *c);
    int64_t limit_ms;
    bool quick;
} rows[SLOT_ALL] = {
    [SLOT_INSTRUCTIONS] = {OF_BEHAVIOR(instructions), EVENT_LIMIT_MS, true},
    [SLOT_ENHANCE_CONTEXT] = {OF_BEHAVIOR(enhance_context), EVENT_LIMIT_MS, true},
    [SLOT_ON_GOAL_START] = {OF_BEHAVIOR(on_goal_start), EVENT_LIMIT_MS, true},
    [SLOT_ON_TOOL_CALL] = {OF_BEHAVIOR(on_tool_call), EVENT_LIMIT_MS, true},
    [SLOT_ON_ROUND_END] = {OF_BEHAVIOR(on_round_end), EVENT_LIMIT_MS, true},
    [SLOT_ON_TIMEOUT] = {OF_BEHAVIOR(on_timeout), EVENT_LIMIT_MS, true},
    [SLOT_ON_GOAL_COMPLETE] = {OF_BEHAVIOR(on_goal_complete), EVENT_LIMIT_MS, true},
    [SLOT_STATUS] = {OF_BEHAVIOR(status), EVENT_LIMIT_MS, false},
    [SLOT_AMEND_RESULT] = {OF_BEHAVIOR(amend_result), TOOL_LIMIT_MS, false},
    [SLOT_TOOLS] = {"tools", NULL, run_tool, TOOL_LIMIT_MS, false},
    [SLOT_BEGIN] = {"begin", NULL, run_begin, EVENT_LIMIT_MS, false},
    [SLOT_INIT] = {OF_BEHAVIOR(init), EVENT_LIMIT_MS, false},
    [SLOT_MAKE_TOOLS] = {OF_BEHAVIOR(make_tools), EVENT_LIMIT_MS, false},
    [SLOT_FINI] = {OF_BEHAVIOR(fini), EVENT_LIMIT_MS, false},
    [SLOT_AFTER] = {"after_goal", NULL, run_after, TOOL_LIMIT_MS, false},
};

const char *slot_name(int slot)
{
    assert(slot >= 0 && slot < SLOT_ALL);
    return rows[slot].name;
}

/* ---- time ---- */

/* They nest: while one waits for the model, a user may ask for another's status. */
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
    if (!rows[s->slot].quick || us <= SLOW_SLOT_US || i->slow_told)
        return;
    char text[160];
    snprintf(text, sizeof text, "%s took %lld ms in %s; handlers must stay under 100 ms",
             i->type->type, (long long)(us / 1000), slot_name(s->slot));
    i->slow_told = true;
    log_warn("pipeline", "%s", text);
    i->call.host->notice(i->call.agent, "warn", text);
}

/* ---- the call ---- */

static void slot_invoke(void *arg)
{
    struct slot_call *s = arg;
    rows[s->slot].invoke(s, s->i->type, &s->i->call);
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
    i->off =
        mem_printf("%s in %s", why, s->slot == SLOT_TOOLS ? s->tool->name : slot_name(s->slot));
    AUTO_FREE char *text = mem_printf("%s is off: %s; its tools answer an error, the agent goes on",
                                      i->type->type, i->off);
    log_warn("pipeline", "%s", text);
    i->call.host->notice(i->call.agent, "warn", text);
}

bool slot_run(struct pipeline *p, struct slot_call *s)
{
    assert(s->slot >= 0 && s->slot < SLOT_ALL);
    const struct slot_row *row = &rows[s->slot];
    struct instance *i = s->i;
    int sig = 0;
    s->ok = true;
    if (i->off)
        return false;
    if (row->present && !row->present(i->type))
        return true;
    struct visit v = visit_begin(p, i);
    enum fault_end end = fault_run(i->code, i->type->type, row->limit_ms, slot_invoke, s, &sig);
    visit_end(p, s, &v);
    if (end != FAULT_NONE)
        turn_off(s, end, sig);
    return end == FAULT_NONE;
}
