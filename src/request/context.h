/*
 * context - the next request as typed segments: who added what, where, how many tokens.
 *
 * Order: system, tools, pinned, history, tail. Nothing volatile stands before anything
 * stable, so the bytes of request N less its tail begin request N+1, unless a reason is noted
 * in `break_reason`. Thread: engine.
 */
#ifndef REQUEST_CONTEXT_H
#define REQUEST_CONTEXT_H

#include "base/buf.h"
#include "base/mem.h"
#include "behaviors/behavior.h"
#include "llm/llm.h"

struct agent;

enum segment_place { SEGMENT_SYSTEM, SEGMENT_TOOLS, SEGMENT_PINNED, SEGMENT_HISTORY, SEGMENT_TAIL };

struct segment {
    const char *owner; /* behavior type, "agent", "conversation" */
    char *title;
    enum segment_place place;
    int64_t bytes, tokens; /* tokens: scaled estimate */
    char *text;            /* NULL for tools and history */
};

struct context {
    VEC(struct segment) segments;
    char *system; /* stable text of the session's agent */
    char *pinned; /* stable, a user message, or NULL */
    struct buf tail;
    struct llm_message *messages; /* of the last request built */
    size_t message_count, message_room;
    int64_t next_seq;          /* the first message of the conversation that is not in them */
    uint64_t changes;          /* the conversation's, when they were taken */
    bool restated;             /* system or pinned text is new */
    struct llm_prefix *prefix; /* of the requests of this context */
    uint64_t epoch;
    struct llm_message *history; /* all of it, for a playbook; else NULL */
    size_t history_count;
    int64_t estimate;          /* tokens of the last request, unscaled */
    char *break_reason;        /* why the prefix will change, or NULL */
    int64_t requests, breaks;  /* breaks: times the prefix changed */
    struct compaction policy;  /* of the request being built; label NULL: none asked for it */
    int64_t compact_floor;     /* history tokens after the last compaction: none until it grew */
    int64_t previous_messages; /* in the request before, for the diff */
    char *previous_tail;
    struct llm_request last; /* borrows from this struct and the agent */
};

void context_fini(struct context *c);

/* Build the next request, compacting and pruning first where it would not fit: may ask the
 * model for a summary. Borrowed until the next build. Not while a call is running: it reads
 * the one built for it. */
struct llm_request context_prepare(struct agent *a);

/* The request that is running, or would go out now. */
struct llm_request context_current(struct agent *a);

/* Called by behaviors inside enhance_context. */
void context_add(struct agent *a, enum placement where, const char *title, const char *text);

void context_compact_when(struct agent *a, const struct compaction *how);

/* The prefix is about to change for this reason. */
void context_break(struct agent *a, const char *why);

/* Scaled estimates of what context_collect found: all of it, and the history's part. */
int64_t context_sum(struct agent *a);
int64_t context_history(struct agent *a);
/* Ask the behaviors anew what the request holds. */
void context_collect(struct agent *a);

/* Shorten the model's view without a model: to at most `target` tokens. Cannot fail; the goal,
 * the tree and the last exchanges stay. Returns messages that left. Emits COMPACT. */
int64_t context_prune(struct agent *a, int64_t target, const char *how);

/* Tokens kept free for the answer. */
int64_t context_reserve(const struct agent *a);

void agent_emit_gauge(struct agent *a, bool estimated, int64_t used, int64_t cached);

/* Tokens by owner, as a JSON object. Caller frees. */
char *context_by_owner(const struct agent *a);

#endif
