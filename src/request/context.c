#include "request/context.h"

#include <string.h>

#include "agent/agent.h"
#include "base/log.h"

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
    free(x->pinned);
    buf_fini(&x->tail);
    free(x->messages);
    free(x->history);
    llm_prefix_free(x->prefix);
    free(x->break_reason);
    free(x->previous_tail);
    *x = (struct context){0};
}

void context_break(struct agent *a, const char *why)
{
    mem_replace(&a->context.break_reason, why);
    a->context.breaks++;
    log_debug("context", "prefix changes: %s", why);
}

int64_t context_reserve(const struct agent *a)
{
    int64_t most = a->modes.window / 4, want = a->cfg->answer_tokens;
    if (a->modes.model && a->modes.model->max_output > 0)
        want = MIN(want, a->modes.model->max_output);
    return MIN(want, most);
}

static void context_segment(struct agent *a, const char *owner, const char *title,
                            enum segment_place place, const char *text, int64_t tokens)
{
    struct segment s = {.owner = owner, .title = mem_strdup(title), .place = place};
    s.bytes = text ? (int64_t)strlen(text) : 0;
    s.tokens = tokens_scale(&a->modes.ratio, tokens);
    s.text = mem_strdup(text);
    VEC_PUSH(&a->context.segments, s);
}

static bool context_has_pinned(const struct context *x, const char *title)
{
    for (size_t i = 0; i < x->segments.len; i++)
        if (x->segments.ptr[i].place == SEGMENT_PINNED &&
            strcmp(x->segments.ptr[i].title, title) == 0)
            return true;
    return false;
}

void context_add(struct agent *a, enum placement where, const char *title, const char *text)
{
    struct context *x = &a->context;
    struct instance *i = a->pipeline.running;
    const char *owner = i ? i->type->type : "agent";
    int64_t tokens = tokens_estimate(text, strlen(text));
    if (!*text)
        return;
    if (where == PLACE_PINNED && context_has_pinned(x, title))
        return; /* two behaviors pin the same notes: once is enough */
    if (i)
        i->context_tokens += tokens;
    if (where == PLACE_TAIL) {
        context_segment(a, owner, title, SEGMENT_TAIL, text, tokens);
        buf_addf(&x->tail, "%s%s", x->tail.len ? "\n\n" : "", text);
        return;
    }
    context_segment(a, owner, title, SEGMENT_PINNED, text, tokens);
}

static void context_build_system(struct agent *a)
{
    AUTO(buf) text = {0};
    if (a->cfg->base_prompt && *a->cfg->base_prompt)
        buf_addf(&text, "%s\n\n", a->cfg->base_prompt);
    buf_adds(&text, a->file.system_prompt);
    while (text.len && text.ptr[text.len - 1] == '\n')
        buf_cut(&text, text.len - 1);
    size_t own = text.len;
    pipeline_instructions(&a->pipeline, &text);
    const struct mode *mode = modes_active(&a->modes);
    const char *manner = mode && mode->instructions ? mode->instructions : NULL;
    if (manner)
        buf_addf(&text, "\n\n%s", manner);
    struct context *x = &a->context;
    if (!x->system || strcmp(x->system, buf_cstr(&text)) != 0) {
        if (x->system)
            context_break(a, "the agent's instructions changed");
        mem_replace(&x->system, buf_cstr(&text));
        x->restated = true;
    }
    AUTO_FREE char *prompt = mem_strndup(x->system, own);
    context_segment(a, "agent", "system prompt", SEGMENT_SYSTEM, prompt,
                    TOKENS_PER_MESSAGE + tokens_estimate(prompt, own));
    if (manner)
        context_segment(a, "mode", mode->name, SEGMENT_SYSTEM, manner,
                        tokens_estimate(manner, strlen(manner)));
    for (size_t k = 0; k < a->pipeline.instances.len; k++) {
        struct instance *i = a->pipeline.instances.ptr[k];
        if (i->instruction_tokens)
            context_segment(a, i->type->type, "instructions", SEGMENT_SYSTEM, NULL,
                            i->instruction_tokens);
        if (i->schema_tokens)
            context_segment(a, i->type->type, "tools", SEGMENT_TOOLS, NULL, i->schema_tokens);
    }
}

