/* A goal's beginning and its end: what is set, told, kept and left behind. */
#include <string.h>

#include "agent/agent.h"
#include "base/clock.h"
#include "behavior/hooks.h"
#include "behavior/pipeline_run.h"
#include "config/texts.h"
#include "session/dump.h"

const char *agent_end_words(const struct agent *a, enum outcome o)
{
    static const char *const words[] = {
        [OUTCOME_NONE] = "the goal was left open",
        [OUTCOME_COMPLETE] = "the goal had already ended",
        [OUTCOME_FAILED] = "the goal had already ended",
        [OUTCOME_UNCONFIRMED] = "the goal had already ended",
        [OUTCOME_LIMIT] = "the goal reached its limit",
        [OUTCOME_TIMEOUT] = "the goal's time was up",
        [OUTCOME_LOOP] = "loop detection stopped the goal",
        [OUTCOME_CANCELLED] = "the user interrupted",
        [OUTCOME_ERROR] = "the model could not be reached",
        [OUTCOME_CONFIG] = "the session cannot be written",
    };
    return reactor_stopped(a->reactor) ? permit_stop_words(a->reactor->interrupt) : words[o];
}

void agent_append_user(struct agent *a, const char *text, const char *how)
{
    struct llm_parts parts = {0};
    AUTO(buf) chips = {0}, shown = {0};
    agent_attach_named(a, text, &parts, &chips, &shown);
    char *whole = chips.len ? mem_printf("%s\n\n%s", text, buf_cstr(&chips)) : mem_strdup(text);
    AUTO_FREE char *told =
        shown.len ? mem_printf("%s\n\n%s", text, buf_cstr(&shown)) : mem_strdup(text);
    conversation_append(
        a->talk,
        (struct message){.role = LLM_USER, .text = whole, .parts = parts, .goal = a->goal.number});
    if (!how)
        return;
    outbox_durable(a->out); /* what is shown as said is on disk */
    outbox_user(a->out, told, how);
    if (strcmp(how, "goal") != 0)
        outbox_ledger(a->out, "USER", told);
}

void agent_append_note(struct agent *a, const char *text)
{
    conversation_append(a->talk, (struct message){.role = LLM_USER,
                                                  .text = mem_strdup(text),
                                                  .note = true,
                                                  .goal = a->goal.number});
}

void agent_note_later(struct agent *a, const char *text)
{
    if (!a->goal.running)
        agent_append_note(a, text);
    else
        VEC_PUSH(&a->asides, mem_strdup(text));
    a->session->dirty = true;
}

void agent_note_once(struct agent *a, const char *text)
{
    if (a->noted || a->goal.number != 1 || a->goal.resumed)
        return;
    a->noted = true;
    agent_append_note(a, text);
}

static const char lost[] = "mien ended while this ran. It may or may not have taken effect: look "
                           "at the real state before doing it again.";

static void goal_fini(struct goal *g)
{
    char *owned[] = {g->text, g->summary, g->answer, g->report};
    for (size_t i = 0; i < COUNT_OF(owned); i++)
        free(owned[i]);
    *g = (struct goal){0};
}

static void goal_fresh(struct agent *a, const char *text)
{
    struct error e = {0};
    const char *plain = text;
    if (!modes_take_flag(a->modes, &plain, true, &e)) /* it was looked at when it was sent */
        outbox_refused(a->out, &e);
    text = plain;
    goal_fini(&a->goal);
    /* It runs from here on: whatever is written down next, a crash leaves it open. */
    a->goal = (struct goal){.text = mem_strdup(text), .number = ++a->next_goal, .running = true};
    usage_begin_goal(a->usage, true);
    a->out->round = 0;
    a->out->round_limit = a->limits.rounds;
    tree_add_goal(a->tree, text);
    agent_append_user(a, text, "goal");
    if (a->permit->policy == POLICY_PLAN)
        agent_append_note(a, texts_get(a->cfg->texts, "plan.begin"));
}

/* The next step of a goal that a crash or a stop cut short. */
static void goal_take_up(struct agent *a)
{
    agent_answer_unanswered(a, lost);
    a->goal.resumed = true;
    a->goal.end_asked = a->goal.loop_stop = false;
    a->goal.nudges = a->goal.unknown = 0;
    usage_begin_goal(a->usage, false);
}

