/*
 * account - who is charged for what. Private to the engine.
 */
#ifndef SESSION_USAGE_H
#define SESSION_USAGE_H

#include "behaviors/behavior.h"

struct agent;
struct delegate;
struct llm_reply;
struct llm_request;

/* A tool call that ended. Strings are borrowed. */
struct tool_account {
    const char *tool, *behavior; /* behavior: NULL when nobody has the tool */
    bool ok;
    int64_t ms, args_tokens, result_tokens;
};

/* A model call that ended. estimate: scaled tokens of the request; 0 for a side question. */
void agent_account(struct agent *a, const struct llm_request *asked, const struct llm_reply *reply,
                   int64_t estimate);
void account_failure(struct agent *a, const struct llm_request *asked);
/* A goal ended, a check ran: charged to the mode in force. */
void account_end(struct agent *a, bool success);
void account_check(struct agent *a, bool green);
void account_tool(struct agent *a, const struct tool_account *t);
void account_delegate(struct agent *a, const struct delegate *d);

/* The goal at work, or the last one. Strings are borrowed from the agent. */
void account_goal(struct agent *a, struct goal_stats *s);

#endif
