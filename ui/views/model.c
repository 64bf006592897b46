#include "ui/views/model.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ui/views/format.h"

void model_init(struct model *m)
{
    *m = (struct model){0};
    m->phase = mem_strdup("idle");
}

static void model_item_free(struct item *it)
{
    free(it->id);
    free(it->name);
    free(it->summary);
    free(it->outcome);
    free(it->diff);
    buf_fini(&it->text);
    layout_fini(&it->rows.layout);
    free(it);
}

static void model_items_clear(struct model *m)
{
    for (size_t i = 0; i < m->items.len; i++)
        model_item_free(m->items.ptr[i]);
    VEC_FREE(&m->items);
    m->round_first = 0;
}

static void model_approvals_clear(struct model *m)
{
    while (m->approvals.len > 0) {
        AUTO_FREE char *id = mem_strdup(m->approvals.ptr[0].id);
        model_approval_done(m, id);
    }
    VEC_FREE(&m->approvals);
}

void model_fini(struct model *m)
{
    model_items_clear(m);
    model_tree_clear(m);
    model_jobs_clear(m);
    model_approvals_clear(m);
    model_catalogs_clear(m);
    char **strings[] = {&m->goal,         &m->model_name, &m->agent,   &m->mode,      &m->route,
                        &m->sandbox,      &m->policy,     &m->session, &m->workspace, &m->phase,
                        &m->phase_detail, &m->loop_level, &m->answer,  &m->summary};
    for (size_t i = 0; i < COUNT_OF(strings); i++)
        mem_replace(strings[i], NULL);
}

void model_set(char **slot, const char *text)
{
    char *clean = text ? sanitize_text(text, SANITIZE_ONE_LINE) : NULL;
    free(*slot);
    *slot = clean;
}

static struct item *model_last(const struct model *m)
{
    return m->items.len > 0 ? m->items.ptr[m->items.len - 1] : NULL;
}

static void model_append(struct model *m, struct item *it, const char *text)
{
    if (!text)
        return;
    size_t before = it->text.len;
    unsigned flags = it->kind == ITEM_TOOL ? SANITIZE_OVERWRITE : 0;
    sanitize_add(&it->clean, text, strlen(text), flags, &it->text);
    for (size_t i = before; i < it->text.len; i++)
        m->lines += it->text.ptr[i] == '\n';
    if (it->text.len < before) /* a progress bar was overwritten */
        it->version++;
}

/* No more text comes for the last item. */
static void model_close(struct model *m)
{
    struct item *it = model_last(m);
    if (!it || it->done || it->kind == ITEM_TOOL)
        return;
    sanitize_end(&it->clean, 0, &it->text);
    it->done = true;
    it->ms = clock_ms() - it->started_ms;
    it->version++;
}

static struct item *model_open(struct model *m, enum item_kind kind)
{
    model_close(m);
    struct item *it = mem_alloc(sizeof *it);
    it->kind = kind;
    it->started_ms = clock_ms();
    VEC_PUSH(&m->items, it);
    m->lines++;
    return it;
}

struct item *model_add(struct model *m, enum item_kind kind, const char *text)
{
    struct item *it = model_open(m, kind);
    model_append(m, it, text);
    model_close(m);
    return it;
}

/* What the text before was in the middle of, when only remarks stand between. */
static struct markdown model_open_markdown(const struct model *m)
{
    for (size_t i = m->items.len; i > m->round_first; i--) {
        const struct item *it = m->items.ptr[i - 1];
        if (it->kind == ITEM_TEXT)
            return markdown_after(it->start, buf_cstr(&it->text), it->text.len);
        if (it->kind == ITEM_USER || it->kind == ITEM_TOOL || it->kind == ITEM_REASONING)
            break;
    }
    return (struct markdown){0};
}

static void model_stream(struct model *m, enum item_kind kind, const char *text, bool restart)
{
    struct item *it = model_last(m);
    if (!it || it->kind != kind || it->done) {
        if (!text || !*text)
            return;
        struct markdown start = model_open_markdown(m);
        it = model_open(m, kind);
        it->start = start;
    }
    if (restart) {
        buf_clear(&it->text);
        it->clean = (struct sanitizer){0};
        it->version++;
    }
    model_append(m, it, text);
}

static void model_apply_user(struct model *m, const struct event *ev)
{
    struct item *it = model_add(m, ITEM_USER, ev->user.text);
    model_set(&it->name, ev->user.how);
}

static void model_set_phase(struct model *m, const char *phase)
{
    model_set(&m->phase, phase);
    model_set(&m->phase_detail, NULL);
    m->phase_since_ms = clock_ms();
    m->phase_deadline_ms = m->phase_attempt = 0;
    m->busy = strcmp(m->phase, "idle") != 0;
}

