/* The loop that works on one goal: PREPARE, CALL, PARSE, EXECUTE, EVALUATE, top to bottom. */
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "behavior/deferred.h"
#include "behavior/hooks.h"
#include "behavior/pipeline_run.h"
#include "config/texts.h"
#include "llm/models/family.h"

#define CONTEXT_RETRIES 3

/* ---- waiting for the model ---- */

struct listener {
    struct agent *a;
    struct buf shown;           /* what of the answer was shown so far */
    struct buf cut;             /* what was shown of the attempt before, which broke off */
    struct buf text, reasoning; /* the ends that may be the beginning of a secret */
    struct loop_timer *thinks;  /* NULL once it fired */
};

static void show(struct listener *l, enum event_type type, struct buf *masked)
{
    struct event ev = {.type = type};
    if (!masked->len)
        return;
    if (type == EVENT_TEXT)
        ev.text.text = buf_take(masked);
    else
        ev.reasoning.text = buf_take(masked);
    outbox_emit(l->a->out, &ev);
}

static void show_rest(struct listener *l, enum event_type type)
{
    AUTO(buf) masked = {0};
    log_mask_rest(type == EVENT_TEXT ? &l->text : &l->reasoning, &masked);
    show(l, type, &masked);
}

static void heard_text(void *arg, const char *s, size_t n)
{
    struct listener *l = arg;
    AUTO(buf) masked = {0};
    buf_add(&l->shown, s, n);
    show_rest(l, EVENT_REASONING);
    log_mask_part(&l->text, &masked, s, n);
    show(l, EVENT_TEXT, &masked);
}

static void heard_reasoning(void *arg, const char *s, size_t n)
{
    struct listener *l = arg;
    AUTO(buf) masked = {0};
    show_rest(l, EVENT_TEXT);
    log_mask_part(&l->reasoning, &masked, s, n);
    show(l, EVENT_REASONING, &masked);
}

static void heard_restart(void *arg)
{
    struct listener *l = arg;
    struct event ev = {.type = EVENT_TEXT};
    ev.text.text = mem_strdup("");
    ev.text.restart = true;
    if (l->shown.len) {
        buf_clear(&l->cut);
        buf_add(&l->cut, l->shown.ptr, l->shown.len);
    }
    buf_clear(&l->shown);
    buf_clear(&l->text);
    buf_clear(&l->reasoning);
    outbox_emit(l->a->out, &ev);
}

static void heard_phase(void *arg, const char *phase, int64_t wait_ms, int attempt,
                        const char *detail)
{
    struct listener *l = arg;
    outbox_phase(l->a->out, phase, wait_ms, attempt, detail);
}

static void keep_text(struct agent *a, const char *text, const char *reasoning)
{
    if (reasoning && *reasoning) {
        struct event ev = {.type = EVENT_REASONING};
        ev.reasoning.text = mem_strdup(reasoning);
        outbox_keep(a->out, &ev);
    }
    if (text && *text) {
        struct event ev = {.type = EVENT_TEXT};
        ev.text.text = mem_strdup(text);
        outbox_keep(a->out, &ev);
    }
}

/* The model takes its time: what the files are is kept meanwhile. One that answers at once in words
 * is not slowed down by it. */
#define THINKS_MS 30
static void model_thinks(void *arg)
{
    struct listener *l = arg;
    l->thinks = NULL;
    agent_files_begin(l->a);
}

/* *asked: what the call was made with; its model and mode stay, though the user may choose
 * others meanwhile. */
