#include "request/context.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "behavior/pipeline_run.h"
#include "llm/models/family.h"

#define KEEP_EXCHANGES 4

static void context_clear_segments(struct context *x)
{
    for (size_t i = 0; i < x->segments.len; i++) {
        free(x->segments.ptr[i].title);
        free(x->segments.ptr[i].text);
    }
    x->segments.len = 0;
}

void context_fini(struct context *x)
{
    context_clear_segments(x);
    VEC_FREE(&x->segments);
    free(x->system);
    free(x->environment);
    free(x->pinned);
    buf_fini(&x->tail);
    free(x->messages);
    VEC_FREE(&x->history);
    llm_prefix_free(x->prefix);
    free(x->break_reason);
    free(x->previous_tail);
    free(x->shown);
    free(x->left);
    struct words words = {x->talk, x->modes, x->out, 0, 0, 0, false};
    *x = (struct context){.cfg = x->cfg,
                          .file = x->file,
                          .reactor = x->reactor,
                          .out = x->out,
                          .talk = x->talk,
                          .pipeline = x->pipeline,
                          .modes = x->modes,
                          .workspace = x->workspace,
                          .goal = x->goal,
                          .words = words,
                          .arg = x->arg};
}

void context_break(struct context *x, const char *why)
{
    assert(why);
    mem_replace(&x->break_reason, why);
    x->breaks++;
    log_debug("context", "prefix changes: %s", why);
}

int64_t context_reserve(const struct context *x)
{
    int64_t most = x->modes->window / 4, want = x->cfg->answer_tokens;
    if (x->modes->model && x->modes->model->max_output > 0)
        want = MIN(want, x->modes->model->max_output);
    return MIN(want, most);
}

/* Tokens of answer to ask for: what the model writes at most, as far as it fits beside the prompt;
 * 0, none, where nobody knows it: the server does. In halves, for a number that moved with each
 * request would change its beginning. */
static int64_t context_limit(const struct context *x)
{
    const struct model *m = x->modes->model;
    int64_t least = context_reserve(x),
            room = x->modes->window - x->estimate - x->modes->window / 20;
    int64_t most = m->max_output > 0 ? m->max_output : family_of(m)->output;
    while (most > room && most > least)
        most /= 2;
    return most > 0 ? MAX(most, least) : 0;
}

static void context_segment(struct context *x, const char *owner, const char *title,
                            enum segment_place place, const char *text, int64_t tokens)
{
    struct segment s = {.owner = owner, .title = mem_strdup(title), .place = place};
    s.bytes = text ? (int64_t)strlen(text) : 0;
    s.tokens = tokens_scale(&x->modes->ratio, tokens);
    s.text = mem_strdup(text);
    VEC_PUSH(&x->segments, s);
}

static bool context_has_pinned(const struct context *x, const char *title)
{
    for (size_t i = 0; i < x->segments.len; i++)
        if (x->segments.ptr[i].place == SEGMENT_PINNED &&
            strcmp(x->segments.ptr[i].title, title) == 0)
            return true;
    return false;
}

void context_add(struct context *x, enum placement where, const char *title, const char *text)
{
    assert(title && text);
    struct instance *i = x->pipeline->running;
    const char *owner = i ? i->type->type : "agent";
    int64_t tokens = tokens_estimate(text, strlen(text));
    if (!*text)
        return;
    if (where == PLACE_PINNED && context_has_pinned(x, title))
        return; /* two behaviors pin the same notes: once is enough */
    if (i)
        i->context_tokens += tokens;
    if (where == PLACE_TAIL) {
        context_segment(x, owner, title, SEGMENT_TAIL, text, tokens);
        buf_addf(&x->tail, "%s%s", x->tail.len ? "\n\n" : "", text);
        return;
    }
    context_segment(x, owner, title, SEGMENT_PINNED, text, tokens);
}

