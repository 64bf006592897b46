/*
 * usage - what calls of the model, tools and delegated agents cost, and who is charged for it:
 * the goal at work, the session, and the rows of the statistics.
 *
 * Owns the counters; what it reads of its neighbours is borrowed and connected once. Nothing
 * here fails or waits. Thread: engine.
 */
#ifndef SESSION_USAGE_H
#define SESSION_USAGE_H

#include "llm/llm.h"
#include "llm/tokens.h"
#include "session/stats.h"

struct outbox;
struct pipeline;
struct tree;

/* Of one goal, with what it delegated. */
struct goal_usage {
    int64_t input, cached, output; /* tokens */
    double cost;
    int64_t llm_calls, llm_ms, tool_calls, tool_errors, tool_ms;
};

struct usage {
    struct outbox *out;
    struct tree *tree;               /* the task at work is charged */
    const struct pipeline *pipeline; /* and the behaviors that are in the request */

    struct goal_usage goal;
    struct llm_usage total; /* of the session */
    double total_cost;
    struct stats stats;
    bool cut_told; /* in this goal: the server cuts the prompt */
};

/* Another session: nothing was spent in it. Neighbours stay. */
void usage_reset(struct usage *u);
/* A new goal; one that is gone on with keeps its counters: fresh is false. */
void usage_begin_goal(struct usage *u, bool fresh);

/* A model call that ended; tells a USAGE event. estimate: scaled tokens of the request; 0 for a
 * side question, which says nothing about the conversation's size. ratio: learns from what the
 * server counted; NULL: the model is no longer the one in force. */
void usage_call(struct usage *u, const struct llm_request *asked, const struct llm_reply *reply,
                int64_t estimate, struct tokens_ratio *ratio);
void usage_call_failed(struct usage *u, const struct llm_request *asked);

/* A goal ended, a check ran: charged to the model in force and its mode, NULL: none. */
void usage_goal_ended(struct usage *u, const struct model *model, const struct mode *mode,
                      bool success);
void usage_check(struct usage *u, const struct model *model, const struct mode *mode, bool green);

/* A tool call that ended. Strings are borrowed. */
struct usage_of_tool {
    const char *tool, *behavior; /* behavior: NULL when nobody has the tool */
    bool ok;
    int64_t ms, args_tokens, result_tokens;
};
void usage_tool(struct usage *u, const struct usage_of_tool *t);

/* A delegated agent that ended: its tokens are this goal's budget too. Borrowed. */
struct usage_of_agent {
    const char *agent;
    bool success;
    int64_t input, cached, output, ms;
    double cost;
};
void usage_agent(struct usage *u, const struct usage_of_agent *d);

#endif
