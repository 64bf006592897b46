/*
 * conversation - every message of the session, in one store with one append function.
 *
 * The model's view is a part of it: from `view_start` on, with tool results that were pruned
 * shown as one line. The user's transcript is made of events and is never shortened.
 * What a round asks of it (tokens, exchanges, the user's last words) is kept, not counted: it
 * costs the same at message 10,000 as at message 100.
 * A stored session's messages are read when they are first asked for, a block at a time; one that
 * cannot be read keeps its number as `lost`, and neither the view nor an export shows it.
 * It owns its messages; pointers into them are borrowed until the next append. Nothing here fails
 * but message_load(), or waits but for the disk. Thread: engine.
 */
#ifndef REQUEST_CONVERSATION_H
#define REQUEST_CONVERSATION_H

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "llm/call_ids.h"
#include "llm/llm.h"

struct message {
    int64_t seq; /* 1-based, without gaps; 0: stored, and not read yet */
    bool lost;   /* its row is damaged or gone: nothing else is set */
    enum llm_role role;
    char *text;
    struct llm_tool_call *calls;
    size_t call_count;
    char *call_id;          /* tool results */
    char *tool;             /* tool results: the tool's name */
    char *data;             /* tool results for a playbook: as JSON; else NULL */
    struct llm_parts parts; /* as the server sent it, where text and calls are not all */
    char *said;   /* tool results: what the user said in answer to the call's question; or NULL */
    bool note;    /* a user's message of the program's own: nobody said it */
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

/* What is known of the view without walking through it. Counted when it is asked for, so that
 * opening a long session reads nothing of it. */
struct view_counts {
    int64_t exchanges; /* assistant messages in view up to `counted` */
    int64_t tokens;    /* of the same; the summary is not among them */
    int64_t words;     /* of these, tokens of what the user said */
    int64_t counted;   /* seq */
    int64_t last_user; /* seq of the user's last words in the session, 0: none */
    int64_t stubbed;   /* up to this seq, results are shortened or too short to be */
    char *sought;      /* what conversation_shows() was asked last, */
    int64_t sought_at; /* the last message that says it, 0: none, */
    int64_t sought_to; /* and the last message that was looked at for it */
};

struct conversation;

/* Where messages come from that are stored: hands each that it can read, of `from` to `to`, to
 * conversation_put(). */
struct message_source {
    void (*read)(void *arg, struct conversation *c, int64_t from, int64_t to);
    void *arg;
};

/* Messages `from` to `to`. */
struct cut {
    int64_t from, to;
};

struct conversation {
    VEC(struct message) messages;
    struct message_source source; /* of the first `stored` of them */
    int64_t stored, lowest;       /* lowest: seq of the first block that was read, 0: none was */
    int64_t read;                 /* messages read from there so far, for tests of growth */
    struct summary summary;       /* shown before the view */
    int64_t view_start;           /* seq of the first message in view; set by functions only */
    struct view_counts view;
    uint64_t changes;    /* counts changes of what the view showed before: not appends */
    uint64_t looks;      /* messages looked at so far: what a round costs, for tests of growth */
    struct call_ids ids; /* of all calls ever made, in view or not */
    VEC(int64_t) said;   /* seqs of messages that hold what the user said, up to said_to */
    int64_t said_to;
    VEC(struct cut) cuts; /* what the user took back: lost, and still in the store */
    int64_t saved;        /* seq up to which the store has them */
};

void conversation_fini(struct conversation *c);

/* The one way in: takes m's strings, gives it its seq. Borrowed until the next append. */
struct message *conversation_append(struct conversation *c, struct message m);

/* NULL: there is none. Reads the store for an old one. */
struct message *conversation_at(struct conversation *c, int64_t seq);
int64_t conversation_last(const struct conversation *c);
/* Where the view begins; one past the last message when nothing is in view. */
int64_t conversation_first(const struct conversation *c);

/* Replace the summary; label heads it. NULL text takes it away. */
void conversation_summarise(struct conversation *c, const char *label, const char *text);
/* Estimated tokens of the summary as shown. */
int64_t conversation_summary_tokens(const struct conversation *c);

/* Messages in view, the summary first, as a request wants them; the array is the caller's, its
 * strings are not. */
size_t conversation_view(struct conversation *c, struct llm_message **out);

/* One message as the view shows it, and as it was, unpruned. Its strings are borrowed, and stay
 * where they are while the conversation is there. */
struct llm_message conversation_shown(const struct message *m);
struct llm_message conversation_said(const struct message *m);

/* Estimated tokens of one message, cached in it; of the view with its summary. */
int64_t conversation_tokens(struct message *m);
int64_t conversation_view_tokens(struct conversation *c);

/* Is it something that the user said? */
bool conversation_is_word(const struct message *m);
/* Seqs of what the user said in the session, oldest first, in view or not; borrowed until the next
 * append. Reads the store where it was not kept which they are. */
const int64_t *conversation_words(struct conversation *c, size_t *count);
/* Estimated tokens of those in view. */
int64_t conversation_words_tokens(struct conversation *c);

/* What the user said last, in view or not; NULL: nothing. Borrowed until the next append. Its
 * seq, 0: none. */
int64_t conversation_last_user_seq(struct conversation *c);
const char *conversation_last_user(struct conversation *c);

/* Does a user's message in view say exactly this? Looks at what is new since it was asked the
 * same before. */
bool conversation_shows(struct conversation *c, const char *text);

/* Calls of the last assistant message that have no result yet (a crash came between). */
size_t conversation_unanswered(struct conversation *c, struct message **assistant);

/* An exchange is an assistant message with what follows it up to the next; cuts fall only between
 * two. How many stand in view; the seq at which the last `keep` begin; the seq behind the first
 * exchange from `seq` on. */
int64_t conversation_exchanges(struct conversation *c);
int64_t conversation_cut_for(struct conversation *c, int64_t keep);
int64_t conversation_cut_after(struct conversation *c, int64_t seq);

/* Move the view's start (never back). Returns messages that left it. */
int64_t conversation_drop_before(struct conversation *c, int64_t seq);
/* Drop the oldest exchanges until the view has at most so many tokens; the last one stays. */
void conversation_drop_to(struct conversation *c, int64_t tokens);
/* The view of a stored session: it begins there, or behind the last message. Counts anew. */
void conversation_restore_view(struct conversation *c, int64_t seq);

/* An empty conversation becomes a stored one of so many messages, which are read from there when
 * they are needed. last_user: where the user spoke last, as it was kept. */
void conversation_resume(struct conversation *c, int64_t last, int64_t last_user,
                         struct message_source from);
/* Only from a source's read(). Takes m's strings; frees them when it is there already. */
void conversation_put(struct conversation *c, int64_t seq, struct message m);
/* In a conversation whose rows are all read at once: the next one cannot be read. */
void conversation_append_lost(struct conversation *c);

/* Take back all from this one on: they keep their numbers, and are lost from here on. A summary of
 * what is taken back goes with it. The store must have them. */
void conversation_cut(struct conversation *c, int64_t from);

/* Show a message as this from here on; takes stub. */
void conversation_shorten(struct conversation *c, int64_t seq, char *stub);

/* Show old tool results as their beginning only, oldest first, until `want` tokens are saved;
 * those of the last `keep` exchanges stay. keep 0 shortens even the newest, but less. Returns
 * tokens saved. */
int64_t conversation_stub_results(struct conversation *c, int64_t want, int64_t keep);

void message_fini(struct message *m);
char *message_save(const struct message *m);
NODISCARD bool message_load(struct message *m, const char *text, size_t n, struct error *e);

#endif