void agent_goal_begin(struct agent *a, const char *text)
{
    reactor_clear(a->reactor);
    mem_replace(&a->last_tool, NULL);
    mem_replace(&a->last_error, NULL);
    if (text)
        agent_answer_unanswered(a, lost); /* of a goal that a crash cut short and nobody takes up */
    if (text)
        goal_fresh(a, text);
    else
        goal_take_up(a);
    a->goal.running = true;
    a->tree->at_work = true;
    a->goal.started_ms = clock_ms();
    a->goal.waited_ms = 0;
    a->last_outcome = OUTCOME_NONE;
    if (a->limits.seconds > 0) {
        a->limits.deadline_ms = a->goal.started_ms + a->limits.seconds * 1000;
        agent_clock_start(a);
    }
    a->goal.kept = a->goal.acted = false;
    if (hooks_want(a->hooks, "on_goal_start") || hooks_want(a->hooks, "on_goal_complete"))
        agent_files_await(a);
    outbox_ledger(a->out, text ? "GOAL" : "RESUME", a->goal.text);
    struct event ev = {.type = EVENT_GOAL_START};
    ev.goal_start.goal = mem_strdup(a->goal.text);
    ev.goal_start.resumed = !text;
    outbox_emit(a->out, &ev);
    agent_emit_tree(a);
    pipeline_update(a->pipeline, a->goal.text, a->goal.rounds);
    pipeline_goal_start(a->pipeline);
    hooks_run(a->hooks, "on_goal_start", NULL);
    session_commit(a->session);
    session_put_line(a->session);
}

static void goal_mark_root(struct agent *a, enum outcome o)
{
    struct node *root = tree_find(a->tree, a->tree->goal);
    if (!root)
        return;
    if (o == OUTCOME_COMPLETE)
        tree_set_state(a->tree, root->id, NODE_DONE, NULL);
    else if (o == OUTCOME_FAILED)
        tree_set_state(a->tree, root->id, NODE_FAILED, NULL);
    tree_activate(a->tree, 0); /* going on picks its leaf anew */
    agent_emit_tree(a);
}

static bool outcome_leaves_open(enum outcome o)
{
    return o == OUTCOME_CANCELLED || o == OUTCOME_ERROR || o == OUTCOME_TIMEOUT ||
           o == OUTCOME_LIMIT || o == OUTCOME_LOOP;
}

static void dump(struct agent *a, int64_t ms)
{
    const struct dump d = {.elapsed_ms = ms,
                           .goal = a->goal.text,
                           .model = a->modes->model ? a->modes->model->name : "",
                           .window = a->modes->window,
                           .context = a->context,
                           .tree = a->tree};
    dump_write(&d, a->out);
}

/* What a goal that ran out of time leaves: events, a dump, and words on how far it came. */
static void goal_timed_out(struct agent *a, int64_t ms)
{
    pipeline_timeout(a->pipeline, (double)ms / 1000);
    hooks_run(a->hooks, "on_timeout", NULL);
    if (a->cfg->timeout_dump)
        dump(a, ms);
    if (!a->cfg->timeout_summary)
        return;
    struct goal_stats s;
    agent_goal_stats(a, &s);
    const struct node *n = tree_find(a->tree, a->tree->active);
    const struct ledger_line *last =
        a->out->ledger.lines.len ? &a->out->ledger.lines.ptr[a->out->ledger.lines.len - 1] : NULL;
    free(a->goal.summary);
    a->goal.summary = mem_printf(
        "timed out after %lld s and %lld rounds; %lld of %lld steps done; at work: %s; last: %s %s",
        (long long)ms / 1000, (long long)s.rounds, (long long)(s.tasks_done + s.subtasks_done),
        (long long)(s.tasks + s.subtasks), n ? n->title : "the goal", last ? last->kind : "",
        last ? last->detail : "nothing");
}

/* What each check of the goal showed, and when: the end is as good as they are. */
static void tell_checks(struct agent *a)
{
    for (size_t i = 0; i < a->tree->nodes.len; i++) {
        const struct node *n = &a->tree->nodes.ptr[i];
        AUTO(buf) words = {0};
        if (!n->check || !tree_is_within(a->tree, n->id, a->tree->goal))
            continue;
        check_words(n, &words);
        if (words.len)
            outbox_notice(a->out, n->check_state == CHECK_GREEN && n->red_round ? "info" : "warn",
                          "check", "\"%s\": %s: %s", n->title, check_command(n), buf_cstr(&words));
    }
}

