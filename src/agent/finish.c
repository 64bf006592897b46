/* How a goal ends: with the model's own words, once nothing speaks against them. */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/text.h"
#include "behavior/pipeline_run.h"
#include "config/texts.h"

#define CONTINUATIONS 3 /* of an answer that the token limit cut */

static bool wants_user(struct agent *a, const char *why)
{
    static const char choices[] = "[{\"key\":\"y\",\"label\":\"the goal is complete\"},"
                                  "{\"key\":\"n\",\"label\":\"it is not: stop here\"},"
                                  "{\"key\":\"g\",\"label\":\"go on\",\"text\":true}]";
    struct ask q = {
        .kind = "confirm",
        .title = "The model stopped, and it is not clear that it is done. Is the goal complete?",
        .detail = a->goal.answer,
        .why = why,
        .choices = choices};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&a->permit->ask, &q, &text);
    if (strcmp(key, "g") == 0) {
        free(ask_take_words(&a->permit->ask)); /* they are a message of their own */
        agent_append_user(a, text && *text ? text : "Go on.", "answer");
        a->goal.nudges = 0;
        return true;
    }
    a->goal.end_asked = true;
    a->goal.end_success = strcmp(key, "y") == 0;
    return false;
}

/* A text that the token limit cut is one answer with what follows it. */
static void take_answer(struct agent *a, const char *text)
{
    if (!a->goal.continued) {
        mem_replace(&a->goal.answer, text);
        return;
    }
    char *whole = mem_printf("%s%s", a->goal.answer ? a->goal.answer : "", text);
    free(a->goal.answer);
    a->goal.answer = whole;
}

/* The answer did not come to its end. OUTCOME_NONE: the model goes on. */
static enum outcome cut_answer(struct agent *a, enum llm_finish finish, bool empty)
{
    if (finish == LLM_FINISH_FILTER) {
        mem_replace(&a->goal.summary, "the provider's content filter ended the answer");
        outbox_error(a->out, "filter", false,
                     "The provider's content filter ended the answer; what there is of it may be "
                     "incomplete");
        return OUTCOME_UNCONFIRMED;
    }
    if (a->goal.continued >= CONTINUATIONS) {
        mem_replace(&a->goal.summary, "the answer was cut by the token limit again and again");
        outbox_error(a->out, "limit", false,
                     "The answer was cut by the token limit %d times and is incomplete; raise "
                     "max_output_tokens of the model's entry, or ask for less",
                     CONTINUATIONS + 1);
        return OUTCOME_UNCONFIRMED;
    }
    a->goal.continued++;
    outbox_notice(a->out, "info", "engine",
                  "the answer was cut by the token limit%s; the model goes on (%lld of %d)",
                  empty ? " while it was still thinking" : "", (long long)a->goal.continued,
                  CONTINUATIONS);
    agent_append_note(a, texts_get(a->cfg->texts, empty ? "finish.cut_empty" : "finish.cut"));
    return OUTCOME_NONE;
}

/* ---- what may hold an answer back, each asked once or a few times ---- */

static bool remind(struct agent *a, const char *text, const char *that)
{
    a->goal.nudges++;
    agent_append_note(a, text);
    outbox_notice(a->out, "info", "engine", "reminded the model that %s (%lld of %lld)", that,
                  (long long)a->goal.nudges, (long long)a->cfg->nudges);
    return true;
}

/* An empty answer, or words where a report is owed: whoever delegated sees the report alone. */
static bool says_nothing(struct agent *a, bool empty, bool owes_report)
{
    if ((!empty && !owes_report) || a->goal.nudges >= a->cfg->nudges)
        return false;
    AUTO(buf) text = {0}, failure = {0};
    pipeline_failure_words(a->pipeline, &failure);
    TEXT_FILL(&text, texts_get(a->cfg->texts, owes_report ? "finish.unreported" : "finish.empty"),
              {"tool", pipeline_completion_tool(a->pipeline)}, {"failure", buf_cstr(&failure)});
    return remind(a, buf_cstr(&text), empty ? "its answer was empty" : "it owes a report");
}