/* Pinned segments of all behaviors make one user message after the system prompt. */
static void context_join_pinned(struct agent *a)
{
    struct context *x = &a->context;
    AUTO(buf) text = {0};
    for (size_t i = 0; i < x->segments.len; i++)
        if (x->segments.ptr[i].place == SEGMENT_PINNED)
            buf_addf(&text, "%s%s", text.len ? "\n\n" : "", x->segments.ptr[i].text);
    if (x->pinned && strcmp(x->pinned, buf_cstr(&text)) == 0)
        return;
    if (x->pinned && x->requests)
        context_break(a, "a pinned block changed");
    mem_replace(&x->pinned, buf_cstr(&text));
    x->restated = true;
}

/* The goal must be in front of the model always; its own message may have left the view. */
static void context_restate_goal(struct agent *a)
{
    if (!a->goal.text || conversation_shows(&a->talk, a->goal.text) ||
        strstr(buf_cstr(&a->context.tail), a->goal.text))
        return;
    AUTO_FREE char *text = mem_printf("GOAL: %s", a->goal.text);
    context_segment(a, "agent", "goal", SEGMENT_TAIL, text, tokens_estimate(text, strlen(text)));
    buf_addf(&a->context.tail, "%s%s", a->context.tail.len ? "\n\n" : "", text);
}

int64_t context_history(struct agent *a)
{
    return tokens_scale(&a->modes.ratio, conversation_view_tokens(&a->talk));
}

void context_compact_when(struct agent *a, const struct compaction *how)
{
    if (!a->context.policy.label)
        a->context.policy = *how;
}

int64_t context_sum(struct agent *a)
{
    int64_t n = 0;
    for (size_t i = 0; i < a->context.segments.len; i++)
        n += a->context.segments.ptr[i].tokens;
    return n;
}

void context_collect(struct agent *a)
{
    struct context *x = &a->context;
    context_clear_segments(x);
    x->policy = (struct compaction){0};
    buf_clear(&x->tail);
    context_build_system(a);
    pipeline_enhance(&a->pipeline);
    context_restate_goal(a);
    context_join_pinned(a);
    context_segment(a, "conversation", "history", SEGMENT_HISTORY, NULL,
                    conversation_view_tokens(&a->talk));
}

int64_t context_prune(struct agent *a, int64_t target, const char *how)
{
    struct conversation *c = &a->talk;
    int64_t before = conversation_view_tokens(c), first = conversation_first(c);
    int64_t excess = before - target;
    for (int64_t keep = KEEP_EXCHANGES; keep >= 0 && excess > 0; keep--)
        excess -= conversation_stub_results(c, excess, keep);
    conversation_drop_to(c, target);
    int64_t after = conversation_view_tokens(c), left = conversation_first(c) - first;
    if (after == before)
        return 0;
    context_break(a, how);
    struct event ev = {.type = EVENT_COMPACT};
    ev.compact.messages = left;
    ev.compact.before = tokens_scale(&a->modes.ratio, before);
    ev.compact.after = tokens_scale(&a->modes.ratio, after);
    ev.compact.how = mem_strdup(how);
    outbox_emit(&a->out, &ev);
    return left;
}

/* Half the room when it is nearly full: pruning in steps keeps the prefix whole between. */
static void context_fit(struct agent *a)
{
    int64_t room = a->modes.window - context_reserve(a);
    if (room <= 0 || context_sum(a) <= room * 9 / 10)
        return;
    int64_t fixed = context_sum(a) - context_history(a);
    int64_t target = MAX(room / 2 - fixed, room / 10);
    context_prune(a, target, "the context window was nearly full");
    context_collect(a);
}

static void context_add_message(struct context *x, struct llm_message m)
{
    if (x->message_count == x->message_room) {
        x->message_room = MAX(x->message_room * 2, (size_t)64);
        x->messages = mem_resize(x->messages, x->message_room, sizeof *x->messages);
    }
    x->messages[x->message_count++] = m;
}

