#include "run/outbox.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"

#define LEDGER_BEFORE 400 /* lines kept of what was before the goal at work */
#define LEDGER_WIDTH 400

static void ledger_line_fini(struct ledger_line *l)
{
    free(l->kind);
    free(l->detail);
}

static void forget_unsaved(struct outbox *o)
{
    for (size_t i = 0; i < o->unsaved.len; i++)
        free(o->unsaved.ptr[i].body);
    o->unsaved.len = 0;
}

void outbox_reset(struct outbox *o, const char *session)
{
    forget_unsaved(o);
    for (size_t i = 0; i < o->ledger.lines.len; i++)
        ledger_line_fini(&o->ledger.lines.ptr[i]);
    o->ledger.lines.len = o->ledger.saved = o->ledger.goal = 0;
    deeds_fini(&o->deeds);
    o->seq = 0;
    o->goal_at = o->summary_at = 0;
    o->round = o->round_limit = 0;
    o->started = false;
    snprintf(o->session, sizeof o->session, "%s", session);
}

char *outbox_dir(const struct outbox *o)
{
    AUTO_FREE char *name = mem_printf("logs/%s", o->session);
    return file_state_path(name);
}

void outbox_fini(struct outbox *o)
{
    outbox_reset(o, "");
    for (size_t i = 0; i < o->waiting.len; i++)
        event_fini(&o->waiting.ptr[i]);
    VEC_FREE(&o->waiting);
    VEC_FREE(&o->unsaved);
    VEC_FREE(&o->ledger.lines);
}

/* ---- events ---- */

/* Deltas are not stored one by one: the whole text is, when the call is over. */
static bool is_stored(const struct event *ev)
{
    switch (ev->type) {
    case EVENT_TEXT:
    case EVENT_REASONING:
    case EVENT_PHASE:
    case EVENT_TOOL_OUTPUT:
    case EVENT_CATALOG:
    case EVENT_REPORT:
    case EVENT_SETTING:
    case EVENT_CLEAR:
    case EVENT_TREE:
    case EVENT_JOBS:
    case EVENT_KEYBOARD:
    case EVENT_WAITING:
    case EVENT_PROGRESS:
    case EVENT_EARLIER:
        return false;
    default:
        return true;
    }
}

static void stamp(struct outbox *o, struct event *ev, bool store)
{
    ev->seq = ++o->seq;
    ev->time_ms = clock_wall_ms();
    snprintf(ev->session, sizeof ev->session, "%s", o->session);
    if (ev->type == EVENT_GOAL_START)
        o->goal_at = ev->seq;
    if (ev->type == EVENT_COMPACT && ev->compact.summary)
        o->summary_at = ev->seq;
    if (!store || !o->stored)
        return;
    AUTO(buf) body = {0}, masked = {0};
    event_to_json(ev, &body);
    log_mask(&masked, body.ptr, body.len); /* a server may quote the key it refused */
    VEC_PUSH(&o->unsaved, ((struct unsaved_event){(int64_t)ev->seq, buf_take(&masked)}));
}

static void post(struct outbox *o, struct event *ev)
{
    stamp(o, ev, is_stored(ev));
    event_queue_post(o->events, ev);
}

void outbox_release(struct outbox *o)
{
    o->started = true;
    for (size_t i = 0; i < o->waiting.len; i++)
        post(o, &o->waiting.ptr[i]);
    o->waiting.len = 0;
}

void outbox_emit(struct outbox *o, struct event *ev)
{
    assert(ev->type < EVENT_COUNT);
    if (!o->started && ev->type != EVENT_SESSION_START) {
        VEC_PUSH(&o->waiting, *ev);
        *ev = (struct event){.type = ev->type};
        return;
    }
    post(o, ev);
    if (!o->started)
        outbox_release(o);
}

void outbox_keep(struct outbox *o, struct event *ev)
{
    stamp(o, ev, true);
    event_fini(ev);
}

void outbox_durable(struct outbox *o)
{
    if (o->durable)
        o->durable(o->arg);
}

void outbox_notice(struct outbox *o, const char *level, const char *owner, const char *fmt, ...)
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
    outbox_emit(o, &ev);
}

