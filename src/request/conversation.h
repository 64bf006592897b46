/*
 * conversation - every message of the session, in one store with one append function.
 *
 * The model's view is a part of it: from `view_start` on, with tool results that were pruned
 * shown as one line. The user's transcript is made of events and is never shortened.
 * Thread: engine.
 */
#ifndef REQUEST_CONVERSATION_H
#define REQUEST_CONVERSATION_H

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/call_ids.h"
#include "llm/llm.h"

struct message {
    int64_t seq; /* 1-based, without gaps */
    enum llm_role role;
    char *text;
    struct llm_tool_call *calls;
    size_t call_count;
    char *call_id; /* tool results */
    char *tool;    /* tool results: the tool's name */
    char *raw, *raw_model;
    int64_t goal; /* number of the goal it belongs to */
    bool stubbed; /* shown as one line */
    char *stub;
    int64_t tokens; /* estimate, 0: not counted yet */
};

/* What stands for the messages that left the view. */
struct summary {
    char *text;       /* NULL: none */
    char *shown;      /* as a message */
    int64_t messages; /* how many it stands for */
};

struct conversation {
    VEC(struct message) messages;
    struct summary summary; /* shown before the view */
    int64_t view_start;     /* seq of the first message in view */
    uint64_t changes;       /* counts changes of what the view showed before: not appends */
    struct call_ids ids;    /* of all calls ever made, in view or not */
    int64_t saved;          /* seq up to which the store has them */
};

void conversation_fini(struct conversation *c);

/* The one way in: takes m's strings, gives it its seq. Borrowed until the next append. */
struct message *conversation_append(struct conversation *c, struct message m);

struct message *conversation_at(struct conversation *c, int64_t seq);
int64_t conversation_last(const struct conversation *c);

/* Replace the summary; label heads it. NULL text takes it away. */
void conversation_summarise(struct conversation *c, const char *label, const char *text);
/* Estimated tokens of the summary as shown. */
int64_t conversation_summary_tokens(const struct conversation *c);

/* Messages in view, the summary first, as a request wants them; the array is the caller's, its
 * strings are not. */
size_t conversation_view(struct conversation *c, struct llm_message **out);

/* One message as the view shows it; borrowed. */
struct llm_message conversation_shown(const struct message *m);

/* All messages, in view or not, unpruned; the same ownership. */
size_t conversation_all(struct conversation *c, struct llm_message **out);

/* Estimated tokens of one message, cached in it. */
int64_t conversation_tokens(struct message *m);

/* Calls of the last assistant message that have no result yet (a crash came between). */
size_t conversation_unanswered(struct conversation *c, struct message **assistant);

/* An exchange starts at a user message or an assistant message; cuts fall only there. How
 * many stand in view, and the seq at which the last n begin. */
int64_t conversation_exchanges(struct conversation *c);
int64_t conversation_cut_for(struct conversation *c, int64_t keep);

/* Move the view's start (never back). Returns messages that left it. */
int64_t conversation_drop_before(struct conversation *c, int64_t seq);

/* Show old tool results as their beginning only, oldest first, until `want` tokens are saved;
 * those of the last `keep` exchanges stay. keep 0 shortens even the newest, but less. Returns
 * tokens saved. */
int64_t conversation_stub_results(struct conversation *c, int64_t want, int64_t keep);

void message_fini(struct message *m);
char *message_save(const struct message *m);
NODISCARD bool message_load(struct message *m, const char *text, size_t n, struct error *e);

#endif