static void context_build_system(struct context *x)
{
    AUTO(buf) text = {0};
    if (x->cfg->base_prompt && *x->cfg->base_prompt)
        buf_addf(&text, "%s\n\n", x->cfg->base_prompt);
    buf_adds(&text, x->file->system_prompt);
    while (text.len && text.ptr[text.len - 1] == '\n')
        buf_cut(&text, text.len - 1);
    if (x->environment && text.len)
        buf_addf(&text, "\n%s", x->environment);
    size_t own = text.len;
    pipeline_instructions(x->pipeline, &text);
    const struct mode *mode = modes_active(x->modes);
    const char *manner = mode && mode->instructions ? mode->instructions : NULL;
    if (manner)
        buf_addf(&text, "\n\n%s", manner);
    if (!x->system || strcmp(x->system, buf_cstr(&text)) != 0) {
        if (x->system)
            context_break(x, "the agent's instructions changed");
        mem_replace(&x->system, buf_cstr(&text));
        x->restated = true;
    }
    AUTO_FREE char *prompt = mem_strndup(x->system, own);
    context_segment(x, "agent", "system prompt", SEGMENT_SYSTEM, prompt,
                    TOKENS_PER_MESSAGE + tokens_estimate(prompt, own));
    if (manner)
        context_segment(x, "mode", mode->name, SEGMENT_SYSTEM, manner,
                        tokens_estimate(manner, strlen(manner)));
    for (size_t k = 0; k < x->pipeline->instances.len; k++) {
        struct instance *i = x->pipeline->instances.ptr[k];
        if (i->instruction_tokens)
            context_segment(x, i->type->type, "instructions", SEGMENT_SYSTEM, NULL,
                            i->instruction_tokens);
        if (i->schema_tokens)
            context_segment(x, i->type->type, "tools", SEGMENT_TOOLS, NULL, i->schema_tokens);
    }
}

/* Pinned segments of all behaviors make one user message after the system prompt. */
static void context_join_pinned(struct context *x)
{
    AUTO(buf) text = {0};
    for (size_t i = 0; i < x->segments.len; i++)
        if (x->segments.ptr[i].place == SEGMENT_PINNED)
            buf_addf(&text, "%s%s", text.len ? "\n\n" : "", x->segments.ptr[i].text);
    if (x->pinned && strcmp(x->pinned, buf_cstr(&text)) == 0)
        return;
    if (x->pinned && x->requests)
        context_break(x, "a pinned block changed");
    mem_replace(&x->pinned, buf_cstr(&text));
    x->restated = true;
}

/* The goal at work is among what the user said, unless its row is damaged. */
static void context_add_goal(struct context *x, const struct goal_view *goal, struct buf *out)
{
    AUTO_FREE char *there = mem_printf("USER (goal %lld):", (long long)goal->number);
    size_t most = (size_t)MAX(x->modes->window / 4, 400);
    if (!goal->text || conversation_shows(x->talk, goal->text) || strstr(buf_cstr(out), there))
        return;
    buf_addf(out, "%s %.*s\n", there, (int)utf8_cut(goal->text, strlen(goal->text), most),
             goal->text);
}

/* Made once each time that something leaves the view, so that it stands between. */
static void context_collect_left(struct context *x)
{
    struct conversation *c = x->talk;
    const struct goal_view goal = x->goal(x->arg);
    int64_t messages = conversation_first(c) - 1;
    const struct message *first = conversation_at(c, messages + 1);
    if (x->left_messages == messages && x->left_goal == goal.number && messages)
        return;
    AUTO(buf) text = {0};
    if (messages) {
        words_add_left(&x->words, goal.number, &text);
        context_add_goal(x, &goal, &text);
        deeds_add_text(&x->out->deeds, (size_t)MAX(x->modes->window / 3, 400), &text);
    } else if (first && first->role != LLM_USER) {
        context_add_goal(x, &goal, &text);
    }
    bool known = x->left_messages == messages;
    x->left_messages = messages;
    x->left_goal = goal.number;
    mem_replace(&x->left, NULL);
    if (!text.len && !messages)
        return;
    x->left = mem_printf("[%lld earlier messages of this session are no longer shown. What the "
                         "user said in them, and what was done:]\n%s",
                         (long long)messages, buf_cstr(&text));
    if (known && x->requests)
        context_break(x, "another goal begins");
    x->restated = true;
}

char *context_before_view(struct context *x)
{
    const char *left = x->left, *summary = x->talk->summary.shown;
    if (!left || !summary)
        return mem_strdup(left ? left : summary);
    return mem_printf("%s\n%s", left, summary);
}

int64_t context_history(struct context *x)
{
    return tokens_scale(&x->modes->ratio, conversation_view_tokens(x->talk));
}

void context_compact_when(struct context *x, const struct compaction *how)
{
    if (!x->policy.label)
        x->policy = *how;
}

int64_t context_sum(const struct context *x)
{
    int64_t n = 0;
    for (size_t i = 0; i < x->segments.len; i++)
        n += x->segments.ptr[i].tokens;
    return n;
}

void context_collect(struct context *x)
{
    context_clear_segments(x);
    x->policy = (struct compaction){0};
    buf_clear(&x->tail);
    context_build_system(x);
    words_fit(&x->words);
    pipeline_enhance(x->pipeline);
    context_join_pinned(x);
    context_collect_left(x);
    if (x->left)
        context_segment(x, "conversation", "what left the view", SEGMENT_HISTORY, x->left,
                        TOKENS_PER_MESSAGE + tokens_estimate(x->left, strlen(x->left)));
    context_segment(x, "conversation", "history", SEGMENT_HISTORY, NULL,
                    conversation_view_tokens(x->talk));
}