void outbox_error(struct outbox *o, const char *class, bool fatal, const char *fmt, ...)
{
    AUTO(buf) text = {0}, masked = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    log_warn("error", "%s: %s", class, buf_cstr(&text));
    log_mask(&masked, buf_cstr(&text), text.len);
    struct event ev = {.type = EVENT_ERROR};
    ev.error.class = mem_strdup(class);
    ev.error.fatal = fatal;
    ev.error.text = buf_take(&masked);
    outbox_emit(o, &ev);
}

void outbox_refused(struct outbox *o, const struct error *e)
{
    outbox_error(o, e->code == ERR_USAGE ? "usage" : "request", false, "%s", e->text);
}

void outbox_phase(struct outbox *o, const char *phase, int64_t deadline_ms, int64_t attempt,
                  const char *detail)
{
    struct event ev = {.type = EVENT_PHASE};
    ev.phase.phase = mem_strdup(phase);
    ev.phase.round = o->round;
    ev.phase.limit = o->round_limit;
    ev.phase.deadline_ms = deadline_ms;
    ev.phase.attempt = attempt;
    ev.phase.detail = mem_strdup(detail);
    outbox_emit(o, &ev);
}

void outbox_setting(struct outbox *o, const char *name, const char *value)
{
    struct event ev = {.type = EVENT_SETTING};
    ev.setting.name = mem_strdup(name);
    ev.setting.value = mem_strdup(value);
    outbox_emit(o, &ev);
}

void outbox_user(struct outbox *o, const char *text, const char *how)
{
    struct event ev = {.type = EVENT_USER};
    ev.user.text = mem_strdup(text);
    ev.user.how = mem_strdup(how);
    outbox_emit(o, &ev);
}

void outbox_waiting(struct outbox *o, const char *kind, char *const *texts, size_t n,
                    const char *back)
{
    AUTO_JSON *items = cJSON_CreateArray();
    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(items, cJSON_CreateString(texts[i]));
    struct event ev = {.type = EVENT_WAITING};
    ev.waiting.kind = mem_strdup(kind);
    ev.waiting.items = json_print(items);
    ev.waiting.back = mem_strdup(back);
    outbox_emit(o, &ev);
}

/* ---- the ledger ---- */

/* A call that made such a line needs no other. */
static bool ledger_is_call(const char *kind)
{
    static const char *const kinds[] = {"READ",     "WRITE",   "APPEND", "REMOVE",
                                        "BASH",     "JOB",     "SERVER", "STOPPED",
                                        "DELEGATE", "REFUSED", "MODE",   "ERROR"};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

void outbox_ledger(struct outbox *o, const char *kind, const char *detail)
{
    struct ledger *l = &o->ledger;
    char flat[LEDGER_WIDTH + 1];
    size_t n = detail ? strlen(detail) : 0;
    n = MIN(n, sizeof flat - 1);
    for (size_t i = 0; i < n; i++)
        flat[i] = detail[i] == '\n' || detail[i] == '\t' ? ' ' : detail[i];
    flat[n] = '\0';
    deeds_note(&o->deeds, kind, flat);
    l->own += ledger_is_call(kind);
    if (strcmp(kind, "GOAL") == 0)
        l->goal = l->lines.len;
    VEC_PUSH(&l->lines,
             ((struct ledger_line){clock_wall_ms(), mem_strdup(kind), mem_strdup(flat)}));
}

void outbox_saved(struct outbox *o)
{
    struct ledger *l = &o->ledger;
    forget_unsaved(o);
    l->saved = l->lines.len;
    if (l->goal <= 2 * LEDGER_BEFORE)
        return;
    /* Seldom, and much at once: what a commit costs does not grow with the session. */
    size_t drop = l->goal - LEDGER_BEFORE;
    for (size_t i = 0; i < drop; i++)
        ledger_line_fini(&l->lines.ptr[i]);
    l->lines.len -= drop;
    memmove(l->lines.ptr, l->lines.ptr + drop, l->lines.len * sizeof *l->lines.ptr);
    l->saved -= drop;
    l->goal -= drop;
}
