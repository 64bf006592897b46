#include "ui/views/state_apply.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "ui/views/format.h"
#include "ui/views/state_jobs.h"
#include "ui/views/state_lists.h"
#include "ui/views/state_tool.h"

/* What the text before was in the middle of, when only remarks stand between. */
static struct markdown state_open_markdown(const struct state *st)
{
    for (size_t i = st->items.len; i > st->round_first; i--) {
        const struct item *it = st->items.ptr[i - 1];
        if (it->kind == ITEM_TEXT)
            return markdown_after(it->start, buf_cstr(&it->text), it->text.len);
        if (it->kind == ITEM_USER || it->kind == ITEM_TOOL || it->kind == ITEM_REASONING)
            break;
    }
    return (struct markdown){0};
}

/* The words of an attempt that broke off stay in sight until others come in their place: where
 * none come, they are what the user read. */
static void state_break(struct item *it)
{
    if (!it || it->kind != ITEM_TEXT || it->done || it->text.len == 0)
        return;
    it->broken = true;
    it->version++;
}

static void state_stream(struct state *st, enum item_kind kind, const char *text)
{
    struct item *it = state_last(st);
    if (it && it->broken && !it->done && text && *text) {
        buf_clear(&it->text);
        it->clean = (struct sanitizer){0};
        it->broken = false;
        it->version++;
    }
    if (!it || it->kind != kind || it->done) {
        if (!text || !*text)
            return;
        struct markdown start = state_open_markdown(st);
        it = state_open(st, kind);
        it->start = start;
    }
    state_append(st, it, text);
}

static void state_set_phase(struct state *st, const char *phase)
{
    state_set(&st->phase, phase);
    state_set(&st->phase_detail, NULL);
    st->phase_since_ms = clock_ms();
    st->phase_deadline_ms = st->phase_attempt = 0;
    st->busy = strcmp(st->phase, "idle") != 0;
}

static void state_apply_loop(struct state *st, const struct event *ev)
{
    const char *level = ev->loop_warning.level ? ev->loop_warning.level : "show";
    if (strcmp(level, "clear") == 0) {
        mem_replace(&st->loop_level, NULL);
        return;
    }
    state_set(&st->loop_level, level);
    st->loop_count = ev->loop_warning.count;
    /* One row for one repetition, brought up to date: the header counts too. */
    struct item *it = NULL;
    for (size_t i = st->items.len; i > 0 && !it; i--) {
        struct item *one = st->items.ptr[i - 1];
        if (one->kind == ITEM_USER || one->kind == ITEM_RESULT)
            break;
        if (one->kind == ITEM_LOOP && one->id && ev->loop_warning.signature &&
            strcmp(one->id, ev->loop_warning.signature) == 0)
            it = one;
    }
    if (!it)
        it = state_add(st, ITEM_LOOP, NULL);
    AUTO_FREE char *text = sanitize_text(ev->loop_warning.text, 0);
    buf_clear(&it->text);
    buf_adds(&it->text, text);
    it->version++;
    mem_replace(&it->id, ev->loop_warning.signature);
    state_set(&it->name, level);
}

static void state_apply_mode(struct state *st, const struct event *ev)
{
    const char *active = ev->mode.active ? ev->mode.active : "";
    bool changed = st->mode_known && strcmp(st->mode ? st->mode : "", active) != 0;
    bool by_model = ev->mode.source && strcmp(ev->mode.source, "model") == 0;
    state_set(&st->mode, active);
    state_set(&st->route, ev->mode.route);
    if (ev->mode.model && *ev->mode.model)
        state_set(&st->model_name, ev->mode.model);
    st->mode_known = true;
    if (!changed)
        return;
    AUTO_FREE char *text = mem_printf("%s%s%s", by_model ? "the model chose " : "",
                                      *active ? "mode " : "no behavior mode", active);
    state_remark(st, ITEM_NOTICE, text, NULL);
}

static void state_apply_setting(struct state *st, const struct event *ev)
{
    const struct {
        const char *name;
        char **slot;
    } rows[] = {
        {"agent", &st->agent},         {"approval", &st->policy},  {"sandbox", &st->sandbox},
        {"session", &st->session},     {"model", &st->model_name}, {"branch", &st->branch},
        {"model_why", &st->model_why}, {"effort", &st->effort},    {"name", &st->name},
    };
    if (ev->setting.name && strcmp(ev->setting.name, "no_model") == 0)
        st->no_model = ev->setting.value && strcmp(ev->setting.value, "yes") == 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (ev->setting.name && strcmp(rows[i].name, ev->setting.name) == 0)
            state_set(rows[i].slot, ev->setting.value);
}

