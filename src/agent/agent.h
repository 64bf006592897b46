/*
 * agent - one session with everything it holds. Private to the engine.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/checks.h"
#include "base/mem.h"
#include "behavior/hooks.h"
#include "behavior/pipeline.h"
#include "behavior/python_host.h"
#include "config/agentfile.h"
#include "config/config.h"
#include "host/process.h"
#include "host/sandbox.h"
#include "host/workspace.h"
#include "jobs/jobs.h"
#include "llm/llm.h"
#include "llm/models/models.h"
#include "permit/permit.h"
#include "permit/shell.h"
#include "plan/tree.h"
#include "request/compact.h"
#include "request/context.h"
#include "request/conversation.h"
#include "request/model_call.h"
#include "request/modes.h"
#include "rewind/rewind.h"
#include "run/outbox.h"
#include "run/reactor.h"
#include "session/outcome.h"
#include "session/session.h"
#include "session/usage.h"

/* Something a behavior does once the goal's end was told. */
struct after_goal {
    struct instance *instance;
    void (*fn)(struct call *c);
};

/* What is known of the goal at work. */
struct goal {
    char *text;
    int64_t number; /* 1-based in the session; 0: none yet */
    bool running, resumed;
    int64_t rounds, started_ms, waited_ms; /* waited: for answers, not counted */
    int64_t loops;
    int64_t nudges;              /* in a row, without work between */
    int64_t continued;           /* the same for an answer that was cut */
    int64_t approaches;          /* tried so far */
    int64_t node;                /* of the tree, that this round is charged to */
    bool touched;                /* this round ran what may change files */
    bool kept, acted;            /* how they were is being kept; some round ran such */
    bool end_asked, end_success; /* by a tool: takes effect after the batch */
    bool loop_stop;
    bool told;          /* its end came with a summary of the whole goal */
    bool planned;       /* the model keeps a plan: the tree's end is not the goal's */
    bool open_told;     /* reminded of open steps */
    enum outcome ended; /* how, while its last words are asked for */
    bool proof_asked;   /* asked what shows that it is reached */
    int64_t unknown;    /* answers in a row that asked for nothing but tools nobody has */
    int64_t bad_calls;  /* of the answer at hand: failed, refused, ended other than with 0 */
    int64_t acts; /* calls that changed or ran something, and green checks, counted; at which of */
    int64_t changed_at, proved_at; /* them a file was changed last, something succeeded last */
    char *summary, *answer, *report;
};

/* What a goal may use: configuration, agent file and command line agreed on it. 0: no limit. */
struct limits {
    int64_t rounds, seconds, tokens;
    double money;
    struct loop_timer *timer; /* of the goal at work, NULL: none runs */
    int64_t deadline_ms;      /* clock_ms() at which it ends the goal */
};

/* For the model, by the harness: see news.c. */
struct news {
    struct buf next, said; /* not yet said; what the requests of `round` say */
    int64_t round;
};

struct agent {
    /* Append what "server:address" or "session:ID" holds; false: nothing is called so. May
     * wait; may be NULL. */
    bool (*resource)(void *arg, const char *name, struct buf *out, cJSON **media, struct error *e);
    void *resource_arg;
    /* Rooms it borrows: set once, when they are there. */
    const struct config *cfg;
    struct reactor *reactor;
    struct outbox *out;
    struct session *session;
    struct usage *usage;
    struct permit *permit;
    struct shell *shell;
    struct hooks *hooks;
    struct pipeline *pipeline;
    struct conversation *talk;
    struct context *context;
    struct compactor *compactor;
    struct model_call *call;
    struct modes *modes;
    struct tree *tree;
    struct workspace *ws;
    struct rewind *rewind; /* NULL: nothing of the files is kept */
    /* Its own. */
    bool interactive; /* there is a screen */
    bool delegated;   /* another agent gave the goal */
    struct goal goal;
    int64_t next_goal;
    struct limits limits;
    VEC(char *) steer;            /* texts for the next round */
    VEC(char *) asides;           /* notes for it: what the user's own commands printed */
    VEC(struct after_goal) after; /* asked for in on_goal_complete */
    struct checks checks;         /* of the goal at work */
    struct news news;
    bool noted;                   /* agent_note_once() was taken in this session */
    uint64_t tree_told;           /* the tree's changes when it was told last */
    char *last_tool, *last_error; /* for rules on what is going on */
    cJSON *acts;                  /* the newest calls, for handlers in Python; NULL: none yet */
    enum outcome last_outcome;
};

/* ---- attach.c ---- */

/* The images and documents that a prompt names, as @FILE or by an address of their own, and texts
 * that others have: parts for its message, the words for them (chips), and the same as the user is
 * shown it (shown), without those texts. What cannot be shown is told. MAY WAIT: for the disk, for
 * a server. */
void agent_attach_named(struct agent *a, const char *text, struct llm_parts *to, struct buf *chips,
                        struct buf *shown);
/* Take "media" out of a tool's result, a list of {path} in the workspace or {name, data} in base64:
 * the same. What cannot be shown makes an error of the result, or is told in the words. */
void agent_attach_shown(struct agent *a, cJSON *result, struct llm_parts *to, struct buf *chips);

/* ---- news.c ---- */