static bool call_model(struct agent *a, struct llm_request *asked, struct llm_reply *reply,
                       struct llm_failure *f)
{
    context_begin(a->context);
    (void)compact_if_due(a->compactor);
    *asked = context_prepare(a->context);
    context_emit_gauge(a->context, true, a->context->estimate, 0);
    struct listener l = {.a = a};
    struct llm_watch watch = {&l, heard_text, heard_reasoning, heard_restart, heard_phase};
    l.thinks = loop_timer_add(a->reactor->loop, clock_ms() + THINKS_MS, model_thinks, &l);
    bool ok = model_call_run(a->call, asked, &watch, reply, f);
    loop_timer_remove(a->reactor->loop, l.thinks);
    show_rest(&l, EVENT_REASONING);
    show_rest(&l, EVENT_TEXT);
    /* Where no attempt came further, the words of the last are still what the user saw. */
    const struct buf *words = ok || l.shown.len ? &l.shown : &l.cut;
    keep_text(a, reply->text ? reply->text : buf_cstr(words), reply->reasoning);
    buf_fini(&l.shown);
    buf_fini(&l.cut);
    return ok;
}

/* ---- one round ---- */

enum outcome agent_interrupted(const struct agent *a)
{
    return !reactor_stopped(a->reactor)                 ? OUTCOME_NONE
           : a->reactor->interrupt == INTERRUPT_TIMEOUT ? OUTCOME_TIMEOUT
                                                        : OUTCOME_CANCELLED;
}

static enum outcome over_limit(struct agent *a)
{
    const struct goal *g = &a->goal;
    int64_t tokens = a->usage->goal.input + a->usage->goal.output;
    const char *what = NULL;
    if (g->rounds >= a->limits.rounds)
        what = "rounds (rounds.max_global, --max-rounds)";
    else if (a->limits.tokens > 0 && tokens >= a->limits.tokens)
        what = "tokens (limits.tokens, --max-tokens)";
    else if (a->limits.money > 0 && a->usage->goal.cost >= a->limits.money)
        what = "money (limits.money, --max-money)";
    if (!what)
        return OUTCOME_NONE;
    mem_replace(&a->goal.summary, "");
    free(a->goal.summary);
    a->goal.summary = mem_printf("stopped at the goal's limit of %s", what);
    outbox_error(a->out, "limit", false,
                 "The goal reached its limit of %s; raise it, then go on with "
                 "/continue or mien exec -c",
                 what);
    return OUTCOME_LIMIT;
}

static void take_steering(struct agent *a)
{
    for (size_t i = 0; i < a->asides.len; i++) {
        agent_append_note(a, a->asides.ptr[i]);
        free(a->asides.ptr[i]);
    }
    a->session->dirty |= a->asides.len > 0;
    a->asides.len = 0;
    if (a->steer.len == 0)
        return;
    while (a->steer.len > 0) {
        struct error e = {0};
        AUTO_FREE char *whole = a->steer.ptr[0];
        const char *text = whole;
        memmove(a->steer.ptr, a->steer.ptr + 1, --a->steer.len * sizeof *a->steer.ptr);
        if (!modes_take_flag(a->modes, &text, true, &e))
            outbox_refused(a->out, &e);
        agent_append_user(a, text, NULL);
        a->session->dirty = true;
        outbox_durable(a->out); /* as it leaves what waits it is among what was said */
        outbox_user(a->out, whole, "steer");
    }
    outbox_waiting(a->out, "steer", NULL, 0, NULL);
}

/* Tools that came or went since the last request: the prefix changes with them. */
static void remake_tools(struct agent *a)
{
    if (deferred_settle(a->pipeline))
        context_break(a->context, "deferred tools are offered now");
    if (pipeline_suit_model(a->pipeline, model_edit(a->modes->model), model_sees(a->modes->model)))
        context_break(a->context, "the model works with other tools");
    for (size_t k = 0; k < a->pipeline->instances.len; k++) {
        struct instance *i = a->pipeline->instances.ptr[k];
        struct error e = {0};
        if (!i->tools_changed)
            continue;
        i->tools_changed = false;
        pipeline_remake(a->pipeline, i, &e);
        context_break(a->context, "a behavior's tools changed");
        if (e.code != ERR_NONE)
            outbox_notice(a->out, "warn", i->type->type, "%s", e.text);
    }
}