static bool leaves_steps_open(struct agent *a)
{
    if (a->goal.open_told || tree_open_count(a->tree, a->tree->goal) == 0)
        return false;
    AUTO(buf) text = {0};
    size_t open = tree_open_leaves(a->tree, a->tree->goal, &text);
    if (!open)
        return false;
    a->goal.open_told = true;
    AUTO(buf) whole = {0};
    char count[32];
    snprintf(count, sizeof count, "%zu", open);
    TEXT_FILL(&whole, texts_get(a->cfg->texts, "finish.open"), {"count", count},
              {"steps", buf_cstr(&text)});
    return remind(a, buf_cstr(&whole), "steps are open");
}

/* The goal's own check, run by us. MAY WAIT. */
static bool check_is_red(struct agent *a, bool *gave_up)
{
    const struct node *root = tree_find(a->tree, a->tree->goal);
    AUTO(buf) output = {0};
    if (!root || !root->check || agent_run_check(a, root->id, &output) ||
        reactor_stopped(a->reactor))
        return false;
    *gave_up = a->goal.nudges > a->cfg->nudges;
    AUTO(buf) text = {0};
    TEXT_FILL(&text, texts_get(a->cfg->texts, "finish.red"), {"output", buf_cstr(&output)});
    return *gave_up || remind(a, buf_cstr(&text), "the goal's check is red");
}

/* Files changed and nothing that ran since then succeeded: asked once what shows the goal. */
static bool owes_proof(struct agent *a)
{
    const char *when = a->cfg->finish_confirm;
    bool changed = a->goal.changed_at > 0;
    bool unproved = a->goal.changed_at > a->goal.proved_at;
    if (a->goal.proof_asked || !changed || strcmp(when, "never") == 0 ||
        (strcmp(when, "auto") == 0 && !unproved))
        return false;
    a->goal.proof_asked = true;
    agent_append_note(a, texts_get(a->cfg->texts, unproved ? "finish.unproved" : "finish.confirm"));
    outbox_notice(a->out, "info", "engine", "asked the model what shows that the goal is reached");
    return true;
}

/* Nothing more is asked: what the tree says of an end with words. MAY WAIT: for the user, where a
 * check is red. */
static enum outcome settle_end(struct agent *a)
{
    struct tree *t = a->tree;
    size_t red = 0, failed = 0;
    for (size_t i = 0; i < t->nodes.len; i++) {
        const struct node *n = &t->nodes.ptr[i];
        if (n->id == t->goal || !tree_is_within(t, n->id, t->goal))
            continue;
        red += n->check_state == CHECK_RED && !node_state_ended(n->state);
        failed += n->state == NODE_FAILED;
    }
    if (red && a->permit->ask.possible)
        return wants_user(a, "A check of its plan is red.") ? OUTCOME_NONE
               : a->goal.end_asked    ? (a->goal.end_success ? OUTCOME_COMPLETE : OUTCOME_FAILED)
               : agent_interrupted(a) ? agent_interrupted(a)
                                      : OUTCOME_UNCONFIRMED;
    if (red) {
        free(a->goal.summary);
        a->goal.summary = mem_printf("%zu check%s red", red, red == 1 ? " is" : "s are");
        return OUTCOME_UNCONFIRMED;
    }
    size_t open = tree_open_leaves(t, t->goal, NULL);
    if (open) {
        free(a->goal.summary);
        a->goal.summary = mem_printf("%zu step%s not marked", open, open == 1 ? "" : "s");
        tree_skip_open(t, t->goal, "not marked at the goal's end");
    }
    if (failed) {
        free(a->goal.summary);
        a->goal.summary = mem_printf("%zu step%s failed", failed, failed == 1 ? "" : "s");
        return OUTCOME_FAILED;
    }
    return OUTCOME_COMPLETE;
}

