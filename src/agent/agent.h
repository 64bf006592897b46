/*
 * agent - one session with everything it holds. Private to the engine.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "base/mem.h"
#include "behavior/hooks.h"
#include "behavior/pipeline.h"
#include "behavior/python_host.h"
#include "config/agentfile.h"
#include "config/config.h"
#include "engine/engine.h"
#include "host/process.h"
#include "host/sandbox.h"
#include "host/workspace.h"
#include "jobs/delegate.h"
#include "jobs/jobs.h"
#include "llm/llm.h"
#include "llm/models/models.h"
#include "permit/permit.h"
#include "plan/tree.h"
#include "request/compact.h"
#include "request/context.h"
#include "request/conversation.h"
#include "request/model_call.h"
#include "request/modes.h"
#include "run/outbox.h"
#include "run/reactor.h"
#include "session/outcome.h"
#include "session/usage.h"
#include "store/store.h"

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
    bool end_asked, end_success; /* by a tool: takes effect after the batch */
    bool clear_asked;            /* history to be cleared after the batch */
    bool loop_stop;
    char *clear_why, *summary, *answer, *report;
};

struct agent {
    const struct config *cfg;
    struct reactor reactor;
    struct outbox out;
    struct llm *llm;
    struct models *models;
    struct modes modes;
    VEC(struct mcp_server *) mcp; /* those that run */
    char *last_tool, *last_error; /* for rules on what is going on */
    struct workspace *ws;
    struct sandbox *sandbox;
    char *tmp, *sessions_dir;
    struct store *store;
    int64_t saved_changes; /* tree->changes when last saved */
    int64_t info_at;       /* messages when the index was last written */
    bool store_failing, mode_dirty;
    bool interactive; /* there is a screen */
    bool delegated;   /* another agent gave the goal */
    bool trust, require_sandbox;
    char *models_file, *config_file; /* handed on to delegates */
    struct agent_file file;
    struct pipeline pipeline;
    struct conversation talk;
    struct tree tree;
    uint64_t tree_told; /* its changes when it was told last */
    struct context context;
    struct model_call call;
    struct compactor compactor;
    struct permit permit;
    struct hooks hooks;
    struct python_env python;
    VEC(char *) steer; /* texts for the next round */
    VEC(char *) queue; /* goals after this one */
    bool inbox_dirty;  /* they are not as the store has them */
    VEC(struct delegate *) delegates;
    int64_t max_delegates;   /* running side by side */
    struct servers *servers; /* NULL before the first */
    struct loop_timer *jobs_timer;
    cJSON *old_jobs; /* of an earlier run of this session */
    struct usage usage;
    int64_t saved_stats;          /* usage.stats.changes when last saved */
    int64_t saved_summary;        /* context.breaks when last saved: a summary comes with one */
    VEC(struct after_goal) after; /* asked for in on_goal_complete */
    VEC(struct delegate_target) target_list; /* what delegate_targets() answered */
    struct goal goal;
    int64_t next_job, next_goal;
    struct loop_timer *deadline; /* of the goal, NULL: none */
    int64_t deadline_ms;
    int64_t max_rounds, goal_seconds, goal_tokens; /* configuration, agent, command line */
    double goal_money;
    const struct engine_opts *opts;
    enum outcome last_outcome;
};

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

/* ---- session.c ---- */

/* Write everything that is not yet in the store, in one transaction. False: it could not be
 * written. That is told once and tried again at the next commit; the session goes on in memory. */
bool session_commit(struct agent *a);
/* The same without waiting for the disk: kill -9 loses nothing, a power cut perhaps what came
 * since the last session_commit(). For tool results: the next call's commit, which comes before
 * that call runs, takes them along. */
bool session_commit_soon(struct agent *a);
/* False: the store cannot be opened; the session of that id lives in memory. */
NODISCARD bool session_open(struct agent *a, const char *id, bool create, struct error *e);
/* The same with a store that is open already; takes it. */
void session_take(struct agent *a, struct store *store, const char *id);
/* Messages, tree, counters and events of a stored session. */
NODISCARD bool session_restore(struct agent *a, struct error *e);
void session_close(struct agent *a);
void session_put_info(struct agent *a);
/* The newest session of this workspace; caller frees, NULL: none. */
char *session_newest(const char *dir, const char *workspace);
/* Forget the conversation, for a new session in the same process. */
void session_reset(struct agent *a);
/* The messages of another session as text. */
NODISCARD bool session_transcript(struct agent *a, const char *id, struct buf *out,
                                  struct error *e);
NODISCARD bool session_export(struct agent *a, const char *path, struct error *e);

/* ---- loop.c ---- */

/* Work on a goal until it ends; emits the one RESULT. text NULL: go on with the open one. */
enum outcome agent_run_goal(struct agent *a, const char *text);

/* ---- goal_stats.c ---- */

/* The goal at work, or the last one. Strings are borrowed from the agent. */
void agent_goal_stats(struct agent *a, struct goal_stats *s);

/* ---- goal.c: around the rounds of run.c ---- */

/* Why nothing more of a goal that ends so is run, for the model. */
const char *agent_end_words(const struct agent *a, enum outcome o);
void agent_goal_begin(struct agent *a, const char *text); /* as agent_run_goal */
void agent_goal_end(struct agent *a, enum outcome o);
/* A user's message in the conversation; how: shown as one ("goal", "answer"), NULL: it was. */
void agent_append_user(struct agent *a, const char *text, const char *how);

/* ---- execute.c: the calls of one answer ---- */

/* Run them in order; every id is answered exactly once. Returns how many ran. */
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
/* A person's edit; runs checks where the operation asks for it. */
bool agent_edit_tree(struct agent *a, const char *op, int64_t node, const char *text,
                     struct error *e);
/* Make sure some open leaf is active; roll ended children up. True if all of the goal ended. */
bool agent_advance(struct agent *a);
/* Run a node's check now. True when green; output (may be NULL) gets what it printed. */
bool agent_run_check(struct agent *a, int64_t node, struct buf *output);

/* ---- escalate.c ---- */

/* The active node is out of rounds, or failed too often: split it or leave it. False: the
 * goal cannot go on (approaches exhausted; goal.report names the report). */
bool agent_escalate(struct agent *a, const char *why);
bool agent_zoom_out(struct agent *a, const char *why);

/* ---- shell.c ---- */

void agent_command(struct agent *a, const char *call_id, const char *command,
                   const struct opt_list *whitelist, int64_t timeout_ms, bool background,
                   struct command_result *r);
/* ---- hostapi.c ---- */
extern const struct behavior_host agent_host;

/* ---- delegate.c ---- */

bool agent_delegate_begin(struct agent *a, const struct delegate_spec *spec, struct error *e);
bool agent_delegate_wait(struct agent *a, const struct delegate_spec *spec,
                         struct delegate_result *r, struct error *e);
void delegates_free(struct agent *a);

/* ---- report.c ---- */

/* Text of a report by name (engine_report_names). Caller frees. */
char *agent_report(struct agent *a, const char *name, const char *arg, struct error *e);
void agent_emit_catalogs(struct agent *a);

#endif