static void model_apply_phase(struct model *m, const struct event *ev)
{
    model_set_phase(m, ev->phase.phase ? ev->phase.phase : "idle");
    model_set(&m->phase_detail, ev->phase.detail);
    m->phase_deadline_ms = ev->phase.deadline_ms;
    m->phase_attempt = ev->phase.attempt;
}

static void model_apply_session(struct model *m, const struct event *ev)
{
    model_set(&m->workspace, ev->session_start.workspace);
    model_set(&m->model_name, ev->session_start.model);
    model_set(&m->agent, ev->session_start.agent);
    model_set(&m->sandbox, ev->session_start.sandbox);
    model_set(&m->policy, ev->session_start.approval);
}

static void model_apply_gauge(struct model *m, const struct event *ev)
{
    m->has_gauge = true;
    m->gauge_estimated = ev->gauge.estimated;
    m->used = ev->gauge.used;
    m->window = ev->gauge.window;
    m->reserved = ev->gauge.reserved;
    m->cached = ev->gauge.cached;
}

static void model_apply_usage(struct model *m, const struct event *ev)
{
    m->has_usage = true;
    m->usage_estimated = ev->usage.estimated;
    m->total_input = ev->usage.total_input;
    m->total_output = ev->usage.total_output;
    m->total_cached = ev->usage.total_cached;
    m->total_cost = ev->usage.total_cost;
}

static void model_apply_loop(struct model *m, const struct event *ev)
{
    const char *level = ev->loop_warning.level ? ev->loop_warning.level : "show";
    if (strcmp(level, "clear") == 0) {
        mem_replace(&m->loop_level, NULL);
        return;
    }
    model_set(&m->loop_level, level);
    m->loop_count = ev->loop_warning.count;
    struct item *it = model_add(m, ITEM_LOOP, ev->loop_warning.text);
    model_set(&it->name, level);
}

static void model_apply_mode(struct model *m, const struct event *ev)
{
    const char *active = ev->mode.active ? ev->mode.active : "";
    bool changed = m->mode_known && strcmp(m->mode ? m->mode : "", active) != 0;
    bool by_model = ev->mode.source && strcmp(ev->mode.source, "model") == 0;
    model_set(&m->mode, active);
    model_set(&m->route, ev->mode.route);
    if (ev->mode.model && *ev->mode.model)
        model_set(&m->model_name, ev->mode.model);
    m->mode_known = true;
    if (!changed)
        return;
    AUTO_FREE char *text = mem_printf("%s%s%s", by_model ? "the model chose " : "",
                                      *active ? "mode " : "no behavior mode", active);
    model_add(m, ITEM_NOTICE, text);
}

static void model_apply_notice(struct model *m, const struct event *ev)
{
    bool warn = ev->notice.level && strcmp(ev->notice.level, "warn") == 0;
    struct item *it = model_add(m, warn ? ITEM_WARN : ITEM_NOTICE, ev->notice.text);
    model_set(&it->name, ev->notice.owner);
}