int64_t context_room(struct context *x)
{
    int64_t room = x->modes->window - context_reserve(x);
    return MAX(room * 9 / 10 - (context_sum(x) - context_history(x)), 0);
}

int64_t context_prune(struct context *x, int64_t target, int64_t limit, const char *how)
{
    assert(x->talk && how);
    struct conversation *c = x->talk;
    int64_t before = conversation_view_tokens(c), first = conversation_first(c);
    int64_t excess = before - target;
    for (int64_t keep = KEEP_EXCHANGES; keep > 0 && excess > 0; keep--)
        excess -= conversation_stub_results(c, excess, keep);
    conversation_drop_to(c, target);
    /* What the model has not seen yet is shortened only where it would not fit at all. */
    if (conversation_view_tokens(c) > limit)
        conversation_stub_results(c, conversation_view_tokens(c) - limit, 0);
    int64_t after = conversation_view_tokens(c), left = conversation_first(c) - first;
    if (after == before)
        return 0;
    context_break(x, how);
    struct event ev = {.type = EVENT_COMPACT};
    ev.compact.messages = left;
    ev.compact.before = tokens_scale(&x->modes->ratio, before);
    ev.compact.after = tokens_scale(&x->modes->ratio, after);
    ev.compact.how = mem_strdup(how);
    outbox_emit(x->out, &ev);
    return left;
}

/* Half the room when it is nearly full: pruning in steps keeps the prefix whole between. */
static void context_fit(struct context *x)
{
    int64_t room = x->modes->window - context_reserve(x);
    /* Where a policy compacts, it does so first, at what it says of the window. */
    if (room <= 0 || context_sum(x) <= (x->policy.label ? room : room * 9 / 10))
        return;
    int64_t fixed = context_sum(x) - context_history(x);
    int64_t target = MAX(room / 2 - fixed, room / 10);
    context_prune(x, target, context_room(x), "the context window was nearly full");
    context_collect(x);
}

static void context_add_message(struct context *x, struct llm_message m)
{
    if (x->message_count == x->message_room) {
        x->message_room = MAX(x->message_room * 2, (size_t)64);
        x->messages = mem_resize(x->messages, x->message_room, sizeof *x->messages);
    }
    x->messages[x->message_count++] = m;
}

static bool context_is_answered(struct conversation *c, int64_t seq, const char *id)
{
    const struct message *m;
    while ((m = conversation_at(c, ++seq)) && (m->lost || m->role == LLM_TOOL))
        if (!m->lost && m->call_id && strcmp(m->call_id, id) == 0)
            return true;
    return false;
}

/* A row of the store may be damaged: servers refuse a call that has no result. */
static void context_answer_lost(struct context *x, int64_t seq)
{
    static char damaged[] = "[the result of this call is damaged in the session's file and lost]";
    struct conversation *c = x->talk;
    bool lost = false;
    const struct message *m;
    for (int64_t s = seq + 1; (m = conversation_at(c, s)) && (m->lost || m->role == LLM_TOOL); s++)
        lost |= m->lost;
    m = conversation_at(c, seq);
    for (size_t i = 0; lost && i < m->call_count; i++)
        if (!context_is_answered(c, seq, m->calls[i].id))
            context_add_message(
                x,
                (struct llm_message){.role = LLM_TOOL, .text = damaged, .call_id = m->calls[i].id});
}

/* A result whose call was in a damaged row answers nothing. */
static bool context_is_orphan(struct conversation *c, int64_t seq)
{
    const struct message *m = conversation_at(c, seq), *call;
    int64_t s = seq - 1;
    if (m->lost || m->role != LLM_TOOL || !m->call_id || seq > c->stored)
        return false;
    while ((call = conversation_at(c, s)) && (call->lost || call->role == LLM_TOOL))
        s--;
    for (size_t i = 0; call && i < call->call_count; i++)
        if (strcmp(call->calls[i].id, m->call_id) == 0)
            return false;
    return true;
}

/* Only what is new is added, unless something before it changed: a round of a long conversation
 * costs what a round of a short one does. */