static void round_begin(struct agent *a)
{
    struct node *n = tree_find(a->tree, a->tree->active);
    modes_plan(a->modes, a->permit->policy == POLICY_PLAN);
    modes_refresh(a->modes);
    remake_tools(a);
    a->goal.rounds++;
    a->goal.node = n ? n->id : 0;
    a->out->round = a->goal.rounds;
    a->out->round_limit = a->limits.rounds;
    if (n)
        n->rounds++; /* charged to what is active now, here and nowhere else */
    a->tree->changes++;
    struct event ev = {.type = EVENT_ROUND_START};
    ev.round_start.round = a->goal.rounds;
    ev.round_start.max_rounds = a->limits.rounds;
    ev.round_start.node = n ? n->id : 0;
    ev.round_start.node_rounds = n ? n->rounds : 0;
    ev.round_start.node_max_rounds = a->cfg->rounds_per_subtask;
    outbox_emit(a->out, &ev);
    agent_checks_begin(a);
    pipeline_update(a->pipeline, a->goal.text, a->goal.rounds);
}

static void round_end(struct agent *a, int64_t tools, enum llm_finish finish, int64_t own_us)
{
    pipeline_round_end(a->pipeline);
    hooks_run(a->hooks, "on_round_end", NULL);
    if (a->goal.touched)
        agent_files_mark(a, SNAPSHOT_AGENT, false);
    struct event ev = {.type = EVENT_ROUND_END};
    ev.round_end.round = a->goal.rounds;
    ev.round_end.tools = tools;
    ev.round_end.own_us = own_us;
    ev.round_end.finish = mem_strdup(llm_finish_name(finish));
    outbox_emit(a->out, &ev); /* stored with what the next round asks for */
}

static void append_assistant(struct agent *a, struct llm_reply *r)
{
    struct message m = {.role = LLM_ASSISTANT,
                        .text = r->text,
                        .calls = r->calls,
                        .call_count = r->call_count,
                        .parts = r->parts,
                        .goal = a->goal.number};
    /* The strings are the message's now; executing reads them there. */
    r->text = NULL;
    r->parts = (struct llm_parts){0};
    r->calls = NULL;
    r->call_count = 0;
    conversation_append(a->talk, m);
}

/* A context error teaches the window; pruning makes room; the call is tried again. */
static bool recover_context(struct agent *a, const struct llm_request *asked,
                            const struct llm_failure *f, int tries)
{
    if (f->class != LLM_CONTEXT || tries >= CONTEXT_RETRIES)
        return false;
    if (asked->model != a->modes->model)
        return true; /* another model now: it may take it as it is */
    int64_t window = a->modes->window;
    if (f->window > 0 && f->window < window)
        modes_set_window(a->modes, f->window, "the server's error message");
    if (f->requested > 0)
        tokens_learn(&a->modes->ratio, a->context->estimate, f->requested);
    int64_t target = (a->modes->window - context_reserve(a->context)) / (2 << tries);
    int64_t before = conversation_view_tokens(a->talk);
    static const char how[] = "the server refused a prompt as too long";
    if (tries > 0 || !compact_hard(a->compactor, how))
        context_prune(a->context, target, target, how);
    /* Where nothing could leave and nothing new was learned, it would be refused again: the
     * server's words are the goal's end. A refusal that counted the prompt taught how it counts,
     * and one without a number may be another deployment's: asked once more. */
    bool less = conversation_view_tokens(a->talk) < before;
    bool known = f->window > 0 && f->requested <= 0;
    if (!less && a->modes->window == window && (known || tries > 0))
        return false;
    outbox_notice(a->out, "warn", "context",
                  "The server says the prompt is too long (window %lld tokens)%s",
                  (long long)a->modes->window, less ? "; older messages made room" : "");
    return true;
}

