#include "agent/agent.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

void agent_wait(struct agent *a, int64_t deadline_ms)
{
    loop_step(a->loop, deadline_ms);
}

void agent_interrupt(struct agent *a, enum interrupt why)
{
    if (a->interrupt == INTERRUPT_NONE || why == INTERRUPT_QUIT)
        a->interrupt = why;
    if (a->in_call)
        llm_cancel(a->llm);
    if (a->running)
        process_stop(a->running);
    delegates_stop(a);
    loop_wake(a->loop);
}

static void on_deadline(void *arg)
{
    struct agent *a = arg;
    a->deadline = NULL;
    agent_interrupt(a, INTERRUPT_TIMEOUT);
}

void agent_clock_start(struct agent *a)
{
    if (!a->deadline)
        a->deadline = loop_timer_add(a->loop, a->deadline_ms, on_deadline, a);
}

void agent_clock_stop(struct agent *a)
{
    loop_timer_remove(a->loop, a->deadline);
    a->deadline = NULL;
}

/* Deltas are not stored one by one: the whole text is, when the call is over. */
static bool agent_event_is_stored(const struct event *ev)
{
    switch (ev->type) {
    case EVENT_PHASE:
    case EVENT_TOOL_OUTPUT:
    case EVENT_CATALOG:
    case EVENT_REPORT:
    case EVENT_SETTING:
    case EVENT_CLEAR:
    case EVENT_TREE:
    case EVENT_JOBS:
    case EVENT_PROGRESS:
        return false;
    default:
        return true;
    }
}

static void agent_stamp(struct agent *a, struct event *ev, bool store)
{
    ev->seq = ++a->seq;
    ev->time_ms = clock_wall_ms();
    if (!store || !a->store)
        return;
    AUTO(buf) body = {0}, masked = {0};
    event_to_json(ev, a->id, &body);
    log_mask(&masked, body.ptr, body.len); /* a server may quote the key it refused */
    VEC_PUSH(&a->unsaved, (struct pending_event){(int64_t)ev->seq, buf_take(&masked)});
}

void agent_emit(struct agent *a, struct event *ev)
{
    bool delta = ev->type == EVENT_TEXT || ev->type == EVENT_REASONING;
    agent_stamp(a, ev, !delta && agent_event_is_stored(ev));
    event_queue_post(a->events, ev);
}

void agent_keep(struct agent *a, struct event *ev)
{
    agent_stamp(a, ev, true);
    event_fini(ev);
}

void agent_notice(struct agent *a, const char *level, const char *owner, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    log_info("notice", "%s", buf_cstr(&text));
    struct event ev = {.type = EVENT_NOTICE};
    ev.notice.level = mem_strdup(level);
    ev.notice.owner = mem_strdup(owner);
    ev.notice.text = buf_take(&text);
    agent_emit(a, &ev);
}

void agent_error(struct agent *a, const char *class, bool fatal, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    log_warn("error", "%s: %s", class, buf_cstr(&text));
    AUTO(buf) masked = {0};
    log_mask(&masked, buf_cstr(&text), text.len);
    struct event ev = {.type = EVENT_ERROR};
    ev.error.class = mem_strdup(class);
    ev.error.fatal = fatal;
    ev.error.text = buf_take(&masked);
    agent_emit(a, &ev);
}

void agent_phase(struct agent *a, const char *phase, int64_t deadline_ms, int64_t attempt,
                 const char *detail)
{
    struct event ev = {.type = EVENT_PHASE};
    ev.phase.phase = mem_strdup(phase);
    ev.phase.round = a->goal.rounds;
    ev.phase.limit = a->max_rounds;
    ev.phase.deadline_ms = deadline_ms;
    ev.phase.attempt = attempt;
    ev.phase.detail = mem_strdup(detail);
    agent_emit(a, &ev);
}

void agent_emit_tree(struct agent *a)
{
    struct event ev = {.type = EVENT_TREE};
    ev.tree.nodes = tree_to_json(&a->tree, a->cfg->rounds_per_subtask);
    ev.tree.focus = a->tree.active;
    agent_emit(a, &ev);
}

void agent_emit_mode(struct agent *a)
{
    struct event ev = {.type = EVENT_MODE};
    const struct mode *mode = agent_mode(a);
    ev.mode.active = mem_strdup(mode ? mode->name : "");
    ev.mode.model = mem_strdup(a->model ? a->model->name : "");
    const char *base = a->model && a->model->api_base ? a->model->api_base : NULL;
    ev.mode.route = base ? route_url(base, mode ? mode->route_suffix : "", "", NULL) : NULL;
    ev.mode.source = mem_strdup(mode && mode == a->modes.message ? "message"
                                : mode && mode == a->modes.task  ? "task"
                                                                 : a->modes.source);
    ev.mode.loopback = base && (strstr(base, "//127.") || strstr(base, "//localhost"));
    agent_emit(a, &ev);
}

void agent_emit_gauge(struct agent *a, bool estimated, int64_t used, int64_t cached)
{
    struct event ev = {.type = EVENT_GAUGE};
    ev.gauge.used = used;
    ev.gauge.window = a->window;
    ev.gauge.reserved = context_reserve(a);
    ev.gauge.cached = cached;
    ev.gauge.estimated = estimated;
    ev.gauge.by_owner = context_by_owner(a);
    ev.gauge.window_from = mem_strdup(a->window_from);
    agent_emit(a, &ev);
}

void agent_emit_setting(struct agent *a, const char *name, const char *value)
{
    struct event ev = {.type = EVENT_SETTING};
    ev.setting.name = mem_strdup(name);
    ev.setting.value = mem_strdup(value);
    agent_emit(a, &ev);
}

void agent_ledger(struct agent *a, const char *kind, const char *detail)
{
    char flat[401];
    size_t n = detail ? strlen(detail) : 0;
    n = MIN(n, sizeof flat - 1);
    for (size_t i = 0; i < n; i++)
        flat[i] = detail[i] == '\n' || detail[i] == '\t' ? ' ' : detail[i];
    flat[n] = '\0';
    VEC_PUSH(&a->ledger,
             (struct ledger_line){clock_wall_ms(), mem_strdup(kind), mem_strdup(flat), false});
}