/* A plan is the user's to take, to change or to refuse. True: the model goes on. MAY WAIT. */
static bool plan_goes_on(struct agent *a)
{
    static const char choices[] =
        "[{\"key\":\"y\",\"label\":\"take it: carry it out\"},"
        "{\"key\":\"e\",\"label\":\"take it, but\",\"text\":true},"
        "{\"key\":\"n\",\"label\":\"no, because\",\"text\":true},"
        "{\"key\":\"k\",\"label\":\"keep it: stop here\",\"escape\":true}]";
    if (a->permit->policy != POLICY_PLAN || !a->permit->ask.possible || a->delegated)
        return false;
    AUTO_FREE char *why = mem_printf("Nothing was changed. Taken, it goes on under policy \"%s\".",
                                     policy_name(a->permit->before));
    struct ask q = {.kind = "confirm",
                    .title = "Take this plan?",
                    .detail = a->goal.answer,
                    .why = why,
                    .choices = choices};
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *key = ask_user(&a->permit->ask, &q, &text);
    bool taken = *key == 'y' || *key == 'e', words = text && *text;
    if (agent_interrupted(a) || (!taken && (*key != 'n' || !words)))
        return false;
    if (words)
        free(ask_take_words(&a->permit->ask)); /* they are a message of their own */
    if (taken)
        permit_set_policy(a->permit, a->permit->before);
    AUTO(buf) said = {0};
    TEXT_FILL(&said,
              texts_get(a->cfg->texts, !taken  ? "plan.refused"
                                       : words ? "plan.taken_with"
                                               : "plan.taken"),
              {"words", words ? text : ""});
    if (words)
        agent_append_user(a, buf_cstr(&said), "answer");
    else
        agent_append_note(a, buf_cstr(&said));
    a->goal.nudges = 0;
    a->goal.open_told = false;
    return true;
}

enum outcome agent_talked(struct agent *a, const char *void_note, enum llm_finish finish)
{
    const struct message *m = conversation_at(a->talk, conversation_last(a->talk));
    bool empty = !m->text || !*m->text, gave_up = false;
    bool owes_report = a->delegated && a->pipeline->completion;
    if (!empty)
        take_answer(a, m->text);
    if (!void_note && (finish == LLM_FINISH_LENGTH || finish == LLM_FINISH_FILTER))
        return cut_answer(a, finish, empty);
    if (finish == LLM_FINISH_PAUSE && a->goal.continued < CONTINUATIONS) {
        a->goal.continued++; /* its own words are sent back, and it goes on */
        return OUTCOME_NONE;
    }
    a->goal.continued = 0;
    if (void_note && a->goal.nudges < a->cfg->nudges + 2) {
        a->goal.nudges++;
        agent_append_note(a, void_note);
        return OUTCOME_NONE;
    }
    if (says_nothing(a, empty, owes_report))
        return OUTCOME_NONE;
    if (void_note || empty || owes_report) {
        if (a->permit->ask.possible &&
            wants_user(a, "It was reminded and still neither works nor finishes."))
            return OUTCOME_NONE;
        if (a->goal.end_asked)
            return a->goal.end_success ? OUTCOME_COMPLETE : OUTCOME_FAILED;
        return agent_interrupted(a) ? agent_interrupted(a) : OUTCOME_UNCONFIRMED;
    }
    if (a->permit->policy == POLICY_PLAN) {
        enum outcome end = plan_goes_on(a) ? OUTCOME_NONE : OUTCOME_COMPLETE;
        return agent_interrupted(a) ? agent_interrupted(a) : end;
    }
    if (leaves_steps_open(a) || check_is_red(a, &gave_up))
        return gave_up ? OUTCOME_UNCONFIRMED : OUTCOME_NONE;
    if (owes_proof(a))
        return OUTCOME_NONE;
    return agent_interrupted(a) ? agent_interrupted(a) : settle_end(a);
}