static void state_apply_compact(struct state *st, const struct event *ev)
{
    char before[FORMAT_SIZE], after[FORMAT_SIZE];
    bool one = ev->compact.messages == 1;
    AUTO_FREE char *text = mem_printf("%lld message%s left the model's view (%s): %s to %s tokens",
                                      (long long)ev->compact.messages, one ? "" : "s",
                                      ev->compact.how ? ev->compact.how : "pruned",
                                      format_tokens(ev->compact.before, before),
                                      format_tokens(ev->compact.after, after));
    struct item *it = state_add(st, ITEM_COMPACT, ev->compact.summary);
    state_set(&it->summary, text);
    /* Pruning says nothing of the summary; editing without one took it away. */
    bool edited = ev->compact.how && strcmp(ev->compact.how, "edited") == 0;
    if (!ev->compact.summary && !edited)
        return;
    free(st->summary);
    st->summary = ev->compact.summary ? sanitize_text(ev->compact.summary, 0) : NULL;
}

static void state_apply_clear(struct state *st, const struct event *ev)
{
    state_clear_session(st);
    st->round = st->max_rounds = 0;
    st->has_gauge = st->has_usage = false;
    st->limit_used = 0;
    mem_replace(&st->goal, NULL);
    mem_replace(&st->loop_level, NULL);
    mem_replace(&st->answer, NULL);
    mem_replace(&st->summary, NULL);
    state_set(&st->session, ev->clear.next);
}

/* Events of before those that were applied: what they say goes in front. What they would say of
 * the present is old. */
static void state_apply_earlier(struct state *st, const struct event *ev)
{
    static const char words[] = "there is more before this: scroll up, or mien sessions show ID";
    struct state old;
    state_init(&old);
    const char *line = ev->earlier.events ? ev->earlier.events : "";
    for (size_t n; *line; line += n + (line[n] == '\n')) {
        struct event one;
        n = strcspn(line, "\n");
        if (!event_from_json(&one, line, n, NULL))
            continue;
        state_apply(&old, &one);
        event_fini(&one);
    }
    state_prepend(st, &old, ev->earlier.more ? words : NULL);
    if (!st->answer)
        st->answer = mem_strdup(old.answer);
    state_fini(&old);
}

static void state_apply_rewound(struct state *st, const struct event *ev)
{
    const struct event_rewound *r = &ev->rewound;
    AUTO_JSON *kept = r->kept ? json_parse(r->kept, strlen(r->kept), NULL) : NULL;
    bool talk = !r->what || strcmp(r->what, "files") != 0;
    AUTO(buf) text = {0};
    if (talk) {
        state_take_back(st, r->turns);
        mem_replace(&st->goal, NULL);
        st->round = st->max_rounds = 0;
    }
    buf_adds(&text, talk ? "the conversation was taken back to here" : "files were put back");
    if (r->what && strcmp(r->what, "conversation") != 0)
        buf_addf(&text, "%s %lld file%s as then", talk ? ";" : ":", (long long)r->files,
                 r->files == 1 ? " is" : "s are");
    const cJSON *one;
    bool first = true;
    cJSON_ArrayForEach(one, kept)
    {
        if (cJSON_IsString(one))
            buf_addf(&text, "%s%s", first ? "; left as they are: " : ", ", one->valuestring);
        first = false;
    }
    buf_adds(&text, talk ? "" : ". /rewind redo takes that back");
    state_add(st, first ? ITEM_NOTICE : ITEM_WARN, buf_cstr(&text));
    mem_replace(&st->loop_level, NULL);
}

static void state_result_figures(const struct event *ev, struct buf *out)
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

/* Was it said as an error since the goal began? Words of a server need not stand twice. */
static bool state_said_error(const struct state *st, const char *text)
{
    AUTO_FREE char *clean = text ? sanitize_text(text, 0) : NULL;
    for (size_t i = st->items.len; clean && i > 0; i--) {
        const struct item *it = st->items.ptr[i - 1];
        if (it->kind == ITEM_ERROR && strcmp(buf_cstr(&it->text), clean) == 0)
            return true;
        if (it->kind == ITEM_USER || it->kind == ITEM_RESULT)
            break;
    }
    return false;
}

static void state_apply_result(struct state *st, const struct event *ev)
{
    const char *answer = ev->result.answer, *summary = ev->result.summary;
    bool repeats =
        (answer && summary && strcmp(answer, summary) == 0) || state_said_error(st, summary);
    struct item *it = state_add(st, ITEM_RESULT, repeats ? NULL : summary);
    AUTO(buf) figures = {0};
    state_result_figures(ev, &figures);
    state_set(&it->name, ev->result.status ? ev->result.status : "complete");
    state_set(&it->summary, buf_cstr(&figures));
    it->ok = ev->result.success;
    it->version++;
    if (answer && *answer)
        mem_replace(&st->answer, answer);
    mem_replace(&st->loop_level, NULL);
    state_set_phase(st, "idle");
}