static enum outcome call_failed(struct agent *a, const struct llm_failure *f)
{
    enum outcome o = agent_interrupted(a);
    if (o != OUTCOME_NONE)
        return o;
    AUTO(buf) masked = {0};
    log_mask(&masked, f->error.text, strlen(f->error.text));
    mem_replace(&a->goal.summary, buf_cstr(&masked));
    mem_replace(&a->last_error, llm_class_name(f->class));
    outbox_error(a->out, llm_class_name(f->class), false, "%s", f->error.text);
    return OUTCOME_ERROR;
}

/* What the batch of tool calls decided. */
static enum outcome evaluate(struct agent *a)
{
    if (a->goal.loop_stop)
        return OUTCOME_LOOP;
    if (a->goal.end_asked)
        return a->goal.end_success ? OUTCOME_COMPLETE : OUTCOME_FAILED;
    return agent_interrupted(a);
}

static void share_tokens(struct agent *a, const struct llm_reply *r)
{
    struct node *n = tree_find(a->tree, a->tree->active);
    if (n)
        n->tokens += r->usage.input + r->usage.output;
}

/* Calls are on disk before any of them runs. What only reads, or edits the tree that is saved
 * beside them, can be asked again after a power cut and need not wait for the disk. */
static bool commit_calls(struct agent *a, int64_t said)
{
    const struct message *m = conversation_at(a->talk, said);
    for (size_t i = 0; i < m->call_count; i++) {
        int tool = pipeline_find_tool(a->pipeline, m->calls[i].name);
        if (tool >= 0 && !(a->pipeline->tools.ptr[tool]->tool->flags & (TOOL_READS | TOOL_TREE))) {
            return session_commit(a->session);
        }
    }
    return session_commit_soon(a->session);
}

/* Nobody would see the warning: what is not recorded does not run. */
static enum outcome unrecorded(struct agent *a)
{
    static const char why[] = "the session cannot be written, and nobody is here to be told";
    mem_replace(&a->goal.summary, why);
    outbox_error(a->out, "session", false,
                 "Nothing was run: %s. Make room, or set MIEN_STATE_DIR to a place that can be "
                 "written",
                 why);
    return OUTCOME_CONFIG;
}

/* One model call and what it asked for. OUTCOME_NONE: go on. */
static void account(struct agent *a, const struct llm_request *asked, const struct llm_reply *reply)
{
    const struct llm_usage *used = &reply->usage;
    int64_t estimate = a->context->estimate;
    usage_call(a->usage, asked, reply, estimate,
               asked->model == a->modes->model ? &a->modes->ratio : NULL);
    context_emit_gauge(a->context, !used->reported,
                       used->reported ? used->input + used->output : estimate, used->cached);
}

/* A call ended the goal and nothing was said beside it: the answer is what the user reads. What
 * tells of the whole goal by itself, a report or a summary, needs no more words. */
static enum outcome ask_last_words(struct agent *a)
{
    if (a->delegated || a->goal.told)
        return OUTCOME_COMPLETE;
    a->goal.ended = OUTCOME_COMPLETE;
    agent_append_note(a, texts_get(a->cfg->texts, "finish.last_words"));
    return OUTCOME_NONE;
}

static enum outcome take_last_words(struct agent *a, int64_t said)
{
    const char *words = conversation_at(a->talk, said)->text;
    if (words && *words)
        mem_replace(&a->goal.answer, words);
    agent_answer_unanswered(a, "Not run: the goal had already ended.");
    return a->goal.ended;
}

