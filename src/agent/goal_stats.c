/* The goal at work in figures, for behaviors and summaries. */
#include "agent/agent.h"
#include "base/clock.h"

static void count_tree(struct agent *a, struct goal_stats *s)
{
    for (size_t i = 0; i < a->tree->nodes.len; i++) {
        const struct node *n = &a->tree->nodes.ptr[i];
        if (n->id == a->tree->goal || !tree_is_within(a->tree, n->id, a->tree->goal))
            continue;
        bool task = n->parent == a->tree->goal, done = n->state == NODE_DONE;
        s->tasks += task;
        s->tasks_done += task && done;
        s->subtasks += !task;
        s->subtasks_done += !task && done;
        s->subtasks_failed += n->state == NODE_FAILED || n->state == NODE_BLOCKED;
    }
}

void agent_goal_stats(struct agent *a, struct goal_stats *s)
{
    const struct goal *g = &a->goal;
    const struct goal_usage *u = &a->usage->goal;
    *s = (struct goal_stats){.rounds = g->rounds,
                             .max_rounds = a->limits.rounds,
                             .ms = g->started_ms ? clock_ms() - g->started_ms - g->waited_ms : 0,
                             .llm_calls = u->llm_calls,
                             .llm_ms = u->llm_ms,
                             .tool_calls = u->tool_calls,
                             .tool_errors = u->tool_errors,
                             .tool_ms = u->tool_ms,
                             .loops = g->loops,
                             .input = u->input,
                             .cached = u->cached,
                             .output = u->output,
                             .cost = u->cost,
                             .context_used = a->context->estimate,
                             .context_window = a->modes->window,
                             .answer = g->answer,
                             .summary = g->summary};
    if (!g->running || a->last_outcome != OUTCOME_NONE)
        s->status = outcome_name(a->last_outcome);
    count_tree(a, s);
}