/* Have the model read this line with the next request. */
void agent_tell(struct agent *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* What this round's requests say so; "" nothing. Borrowed until the next call. */
const char *agent_news(struct agent *a);
void agent_forget_news(struct agent *a);

/* ---- limits.c ---- */

/* The goal's clock: at deadline_ms it is interrupted. */
void agent_clock_start(struct agent *a);
void agent_clock_stop(struct agent *a);
/* While the user thinks it stands still; arg: the agent. */
void agent_clock_pause(void *arg, bool runs, int64_t waited_ms);

/* ---- task_state.c ---- */

/* Tell the tree of the goal at work, where it changed since it was told; or of all goals. */
void agent_emit_tree(struct agent *a);
void agent_emit_trees(struct agent *a);

/* ---- files.c: what the workspace's files were ---- */

/* Keep how they are now. by: whose what changed since the last time is. */
void agent_files_mark(struct agent *a, enum snapshot_by by, bool full);
/* Once a goal, as soon as there is time: how they are before it changes something. */
void agent_files_begin(struct agent *a);
/* Before something changes files: what they were is kept. MAY WAIT. */
void agent_files_await(struct agent *a);
/* The goal is over: what it did is told apart from what the user does next. MAY WAIT, not long. */
void agent_files_settle(struct agent *a);
/* What the user is to know of it, once. */
void agent_files_tell(struct agent *a);

/* ---- loop.c ---- */

/* Work on a goal until it ends; emits the one RESULT. text NULL: go on with the open one. */
enum outcome agent_run_goal(struct agent *a, const char *text);

/* What stopped the work, OUTCOME_NONE: nothing did. */
enum outcome agent_interrupted(const struct agent *a);

/* ---- finish.c ---- */

/* An answer without calls: it ends the goal, unless something is to be asked or done first.
 * void_note: why it is none, or NULL. OUTCOME_NONE: the model goes on. MAY WAIT. */
enum outcome agent_talked(struct agent *a, const char *void_note, enum llm_finish finish);

/* ---- plan.c ---- */

/* update_plan, see behavior.h: the result of the call. MAY WAIT: for checks. */
cJSON *agent_plan(struct agent *a, const cJSON *plan, const char *why);

/* ---- goal_stats.c ---- */

/* The goal at work, or the last one. Strings are borrowed from the agent. */
void agent_goal_stats(struct agent *a, struct goal_stats *s);

/* ---- goal.c: around the rounds of run.c ---- */

/* Why nothing more of a goal that ends so is run, for the model. */
const char *agent_end_words(const struct agent *a, enum outcome o);
void agent_goal_begin(struct agent *a, const char *text); /* as agent_run_goal */
void agent_goal_end(struct agent *a, enum outcome o);
/* Run the oldest of what behaviors asked for when the goal had ended. False: nothing is left, or
 * a stop came. MAY WAIT. */
bool agent_after_next(struct agent *a);
/* The user took back the conversation: goals from this number on are none any more. */
void agent_goals_taken_back(struct agent *a, int64_t number);
/* The session it worked in was closed: nothing of it is known any more. */
void agent_forget(struct agent *a);
void agent_fini(struct agent *a);
/* What the user said, in the conversation; how: shown as such ("goal", "answer"), NULL: it was. */
void agent_append_user(struct agent *a, const char *text, const char *how);
/* A message of ours in the user's place: a reminder, a question. */
void agent_append_note(struct agent *a, const char *text);
/* The same where the conversation may be in the middle of a round: at its next one. Between goals
 * at once. */
void agent_note_later(struct agent *a, const char *text);
/* The same, in the first goal of a session only, and only for who asks first. */
void agent_note_once(struct agent *a, const char *text);

/* ---- execute.c: the calls of one answer ---- */

/* Run them in order, those that end the goal last; every id is answered exactly once. Returns how
 * many ran. */
int64_t agent_execute(struct agent *a, struct llm_reply *reply);
void agent_answer_unanswered(struct agent *a, const char *why);

/* ---- mark.c: transitions of the tree ---- */

/* End the goal itself, see behavior.h. */
bool agent_goal_mark(struct agent *a, bool success, const char *summary, bool leave_open,
                     struct tree_result *r, struct error *e);
void agent_tree_put(struct agent *a, const char *key, const char *title, const char *state,
                    const char *note);
bool agent_decompose(struct agent *a, const cJSON *subtasks, int64_t node, struct tree_result *r,
                     struct error *e);
bool agent_mark(struct agent *a, bool success, const char *reason, struct tree_result *r,
                struct error *e);
/* The user's edit; runs checks where the operation asks for it. */
bool agent_edit_tree(struct agent *a, const char *op, int64_t node, const char *text,
                     struct error *e);
/* Make sure some open leaf is active; roll ended children up. True if all of the goal ended. */
bool agent_advance(struct agent *a);
/* Run a node's check now. True when green; output (may be NULL) gets what it printed. */
bool agent_run_check(struct agent *a, int64_t node, struct buf *output);
bool agent_run_check_for(struct agent *a, int64_t node, int64_t most_ms, struct buf *output);

/* ---- escalate.c ---- */

/* The active node is out of rounds, or failed too often: split it or leave it. False: the
 * goal cannot go on (approaches exhausted; goal.report names the report). */
bool agent_escalate(struct agent *a, const char *why);
bool agent_zoom_out(struct agent *a, const char *why);

#endif