void state_apply(struct state *st, const struct event *ev)
{
    struct item *it;
    bool warns;
    assert(ev->type < EVENT_COUNT);
    switch (ev->type) {
    case EVENT_SESSION_START:
        state_set(&st->workspace, ev->session_start.workspace);
        state_set(&st->model_name, ev->session_start.model);
        state_set(&st->agent, ev->session_start.agent);
        state_set(&st->sandbox, ev->session_start.sandbox);
        state_set(&st->policy, ev->session_start.approval);
        break;
    case EVENT_USER:
        it = state_add(st, ITEM_USER, ev->user.text);
        state_set(&it->name, ev->user.how);
        break;
    case EVENT_GOAL_START:
        state_set(&st->goal, ev->goal_start.goal);
        state_set_phase(st, "prepare");
        st->round = st->max_rounds = 0;
        break;
    case EVENT_PHASE:
        state_set_phase(st, ev->phase.phase ? ev->phase.phase : "idle");
        state_set(&st->phase_detail, ev->phase.detail);
        st->phase_deadline_ms = ev->phase.deadline_ms;
        st->phase_attempt = ev->phase.attempt;
        break;
    case EVENT_ROUND_START:
        st->round = ev->round_start.round;
        st->max_rounds = ev->round_start.max_rounds;
        state_close(st);
        st->round_first = st->items.len;
        break;
    case EVENT_TEXT:
        if (ev->text.restart)
            state_break(state_last(st));
        state_stream(st, ITEM_TEXT, ev->text.text);
        break;
    case EVENT_REASONING:
        state_stream(st, ITEM_REASONING, ev->reasoning.text);
        break;
    case EVENT_TOOL_CALL:
    case EVENT_TOOL_OUTPUT:
    case EVENT_TOOL_RESULT:
        state_tool_apply(st, ev);
        break;
    case EVENT_TREE:
        state_tree_apply(st, ev);
        break;
    case EVENT_GAUGE:
        st->has_gauge = true;
        st->gauge_estimated = ev->gauge.estimated;
        st->used = ev->gauge.used;
        st->window = ev->gauge.window;
        st->reserved = ev->gauge.reserved;
        st->cached = ev->gauge.cached;
        break;
    case EVENT_RATE:
        st->limit_used = MIN(MAX(100 - ev->rate.percent, 0), 100);
        break;
    case EVENT_LOOP_WARNING:
        state_apply_loop(st, ev);
        break;
    case EVENT_MODE:
        state_apply_mode(st, ev);
        break;
    case EVENT_APPROVAL:
        state_approval_apply(st, ev);
        break;
    case EVENT_APPROVAL_DONE:
        state_approval_done(st, ev->approval_done.id);
        break;
    case EVENT_USAGE:
        st->has_usage = true;
        st->usage_estimated = ev->usage.estimated;
        st->total_input = ev->usage.total_input;
        st->total_output = ev->usage.total_output;
        st->total_cached = ev->usage.total_cached;
        st->total_cost = ev->usage.total_cost;
        break;
    case EVENT_NOTICE:
        warns = ev->notice.level && strcmp(ev->notice.level, "warn") == 0;
        state_remark(st, warns ? ITEM_WARN : ITEM_NOTICE, ev->notice.text, ev->notice.owner);
        break;
    case EVENT_ERROR:
        state_break(state_last(st));
        it = state_add(st, ITEM_ERROR, ev->error.text);
        if (!ev->error.class || strcmp(ev->error.class, "request") != 0) /* its text says it all */
            state_set(&it->name, ev->error.class);
        break;
    case EVENT_REPORT:
        it = state_add(st, ITEM_REPORT, ev->report.text);
        state_set(&it->name, ev->report.title);
        break;
    case EVENT_CATALOG:
        state_catalog_apply(st, ev);
        break;
    case EVENT_SETTING:
        state_apply_setting(st, ev);
        break;
    case EVENT_COMPACT:
        state_apply_compact(st, ev);
        break;
    case EVENT_CLEAR:
        state_apply_clear(st, ev);
        break;
    case EVENT_JOBS:
        state_jobs_apply(st, ev);
        break;
    case EVENT_WAITING:
        state_waiting_apply(st, ev);
        break;
    case EVENT_KEYBOARD: /* the screen's own */
    case EVENT_PROGRESS: /* the panes show it live */
        break;
    case EVENT_ROUND_END:
        state_close(st);
        break;
    case EVENT_REWOUND:
        state_apply_rewound(st, ev);
        break;
    case EVENT_RESULT:
        state_apply_result(st, ev);
        break;
    case EVENT_EARLIER:
        state_apply_earlier(st, ev);
        break;
    case EVENT_COUNT:
        break;
    }
}