static void model_apply_setting(struct model *m, const struct event *ev)
{
    const struct {
        const char *name;
        char **slot;
    } rows[] = {
        {"agent", &m->agent},     {"approval", &m->policy},  {"sandbox", &m->sandbox},
        {"session", &m->session}, {"model", &m->model_name},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (ev->setting.name && strcmp(rows[i].name, ev->setting.name) == 0)
            model_set(rows[i].slot, ev->setting.value);
}

/* Pruning says nothing of the summary; editing without one took it away. */
static void model_apply_summary(struct model *m, const struct event *ev)
{
    bool edited = ev->compact.how && strcmp(ev->compact.how, "edited") == 0;
    if (!ev->compact.summary && !edited)
        return;
    free(m->summary);
    m->summary = ev->compact.summary ? sanitize_text(ev->compact.summary, 0) : NULL;
}

static void model_apply_compact(struct model *m, const struct event *ev)
{
    char before[FORMAT_SIZE], after[FORMAT_SIZE];
    bool one = ev->compact.messages == 1;
    AUTO_FREE char *text = mem_printf("%lld message%s left the model's view (%s): %s to %s tokens",
                                      (long long)ev->compact.messages, one ? "" : "s",
                                      ev->compact.how ? ev->compact.how : "pruned",
                                      format_tokens(ev->compact.before, before),
                                      format_tokens(ev->compact.after, after));
    struct item *it = model_add(m, ITEM_COMPACT, ev->compact.summary);
    model_set(&it->summary, text);
    model_apply_summary(m, ev);
}

static void model_apply_clear(struct model *m, const struct event *ev)
{
    model_items_clear(m);
    model_tree_clear(m);
    model_jobs_clear(m);
    model_approvals_clear(m);
    m->focus = 0;
    m->round = m->max_rounds = 0;
    m->has_gauge = m->has_usage = false;
    mem_replace(&m->goal, NULL);
    mem_replace(&m->loop_level, NULL);
    mem_replace(&m->answer, NULL);
    mem_replace(&m->summary, NULL);
    model_set(&m->session, ev->clear.next);
}

static void model_result_figures(const struct event *ev, struct buf *out)
{
    char a[FORMAT_SIZE];
    buf_addf(out, "%lld round%s", (long long)ev->result.rounds, ev->result.rounds == 1 ? "" : "s");
    if (ev->result.input > 0)
        buf_addf(out, ", %s in", format_tokens(ev->result.input, a));
    if (ev->result.output > 0)
        buf_addf(out, " %s out", format_tokens(ev->result.output, a));
    if (ev->result.cost > 0)
        buf_addf(out, ", %s", format_cost(ev->result.cost, a));
    buf_addf(out, ", %s", format_duration(ev->result.ms, a));
}

static void model_apply_result(struct model *m, const struct event *ev)
{
    const char *answer = ev->result.answer, *summary = ev->result.summary;
    bool repeats = answer && summary && strcmp(answer, summary) == 0;
    struct item *it = model_add(m, ITEM_RESULT, repeats ? NULL : summary);
    AUTO(buf) figures = {0};
    model_result_figures(ev, &figures);
    model_set(&it->name, ev->result.status ? ev->result.status : "complete");
    model_set(&it->summary, buf_cstr(&figures));
    it->ok = ev->result.success;
    it->version++;
    if (answer && *answer)
        mem_replace(&m->answer, answer);
    mem_replace(&m->loop_level, NULL);
    model_set_phase(m, "idle");
}

void model_apply(struct model *m, const struct event *ev)
{
    switch (ev->type) {
    case EVENT_SESSION_START:
        model_apply_session(m, ev);
        break;
    case EVENT_USER:
        model_apply_user(m, ev);
        break;
    case EVENT_GOAL_START:
        model_set(&m->goal, ev->goal_start.goal);
        model_set_phase(m, "prepare");
        m->round = m->max_rounds = 0;
        break;
    case EVENT_PHASE:
        model_apply_phase(m, ev);
        break;
    case EVENT_ROUND_START:
        m->round = ev->round_start.round;
        m->max_rounds = ev->round_start.max_rounds;
        m->round_first = m->items.len;
        model_close(m);
        break;
    case EVENT_TEXT:
        model_stream(m, ITEM_TEXT, ev->text.text, ev->text.restart);
        break;
    case EVENT_REASONING:
        model_stream(m, ITEM_REASONING, ev->reasoning.text, false);
        break;
    case EVENT_TOOL_CALL:
    case EVENT_TOOL_OUTPUT:
    case EVENT_TOOL_RESULT:
        model_tool_apply(m, ev);
        break;
    case EVENT_TREE:
        model_tree_apply(m, ev);
        break;
    case EVENT_GAUGE:
        model_apply_gauge(m, ev);
        break;
    case EVENT_LOOP_WARNING:
        model_apply_loop(m, ev);
        break;
    case EVENT_MODE:
        model_apply_mode(m, ev);
        break;
    case EVENT_APPROVAL:
        model_approval_apply(m, ev);
        break;
    case EVENT_APPROVAL_DONE:
        model_approval_done(m, ev->approval_done.id);
        break;
    case EVENT_USAGE:
        model_apply_usage(m, ev);
        break;
    case EVENT_NOTICE:
        model_apply_notice(m, ev);
        break;
    case EVENT_ERROR:
        model_set(&model_add(m, ITEM_ERROR, ev->error.text)->name, ev->error.class);
        break;
    case EVENT_REPORT:
        model_set(&model_add(m, ITEM_REPORT, ev->report.text)->name, ev->report.title);
        break;
    case EVENT_CATALOG:
        model_catalog_apply(m, ev);
        break;
    case EVENT_SETTING:
        model_apply_setting(m, ev);
        break;
    case EVENT_COMPACT:
        model_apply_compact(m, ev);
        break;
    case EVENT_CLEAR:
        model_apply_clear(m, ev);
        break;
    case EVENT_JOBS:
        model_jobs_apply(m, ev);
        break;
    case EVENT_PROGRESS: /* the panes show it live */
        break;
    case EVENT_ROUND_END:
        model_close(m);
        break;
    case EVENT_RESULT:
        model_apply_result(m, ev);
        break;
    case EVENT_COUNT:
        break;
    }
}