void agent_goal_end(struct agent *a, enum outcome o)
{
    agent_clock_stop(a);
    int64_t ms = clock_ms() - a->goal.started_ms;
    if (o == OUTCOME_TIMEOUT)
        goal_timed_out(a, ms);
    goal_mark_root(a, o);
    a->last_outcome = o;
    a->after.len = 0;
    pipeline_goal_complete(a->pipeline, o == OUTCOME_COMPLETE, outcome_name(o));
    cJSON *end = cJSON_CreateObject();
    json_add_bool(end, "success", o == OUTCOME_COMPLETE);
    json_add_str(end, "status", outcome_name(o));
    hooks_run(a->hooks, "on_goal_complete", end);
    if (o != OUTCOME_CANCELLED)
        usage_goal_ended(a->usage, a->modes->model, modes_active(a->modes), o == OUTCOME_COMPLETE);
    modes_forget(a->modes);
    /* A goal that only stopped can be gone on with; one that was killed is still `running`. */
    a->goal.running = false;
    a->tree->at_work = false;
    a->goal.resumed = outcome_leaves_open(o);
    tell_checks(a);
    agent_checks_end(a);
    shell_goal_ended(a->shell);
    agent_files_settle(a);
    agent_forget_news(a);
    outbox_ledger(a->out, "END", outcome_name(o));
    struct event ev = {.type = EVENT_RESULT};
    ev.result.success = o == OUTCOME_COMPLETE;
    ev.result.status = mem_strdup(outcome_name(o));
    ev.result.summary = mem_strdup(a->goal.summary ? a->goal.summary : "");
    ev.result.answer = mem_strdup(a->goal.answer ? a->goal.answer : "");
    ev.result.rounds = a->goal.rounds;
    ev.result.input = a->usage->goal.input;
    ev.result.cached = a->usage->goal.cached;
    ev.result.output = a->usage->goal.output;
    ev.result.cost = a->usage->goal.cost;
    ev.result.ms = ms;
    ev.result.report = mem_strdup(a->goal.report);
    outbox_emit(a->out, &ev);
    outbox_phase(a->out, "idle", 0, 0, NULL);
    session_commit(a->session);
    session_put_line(a->session);
    reactor_clear(a->reactor);
}

bool agent_after_next(struct agent *a)
{
    if (a->after.len == 0 || reactor_stopped(a->reactor))
        return false;
    struct after_goal next = a->after.ptr[0];
    memmove(a->after.ptr, a->after.ptr + 1, --a->after.len * sizeof *a->after.ptr);
    pipeline_after(a->pipeline, next.instance, next.fn);
    return true;
}

/* Goals are roots of the tree, in the order of their numbers; their steps stay to be read. */
void agent_goals_taken_back(struct agent *a, int64_t number)
{
    int64_t k = 0;
    VEC(int64_t) roots = {0};
    for (size_t i = 0; i < a->tree->nodes.len; i++)
        if (a->tree->nodes.ptr[i].parent == 0 && ++k >= number)
            VEC_PUSH(&roots, a->tree->nodes.ptr[i].id);
    for (size_t i = 0; i < roots.len; i++) {
        tree_skip_open(a->tree, roots.ptr[i], "taken back");
        tree_set_state(a->tree, roots.ptr[i], NODE_SKIPPED, "taken back");
    }
    if (roots.len) {
        tree_activate(a->tree, 0);
        goal_fini(&a->goal);
    }
    VEC_FREE(&roots);
    agent_emit_trees(a);
}

void agent_forget(struct agent *a)
{
    goal_fini(&a->goal);
    agent_checks_end(a);
    agent_forget_news(a);
    a->next_goal = 0;
    a->noted = false;
    for (size_t i = 0; i < a->steer.len; i++)
        free(a->steer.ptr[i]);
    for (size_t i = 0; i < a->asides.len; i++)
        free(a->asides.ptr[i]);
    a->steer.len = a->asides.len = a->after.len = 0;
    a->last_outcome = OUTCOME_NONE;
}

void agent_fini(struct agent *a)
{
    agent_forget(a);
    VEC_FREE(&a->steer);
    VEC_FREE(&a->asides);
    VEC_FREE(&a->after);
    free(a->last_tool);
    free(a->last_error);
    cJSON_Delete(a->acts);
}