static enum outcome one_round(struct agent *a)
{
    struct llm_request asked;
    struct llm_reply reply = {0};
    struct llm_failure f = {0};
    int64_t began =
        clock_us() - reactor_waited_us(a->reactor); /* own time: the clock less waiting */
    round_begin(a);
    outbox_phase(a->out, "prepare", 0, 0, NULL);
    int tries = 0;
    bool ok = call_model(a, &asked, &reply, &f);
    while (!ok && recover_context(a, &asked, &f, tries)) {
        tries++;
        llm_reply_fini(&reply);
        ok = call_model(a, &asked, &reply, &f);
    }
    if (!ok) {
        llm_reply_fini(&reply);
        return a->goal.ended != OUTCOME_NONE ? a->goal.ended : call_failed(a, &f);
    }
    outbox_phase(a->out, "parse", 0, 0, NULL);
    account(a, &asked, &reply);
    share_tokens(a, &reply);
    size_t calls = reply.call_count;
    enum llm_finish finish = reply.finish;
    AUTO_FREE char *void_note = mem_strdup(reply.void_note);
    append_assistant(a, &reply);
    int64_t said = conversation_last(a->talk);
    if (calls && !commit_calls(a, said) && !a->interactive) {
        llm_reply_fini(&reply);
        return unrecorded(a);
    }
    enum outcome o;
    int64_t ran = 0;
    if (a->goal.ended != OUTCOME_NONE) {
        o = take_last_words(a, said);
    } else if (calls) {
        a->goal.nudges = a->goal.continued = 0;
        outbox_phase(a->out, "execute", 0, 0, NULL);
        ran = agent_execute(a, &reply);
        outbox_phase(a->out, "evaluate", 0, 0, NULL);
        o = evaluate(a);
        const char *words = conversation_at(a->talk, said)->text;
        if (o != OUTCOME_NONE && words && *words)
            mem_replace(&a->goal.answer, words); /* the last words are the answer */
        else if (o == OUTCOME_COMPLETE)
            o = ask_last_words(a);
    } else {
        o = agent_talked(a, void_note, finish);
    }
    round_end(a, ran, finish, clock_us() - reactor_waited_us(a->reactor) - began);
    llm_reply_fini(&reply);
    return o;
}

/* Everything in the tree may have been ended by the user's hand. */
static enum outcome ended_by_tree(struct agent *a)
{
    if (!agent_advance(a))
        return OUTCOME_NONE;
    const struct node *root = tree_find(a->tree, a->tree->goal);
    return root && root->state == NODE_FAILED ? OUTCOME_FAILED : OUTCOME_COMPLETE;
}

static void goal_goes_on(struct agent *a)
{
    a->goal.end_asked = false;
    a->goal.ended = OUTCOME_NONE;
    if (tree_find(a->tree, a->tree->goal))
        tree_set_state(a->tree, a->tree->goal, NODE_PENDING, NULL);
}

static enum outcome work(struct agent *a)
{
    for (;;) {
        reactor_serve(a->reactor);
        enum outcome o = agent_interrupted(a);
        if (o == OUTCOME_NONE)
            o = over_limit(a);
        if (o == OUTCOME_NONE)
            o = ended_by_tree(a);
        if (o != OUTCOME_NONE)
            return o;
        take_steering(a);
        const struct node *n = tree_find(a->tree, a->tree->active);
        int64_t most = a->cfg->rounds_per_subtask;
        if (n && most > 0 && n->rounds >= most) {
            if (!agent_escalate(a, "it used all its rounds"))
                return agent_interrupted(a) ? agent_interrupted(a) : OUTCOME_FAILED;
            continue;
        }
        o = one_round(a);
        if (o == OUTCOME_COMPLETE && a->steer.len) {
            goal_goes_on(a);
            continue; /* the user said something meanwhile: it is not over */
        }
        if (o != OUTCOME_NONE)
            return o;
    }
}

enum outcome agent_run_goal(struct agent *a, const char *text)
{
    reactor_hold(a->reactor, HOLD_STAGE);
    agent_goal_begin(a, text);
    enum outcome o = work(a);
    if (a->goal.ended != OUTCOME_NONE) /* whatever cut its last words short */
        o = a->goal.ended;
    AUTO_FREE char *why = mem_printf("Not run: %s.", agent_end_words(a, o));
    agent_answer_unanswered(a, why);
    agent_goal_end(a, o);
    reactor_release(a->reactor, HOLD_STAGE);
    return o;
}