static void context_messages(struct context *x)
{
    struct conversation *c = x->talk;
    assert(x->system && x->modes->model);
    if (!x->message_count || x->restated || x->changes != c->changes) {
        x->message_count = 0;
        x->epoch++;
        x->restated = false;
        x->changes = c->changes;
        x->next_seq = conversation_first(c);
        if (*x->system) /* an empty one is refused by templates of some servers */
            context_add_message(x, (struct llm_message){.role = LLM_SYSTEM, .text = x->system});
        if (x->pinned && *x->pinned)
            context_add_message(x, (struct llm_message){.role = LLM_USER, .text = x->pinned});
        /* Its own copy: the request stays as it was sent when the summary is another. */
        free(x->shown);
        x->shown = context_before_view(x);
        if (x->shown)
            context_add_message(x, (struct llm_message){.role = LLM_USER, .text = x->shown});
    }
    for (; x->next_seq <= conversation_last(c); x->next_seq++) {
        const struct message *m = conversation_at(c, x->next_seq);
        if (!m->lost && !context_is_orphan(c, x->next_seq))
            context_add_message(x, conversation_shown(m));
        if (m->call_count && x->next_seq < c->stored)
            context_answer_lost(x, x->next_seq);
    }
    if (!x->prefix)
        x->prefix = llm_prefix_new();
}

/* A script's state is in all that was said for the goal, also in what left the view. */
static bool context_needs_history(const struct context *x)
{
    return strcmp(x->modes->model->provider, "playbook") == 0;
}

static int64_t context_goal_begins(struct context *x, int64_t goal)
{
    int64_t from = conversation_first(x->talk);
    for (const struct message *m; (m = conversation_at(x->talk, from - 1)); from--)
        if (m->goal != goal && !m->lost)
            break;
    return from;
}

static void context_take_history(struct context *x, int64_t goal)
{
    if (!x->history.len || x->history_goal != goal) {
        x->history.len = 0;
        x->history_goal = goal;
        x->history_to = context_goal_begins(x, goal) - 1;
    }
    while (x->history_to < conversation_last(x->talk)) {
        const struct message *m = conversation_at(x->talk, ++x->history_to);
        if (!m->lost)
            VEC_PUSH(&x->history, conversation_said(m));
    }
}

static struct llm_request context_finish(struct context *x)
{
    const struct goal_view goal = x->goal(x->arg);
    const char *said = conversation_last_user(x->talk);
    bool whole = context_needs_history(x);
    context_messages(x);
    if (whole)
        context_take_history(x, goal.number);
    x->requests++;
    x->estimate = 0;
    for (size_t i = 0; i < x->segments.len; i++)
        x->estimate += x->segments.ptr[i].tokens;
    return x->last = (struct llm_request){
               .model = x->modes->model,
               .mode = modes_active(x->modes),
               .messages = x->messages,
               .message_count = x->message_count,
               .tail = x->tail.len ? buf_cstr(&x->tail) : NULL,
               .tools = x->pipeline->offers.ptr,
               .tool_count = x->pipeline->offers.len,
               .max_tokens = context_limit(x),
               .window = x->modes->window,
               .effort = modes_effort(x->modes),
               .temperature = x->cfg->temperature,
               .goal = goal.text,
               .workspace = x->workspace,
               .user = said ? said : goal.text,
               .goal_number = goal.number,
               .history = whole ? x->history.ptr : NULL,
               .history_count = whole ? x->history.len : 0,
               .prefix = x->prefix,
               .epoch = x->epoch,
               .used_ids = &x->talk->ids,
               .session = x->out->session,
           };
}

void context_begin(struct context *x)
{
    assert(!reactor_held(x->reactor, HOLD_CALL)); /* a call reads the request before */
    mem_replace(&x->previous_tail, buf_cstr(&x->tail));
    x->previous_messages = (int64_t)x->message_count;
    mem_replace(&x->break_reason, NULL);
    context_collect(x);
}

struct llm_request context_prepare(struct context *x)
{
    context_fit(x);
    return context_finish(x);
}

struct llm_request context_current(struct context *x)
{
    if (reactor_held(x->reactor, HOLD_CALL) || x->goal(x->arg).running)
        return x->last;
    context_begin(x);
    return context_finish(x);
}

/* Tokens by owner, as a JSON object. Caller frees. */
static char *context_by_owner(const struct context *x)
{
    AUTO_JSON *j = cJSON_CreateObject();
    for (size_t i = 0; i < x->segments.len; i++) {
        const struct segment *s = &x->segments.ptr[i];
        cJSON *have = cJSON_GetObjectItemCaseSensitive(j, s->owner);
        if (have)
            cJSON_SetNumberValue(have, have->valuedouble + (double)s->tokens);
        else
            json_add_int(j, s->owner, s->tokens);
    }
    return json_print(j);
}

void context_emit_gauge(struct context *x, bool estimated, int64_t used, int64_t cached)
{
    struct event ev = {.type = EVENT_GAUGE};
    ev.gauge.used = used;
    ev.gauge.window = x->modes->window;
    ev.gauge.reserved = context_reserve(x);
    ev.gauge.cached = cached;
    ev.gauge.estimated = estimated;
    ev.gauge.by_owner = context_by_owner(x);
    ev.gauge.window_from = mem_strdup(x->modes->window_from);
    outbox_emit(x->out, &ev);
}
