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
#include "behavior/pipeline.h"
#include "behaviors/behavior.h"
#include "config/agentfile.h"
#include "config/config.h"
#include "llm/llm.h"
#include "request/conversation.h"
#include "request/goal_view.h"
#include "request/modes.h"
#include "request/words.h"
#include "run/outbox.h"
#include "run/reactor.h"

enum segment_place { SEGMENT_SYSTEM, SEGMENT_TOOLS, SEGMENT_PINNED, SEGMENT_HISTORY, SEGMENT_TAIL };

struct segment {
    const char *owner; /* behavior type, "agent", "conversation" */
    char *title;
    enum segment_place place;
    int64_t bytes, tokens; /* tokens: scaled estimate */
    char *text;            /* NULL for tools and history */
};

struct context {
    /* Borrowed; connected once, and they stay when the context is emptied. */
    const struct config *cfg;
    const struct agent_file *file;
    struct reactor *reactor;
    struct outbox *out;
    struct conversation *talk;
    struct pipeline *pipeline;
    struct modes *modes;
    const char *workspace; /* its path */
    struct goal_view (*goal)(void *arg);
    void *arg;

    VEC(struct segment) segments;
    char *environment; /* where it works, one line of the system prompt; or NULL */
    char *system;      /* stable text of the session's agent */
    char *pinned;      /* stable, a user message, or NULL */
    char *left;        /* what stands for the messages before the view, less the summary; or NULL */
    int64_t left_messages, left_goal; /* for which it was made: */
    struct words words;               /* of the user */
    char *shown;                      /* both, as the last request has them, or NULL */
    struct buf tail;
    struct llm_message *messages; /* of the last request built */
    size_t message_count, message_room;
    int64_t next_seq;          /* the first message of the conversation that is not in them */
    uint64_t changes;          /* the conversation's, when they were taken */
    bool restated;             /* system or pinned text is new */
    struct llm_prefix *prefix; /* of the requests of this context */
    uint64_t epoch;
    VEC(struct llm_message) history;  /* said for this goal and in view, for a playbook */
    int64_t history_goal, history_to; /* whose it is; seq up to which it was taken */
    int64_t estimate;                 /* tokens of the last request, unscaled */
    char *break_reason;               /* why the prefix will change, or NULL */
    int64_t requests, breaks;         /* breaks: times the prefix changed */
    struct compaction policy;  /* of the request being built; label NULL: none asked for it */
    int64_t compact_floor;     /* history tokens after the last compaction: none until it grew */
    int64_t previous_messages; /* in the request before, for the diff */
    char *previous_tail;
    struct llm_request last; /* borrows from this struct and its neighbours */
};

/* Forget what a session made; the neighbours stay connected. Not while a call runs. */
void context_fini(struct context *x);

/*
 * The next request, in two steps, so that whoever works on a goal decides in between whether to
 * compact: begin asks the behaviors what it holds, prepare prunes where it would not fit and hands
 * it out. Borrowed until the next begin. Not while a call runs: it reads the one built for it.
 * A behavior written in Python MAY WAIT in begin; prepare does not, unless it has to prune.
 */
void context_begin(struct context *x);
struct llm_request context_prepare(struct context *x);

/* The request that is running, or would go out now. MAY WAIT, as context_begin(). */
struct llm_request context_current(struct context *x);

/* Called by behaviors inside enhance_context; charged to the one that runs. */
void context_add(struct context *x, enum placement where, const char *title, const char *text);
/* The same; the first that asks has it. */
void context_compact_when(struct context *x, const struct compaction *how);

/* What is shown before the view, in one user's message: the user's words that are not in it, what
 * was done, the summary. Caller frees; NULL: nothing left it. */
char *context_before_view(struct context *x);

/* The prefix is about to change for this reason. */
void context_break(struct context *x, const char *why);

/* Scaled estimates of what context_collect found: all of it, and the history's part. */
int64_t context_sum(const struct context *x);
int64_t context_history(struct context *x);
/* Ask the behaviors anew what the request holds. MAY WAIT, as context_begin(). */
void context_collect(struct context *x);

/* Scaled tokens that the history may have so that all fits, with something to spare. */
int64_t context_room(struct context *x);

/* Shorten the model's view without a model: to at most `target` tokens. Cannot fail; the goal,
 * the tree and the last exchanges stay, and results the model has not seen yet are shortened only
 * where there are more than `limit`. Returns messages that left. Emits COMPACT. */
int64_t context_prune(struct context *x, int64_t target, int64_t limit, const char *how);

/* Tokens kept free for the answer. */
int64_t context_reserve(const struct context *x);

/* The GAUGE event: tokens used of the window, of which the server had so many in its cache. */
void context_emit_gauge(struct context *x, bool estimated, int64_t used, int64_t cached);

#endif