/* Only what is new is added, unless something before it changed: a round of a long conversation
 * costs what a round of a short one does. */
static void context_messages(struct agent *a)
{
    struct context *x = &a->context;
    struct conversation *c = &a->talk;
    if (!x->message_count || x->restated || x->changes != c->changes) {
        x->message_count = 0;
        x->epoch++;
        x->restated = false;
        x->changes = c->changes;
        x->next_seq = conversation_first(c);
        context_add_message(x, (struct llm_message){.role = LLM_SYSTEM, .text = x->system});
        if (x->pinned && *x->pinned)
            context_add_message(x, (struct llm_message){.role = LLM_USER, .text = x->pinned});
        if (c->summary.shown)
            context_add_message(x,
                                (struct llm_message){.role = LLM_USER, .text = c->summary.shown});
    }
    for (; x->next_seq <= conversation_last(c); x->next_seq++)
        context_add_message(x, conversation_shown(conversation_at(c, x->next_seq)));
    if (!x->prefix)
        x->prefix = llm_prefix_new();
    free(x->history);
    x->history = NULL;
    x->history_count = 0;
    if (strcmp(a->modes.model->provider, "playbook") == 0)
        x->history_count = conversation_all(&a->talk, &x->history);
}

static struct llm_request context_finish(struct agent *a)
{
    struct context *x = &a->context;
    const char *said = conversation_last_user(&a->talk);
    context_messages(a);
    x->requests++;
    x->estimate = 0;
    for (size_t i = 0; i < x->segments.len; i++)
        x->estimate += x->segments.ptr[i].tokens;
    return x->last = (struct llm_request){
               .model = a->modes.model,
               .mode = modes_active(&a->modes),
               .messages = x->messages,
               .message_count = x->message_count,
               .tail = x->tail.len ? buf_cstr(&x->tail) : NULL,
               .tools = a->pipeline.offers.ptr,
               .tool_count = a->pipeline.offers.len,
               .max_tokens = context_reserve(a),
               .temperature = a->cfg->temperature,
               .goal = a->goal.text,
               .workspace = workspace_path(a->ws),
               .user = said ? said : a->goal.text,
               .goal_number = a->goal.number,
               .history = x->history,
               .history_count = x->history_count,
               .prefix = x->prefix,
               .epoch = x->epoch,
               .used_ids = &a->talk.ids,
               .session = a->out.session,
           };
}

static void context_begin(struct agent *a)
{
    struct context *x = &a->context;
    mem_replace(&x->previous_tail, buf_cstr(&x->tail));
    x->previous_messages = (int64_t)x->message_count;
    mem_replace(&x->break_reason, NULL);
    context_collect(a);
}

struct llm_request context_prepare(struct agent *a)
{
    context_begin(a);
    if (agent_compact_if_due(a))
        context_collect(a);
    context_fit(a);
    return context_finish(a);
}

struct llm_request context_current(struct agent *a)
{
    if (reactor_held(&a->reactor, HOLD_CALL) || a->goal.running)
        return a->context.last;
    context_begin(a);
    return context_finish(a);
}

void agent_emit_gauge(struct agent *a, bool estimated, int64_t used, int64_t cached)
{
    struct event ev = {.type = EVENT_GAUGE};
    ev.gauge.used = used;
    ev.gauge.window = a->modes.window;
    ev.gauge.reserved = context_reserve(a);
    ev.gauge.cached = cached;
    ev.gauge.estimated = estimated;
    ev.gauge.by_owner = context_by_owner(a);
    ev.gauge.window_from = mem_strdup(a->modes.window_from);
    outbox_emit(&a->out, &ev);
}

char *context_by_owner(const struct agent *a)
{
    AUTO_JSON *j = cJSON_CreateObject();
    for (size_t i = 0; i < a->context.segments.len; i++) {
        const struct segment *s = &a->context.segments.ptr[i];
        cJSON *have = cJSON_GetObjectItemCaseSensitive(j, s->owner);
        if (have)
            cJSON_SetNumberValue(have, have->valuedouble + (double)s->tokens);
        else
            json_add_int(j, s->owner, s->tokens);
    }
    return json_print(j);
}
