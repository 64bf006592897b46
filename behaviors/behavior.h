/*
 * behavior - the contract between mien and everything an agent can do.
 *
 * A behavior is one const struct: instructions, context, tools and five lifecycle events.
 * This header and src/base are all a behavior file includes; what it may ask of the engine
 * reaches it through `struct behavior_host`. The framework allocates zeroed state and parsed
 * parameters, calls every slot on the engine thread, and times each call.
 *
 * Adding one: its file, its line in behaviors.def, its test, its section in mien-behaviors(7).
 */
#ifndef BEHAVIORS_BEHAVIOR_H
#define BEHAVIORS_BEHAVIOR_H

#include "base/buf.h"
#include "base/effects.h"
#include "base/error.h"
#include "base/json.h"
#include "base/opt.h"
#include "base/text.h"

#define BEHAVIOR_ABI 10

/* A shared object says which contract it was built for. */
#ifdef BEHAVIOR_PLUGIN
__attribute__((visibility("default"))) const unsigned behavior_abi = BEHAVIOR_ABI;
#endif

struct behavior;
struct behavior_host;
struct agent;

/* What every slot is given. Borrowed, valid during the call. */
struct call {
    const struct behavior_host *host;
    struct agent *agent; /* handed back to the host's functions */
    const struct behavior *self;
    void *state;           /* state_size bytes, this instance's */
    const void *params;    /* params_size bytes, parsed */
    const char *goal;      /* NULL before the first */
    const char *workspace; /* absolute path */
    const char *call_id;   /* tool calls: the model's id */
    const char *tool;      /* tool calls: the tool's name */
    int64_t round;         /* 1-based within the goal */
    bool delegated;        /* another agent gave the goal */
    bool alone;            /* nobody is at a screen */
};

enum tool_flags {
    TOOL_READS = 1 << 0,     /* only reads */
    TOOL_WRITES = 1 << 1,    /* changes files of the workspace */
    TOOL_EXECUTES = 1 << 2,  /* runs programs: the handler asks command_run */
    TOOL_PARALLEL = 1 << 3,  /* safe beside other calls of the batch */
    TOOL_ENDS_GOAL = 1 << 4, /* ends the goal: one owner of such tools is offered, see
                                mien-behaviors(7), "completion" */
    TOOL_TREE = 1 << 5,      /* edits the task tree only */
    TOOL_EDITS = 1 << 9,     /* a way to edit files: the model's entry says which is offered */
    TOOL_DELEGATED = 1 << 7, /* with TOOL_ENDS_GOAL: of goals that were delegated */
    TOOL_FAILS = 1 << 8,     /* with TOOL_ENDS_GOAL: says that the goal cannot be reached */
    TOOL_ASKS = 1 << 10,     /* waits for the user: offered where somebody can answer */
    TOOL_SEES = 1 << 11,     /* shows the model an image: offered to one that takes them */
    TOOL_SHOWS = 1 << 12,    /* with TOOL_WRITES: writes through the host alone, where it is asked
                                about with what changes */
    TOOL_ENDS_STEP = 1 << 6, /* ends the step at work, and the goal with its last step */
};

struct tool {
    const char *name, *description;
    const char *schema; /* JSON Schema of the arguments, one object */
    unsigned flags;
    /*
     * args: validated against the schema, read-only. Returns a JSON object the caller owns:
     * json_success() and members, or json_error(). NULL counts as a broken contract. "media" is
     * a list of images and documents that the model is shown with it: {"path"} in the workspace,
     * or {"name", "data"} in base64.
     */
    cJSON *(*handler)(struct call *c, const cJSON *args);
    /*
     * Optional. Of consecutive calls whose tools have it, all are begun (c->call_id tells them
     * apart) before the first handler is called, so that their work goes on side by side.
     */
    void (*begin)(struct call *c, const cJSON *args);
    /*
     * What people see of a call; the engine knows no argument by its name. Each is optional, the
     * caller frees what it returns, NULL: nothing to say. about: what the call is about, one line,
     * else its first text. summary: what came of it, one line, else its error or status. diff:
     * what it changed, a unified diff, where it did not write through the host.
     */
    char *(*about)(const cJSON *args);
    char *(*summary)(const cJSON *args, const cJSON *result);
    char *(*diff)(const cJSON *args, const cJSON *result);
    /* "steps=plan": offered where that parameter of its behavior has that value. NULL: always. */
    const char *when;
    /*
     * What the model reads of a result, instead of its JSON: optional, the caller frees what it
     * returns, NULL: "error: …", or a line a member. `note` and `warnings` are added to it.
     */
    char *(*text)(const cJSON *args, const cJSON *result);
    /* Optional: the schema that calls are checked by, when more is taken than `schema` says. */
    const char *accepts;
    const char *verb; /* Optional: "Read", for the screen, before what the call is about */
};

enum behavior_flags {
    BEHAVIOR_MANY = 1 << 0,        /* may be listed several times, with other parameters each */
    BEHAVIOR_FREE_PARAMS = 1 << 1, /* no rows: params is one cJSON *, an object of what was given,
                                      unchecked; params_size is a pointer's */
};

/* Where a context block goes; see mien-behaviors(7). Volatile text belongs in the tail. */
enum placement { PLACE_PINNED, PLACE_TAIL };

struct behavior {
    const char *type;    /* "LoopDetectionBehavior": what YAML names */
    const char *name;    /* "loop_detection" */
    const char *help;    /* one line */
    const char *aliases; /* other accepted types, '|' between; or NULL */
    unsigned flags;      /* enum behavior_flags */
    const struct opt *params;
    size_t params_size, state_size;
    const struct tool *tools;                      /* ends with a NULL name; or NULL */
    bool (*init)(struct call *c, struct error *e); /* after params are parsed */
    /* More tools, known only at run time: asked after init, and again after tools_changed(). The
     * array ends with a NULL name and lives in the state until it is asked again, or fini. NULL
     * with *e unset: none. */
    const struct tool *(*make_tools)(struct call *c, struct error *e);
    void (*fini)(struct call *c);
    void (*instructions)(struct call *c, struct buf *out);
    void (*enhance_context)(struct call *c); /* through host->context_add, history_* */
    void (*on_goal_start)(struct call *c);
    void (*on_tool_call)(struct call *c, const char *tool, const cJSON *args, const cJSON *result);
    void (*on_round_end)(struct call *c);
    void (*on_timeout)(struct call *c, double elapsed_s);
    void (*on_goal_complete)(struct call *c, bool success, const char *status);
    void (*status)(struct call *c, struct buf *out); /* lines for /status */
    /* Before the result of a call, whoever's tool it is, is read: what out gets stands behind it
     * for the model, now and later. May take a tool's time. */
    void (*amend_result)(struct call *c, const char *tool, const cJSON *args, const cJSON *result,
                         struct buf *out);
};

/* What happened in the tree because of an operation. */
struct tree_result {
    const char
        *status; /* subtask_advanced task_advanced goal_complete failed check_failed reopened */
    char *next_task, *next_subtask; /* titles; caller frees */
    char *output;                   /* a red check's output; caller frees */
    int64_t added;
};

/* Why a pause ended. */
enum pause_end { PAUSE_OVER, PAUSE_JOB, PAUSE_USER, PAUSE_STOPPED };

enum loop_action { LOOP_GO_ON, LOOP_STOP, LOOP_NOT_A_LOOP };

/*
 * When and how the stored view is shortened by a summary. Strings are borrowed for ever
 * (literals, or what text() gave). The engine compacts when a request would be larger than
 * `threshold` of the smaller of max_tokens and the window.
 */
struct compaction {
    int64_t max_tokens; /* 0: the model's window */
    double threshold;   /* 0.1 to 0.95 */
    int64_t keep;       /* messages kept verbatim, fewer when they are too large; 0: by tokens, the
                           newest 20k or a quarter of the window, at most 40 % of it */
    const char *label;  /* "Previous work summary" */
    const char *brief;  /* whose summary, and of what; the engine adds the headings: of text() */
};

/* An agent this one may delegate to. Borrowed until the agent changes. */
struct delegate_target {
    const char *agent, *blurb;
    const char *tool, *description; /* of its delegation tool */
    const char *schema;             /* JSON Schema of its arguments */
};

/* A delegated goal. Borrowed during the call. */
struct delegate_spec {
    const char *call_id, *agent, *goal;
    const char *workspace; /* a directory beneath ours, "." for ours, NULL: a new one */
    const char *task;      /* key of the tree node it works on (tree_put), or NULL */
    const char *check;     /* a command that must exit 0 in its workspace, or NULL */
    /* Words that start it, perhaps on another machine, or NULL; then the variables that go along,
     * what mien is called there, and "auto", "shared" or "carry" for its workspace. */
    const struct opt_list *launcher, *environment;
    const char *program, *carrying;
    bool isolated; /* in a copy; what changed comes back when the goal and its check succeeded */
    int64_t max_parallel, silence_ms;
    int64_t start_ms, lost_ms; /* until mien begins there; without any sign of life from there */
};

/* A behavior mode that the active model offers. Strings are borrowed during the call. */
struct mode_info {
    const char *name, *description;
    bool active; /* alone or with others */
};

/* Who chose the mode in force: the user's choice is not changed by a behavior. */
enum mode_chooser { MODE_BY_NOBODY, MODE_BY_USER, MODE_BY_MODEL, MODE_BY_RULE };

/* What is going on, for rules to look at. NULL: not known. Borrowed during the call. */
struct situation {
    int64_t task;           /* node at work, 0: none */
    const char *task_title; /* of it, or the goal's */
    const char *user_text;  /* what the user said last */
    const char *tool;       /* called last */
    const char *error;      /* class or text of what failed last; NULL when it did not */
};

/* An MCP server. By the name the configuration knows it by, or by command or URL. */
struct mcp_spec {
    const struct call *by; /* whose it is: told when its tools change */
    const char *server;    /* entry of mcp_servers, or NULL */
    const char *command;   /* stdio: a program, or NULL */
    const struct opt_list *args;
    const cJSON *env; /* {"NAME": "value"} or NULL */
    const char *url;  /* Streamable HTTP, or NULL */
    const cJSON *headers;
    int64_t timeout_ms; /* of one call */
    int64_t open_ms;    /* of its start */
};

/* A tool of a server. Borrowed until tools_changed() or mcp_close. */
struct mcp_tool {
    const char *name, *description, *schema;
    bool read_only; /* it says so itself */
};

struct mcp_server; /* the engine's */

/* A file of instructions. The caller's. */
struct instruction {
    char *path, *text; /* path: absolute */
    int64_t bytes;     /* of the whole; more than the text has: it was cut */
    bool own;          /* the user's own file, not the project's */
};

static inline void instruction_fini(struct instruction *i)
{
    free(i->path);
    free(i->text);
}

/* What the goal at work, or the last one, has cost so far. Times in ms. */
struct goal_stats {
    int64_t rounds, max_rounds, ms;
    int64_t llm_calls, llm_ms, tool_calls, tool_errors, tool_ms, loops;
    int64_t input, cached, output;
    double cost;
    int64_t context_used, context_window;
    int64_t tasks, tasks_done, subtasks, subtasks_done, subtasks_failed;
    const char *status, *answer, *summary; /* of the goal's end; NULL before. Borrowed */
};

/*
 * The engine's side. All functions: engine thread; strings in are borrowed, strings out are
 * the caller's. A plugin checks `abi` before it uses anything.
 */
struct behavior_host {
    unsigned abi;
    /* Workspace. Paths are relative to it (absolute ones inside are accepted). */
    bool (*file_read)(struct agent *a, const char *path, size_t limit, struct buf *out,
                      struct file_result *r, struct error *e);
    /* Of lines from..to (1-based, inclusive; to 0: the last) at most `limit` bytes; r->lines
     * counts the whole file, see r->lines_more. */
    bool (*file_lines)(struct agent *a, const char *path, int64_t from, int64_t to, size_t limit,
                       struct buf *out, struct file_result *r, struct error *e);
    bool (*file_write)(struct agent *a, const char *path, const char *data, size_t n,
                       enum write_how how, struct file_result *r, struct error *e);
    bool (*file_remove)(struct agent *a, const char *path, struct error *e);
    /* Sorted by name. *entries: caller frees. */
    bool (*file_list)(struct agent *a, const char *path, struct file_entry **entries, size_t *n,
                      struct error *e);
    /* Is there a file or directory, and does the model not know that: it never read or wrote it,
     * or it is other than it was then? */
    bool (*file_look)(struct agent *a, const char *path, bool *exists, bool *news, struct error *e);
    /* Every text file beneath path, names in order; visit returns false to stop. *r counts what
     * was not looked at. */
    bool (*file_walk)(struct agent *a, const char *path,
                      bool (*visit)(void *arg, const char *rel, const char *data, size_t n),
                      void *arg, struct walk_result *r, struct error *e);
    /* The same for names alone: data is NULL, binary and large files are among them. */
    bool (*file_names)(struct agent *a, const char *path,
                       bool (*visit)(void *arg, const char *rel, const char *data, size_t n),
                       void *arg, struct error *e);
    /* Programs. Judged by policy, asked about when needed, run in the sandbox. */
    void (*command_run)(struct agent *a, const struct command_spec *c, struct command_result *r);
    /* Long-running programs of the session, by name. Judged and confined like commands.
     * ready_ms: how long to wait for the port; http: looks ask GET / too. False: *e says why; the
     * log's end is in s. */
    bool (*server_start)(struct agent *a, const char *name, const struct command_spec *c,
                         int64_t port, bool http, int64_t ready_ms, struct server_status *s,
                         struct error *e);
    bool (*server_stop)(struct agent *a, const char *name, struct server_status *s,
                        struct error *e);
    bool (*server_check)(struct agent *a, const char *name, int64_t log_lines,
                         struct server_status *s, struct error *e);
    /* All of them, ended ones too; *list and its strings: server_status_fini each, then free. */
    size_t (*server_list)(struct agent *a, struct server_status **list);
    /* A line for each that ended by itself since this was asked last, with the end of its log. */
    void (*jobs_ended)(struct agent *a, struct buf *out);
    /* Wait ms, or until the server or background command `job` (NULL: none) has ended or is not
     * known, the user said something, or all is to stop. MAY WAIT. */
    enum pause_end (*pause)(struct agent *a, const char *job, int64_t ms);
    /* What the harness has to tell in this round: of checks, of the user's edits; "" nothing.
     * Borrowed. */
    const char *(*news)(struct agent *a);
    /* Task tree. Node 0 means the active one. */
    bool (*tree_decompose)(struct agent *a, const cJSON *subtasks, int64_t node,
                           struct tree_result *r, struct error *e);
    /* The model's whole list of steps, as update_plan has it: laid over the tree; checks of steps
     * it calls completed are run. The result of the call, or an error; the caller's. MAY WAIT. */
    cJSON *(*plan_update)(struct agent *a, const cJSON *plan, const char *explanation);
    bool (*tree_mark)(struct agent *a, bool success, const char *reason, struct tree_result *r,
                      struct error *e);
    /*
     * End the goal itself: its check is run; with open tasks and leave_open false, ERR_DENIED
     * naming them; with leave_open they become skipped.
     */
    bool (*goal_mark)(struct agent *a, bool success, const char *summary, bool leave_open,
                      struct tree_result *r, struct error *e);
    /* A task whose state a behavior keeps, found by its key: made beneath the goal, or changed.
     * state: pending active done failed blocked skipped. The engine never activates, splits or
     * ends such a node by itself. title NULL: one that exists keeps its own, else nothing is done.
     * note may be NULL. */
    void (*tree_put)(struct agent *a, const char *key, const char *title, const char *state,
                     const char *note);
    void (*tree_text)(struct agent *a, struct buf *out); /* as the model sees it */
    bool (*tree_has_tasks)(struct agent *a);
    int64_t (*tree_active)(struct agent *a); /* node id, 0: none */
    void (*tree_budget)(struct agent *a, int64_t *used,
                        int64_t *max); /* rounds of the active node */
    /* Context of the request being built; only inside enhance_context. */
    void (*context_add)(struct agent *a, enum placement where, const char *title, const char *text);
    /* Keep the model's view at n exchanges: pruned to n when it reaches twice n. */
    void (*history_keep)(struct agent *a, int64_t exchanges);
    /* Take all from the model's view but results it has not seen yet, what the user said, and
     * lists of what was done. */
    void (*history_clear)(struct agent *a, const char *why);
    /* Compact by this policy from now on; only inside enhance_context. The first one stands. */
    void (*compact_when)(struct agent *a, const struct compaction *how);
    /* Instructions that hold here: the user's own, then of each directory from the root of the
     * repository down to the workspace the first of these files. Of all at most `limit` bytes, the
     * nearest first; each cut at a line. *list: instruction_fini each, then free. */
    size_t (*project_texts)(struct agent *a, const struct opt_list *names, size_t limit,
                            struct instruction **list);
    /* Of one directory below the workspace, "a/b", the first of these files, at most `limit` bytes
     * of it; false: there is none. */
    bool (*project_dir)(struct agent *a, const struct opt_list *names, const char *dir,
                        size_t limit, struct instruction *out);
    /* Rules of the repository as they are, heads and all: NAME.md in .agents/rules, .claude/rules
     * and, where the project is trusted, .mien/rules. *list as above. */
    size_t (*project_rules)(struct agent *a, size_t limit, struct instruction **list);
    /* Notes kept for this workspace in the state directory: "" when there are none; replaced whole.
     * ERR_LIMIT, ERR_IO. */
    bool (*notes_load)(struct agent *a, struct buf *out, struct error *e);
    bool (*notes_store)(struct agent *a, const char *text, size_t n, struct error *e);
    /* In the first goal of a session, once, whoever asks first: a message after the goal's own. */
    void (*note_once)(struct agent *a, const char *text);
    /* Skills of these directories (relative to the workspace, "~/" to home), sorted by name; one
     * of a name. *list: skill_info_fini each, then free. read: the text, cut at a line. */
    size_t (*skill_list)(struct agent *a, const struct opt_list *dirs, struct skill_info **list);
    char *(*skill_read)(struct agent *a, const struct skill_info *skill, size_t limit,
                        struct error *e);
    /* What this run did, newest last, from the ledger; bounded. */
    void (*ledger_text)(struct agent *a, struct buf *out);
    void (*ledger_add)(struct agent *a, const char *kind, const char *detail);
    /* The same of this goal alone, oldest first: GOAL USER WRITE APPEND BASH ERROR CHECK … */
    void (*ledger_each)(struct agent *a,
                        void (*visit)(void *arg, const char *kind, const char *detail), void *arg);
    void (*goal_stats)(struct agent *a, struct goal_stats *s);
    /* Loop evidence. level 1 shows, 2 tells the model too, 3 asks the user or ends. */
    enum loop_action (*loop_report)(struct agent *a, const char *signature, int64_t count,
                                    int level, const char *text);
    /* Has the workspace or the tree changed since this mark? Marks grow with each change. */
    uint64_t (*progress_mark)(struct agent *a);
    /* Completion vocabulary: the name of the tool that ends the current unit, or NULL. */
    const char *(*completion_tool)(struct agent *a);
    /* How the model says that it failed, as the end of a sentence that begins with "if you are
     * blocked, ": "call mark_failed and say why". Never empty. */
    void (*failure_words)(struct agent *a, struct buf *out);
    /* Ends the goal after this batch: complete or failed. */
    void (*goal_end)(struct agent *a, bool success, const char *summary);
    /* Delegation. begin starts it, or lets it wait while max_parallel are running; wait
     * returns when it has ended, and begins it when that was not done. False: *e says why. */
    size_t (*delegate_targets)(struct agent *a, const struct delegate_target **list);
    bool (*delegate_begin)(struct agent *a, const struct delegate_spec *spec, struct error *e);
    bool (*delegate_wait)(struct agent *a, const struct delegate_spec *spec,
                          struct delegate_result *r, struct error *e);
    /* Workspaces made beneath ours, newest first; with a query: the matches, best first.
     * *list: workspace_info_fini each, then free. */
    bool (*workspace_find)(struct agent *a, const char *query, struct workspace_info **list,
                           size_t *n, struct error *e);
    /* A question to the user. choices: array of texts, or NULL. *answer: caller frees. Where
     * nobody can answer, --ask decides: ERR_DENIED, or the first choice. */
    bool (*ask_user)(struct agent *a, const char *question, const cJSON *choices, char **answer,
                     struct error *e);
    /* Behavior modes of the active model. *list: caller frees the array. */
    size_t (*mode_list)(struct agent *a, struct mode_info **list);
    /* The mode in force ("" for none, "a+b" for several) and who chose it. */
    const char *(*mode_active)(struct agent *a, enum mode_chooser *by);
    /*
     * Switch: "formal", "a+b", "" to clear; from the next request on. message_only: until the
     * goal at work ends. by: MODE_BY_MODEL or MODE_BY_RULE; `why` is shown. ERR_NOT_FOUND names
     * the modes there are; ERR_DENIED when by is MODE_BY_RULE and the user or the model chose.
     */
    bool (*mode_set)(struct agent *a, const char *mode, bool message_only, enum mode_chooser by,
                     const char *why, struct error *e);
    void (*situation)(struct agent *a, struct situation *s);
    /*
     * MCP servers. open connects, says initialize and lists the tools, within timeout_ms; ERR_…
     * says what failed and shows the end of what the server printed. call: an object as tools
     * answer, never NULL. When a server changes its list, tools_changed() is called for the
     * behavior that opened it.
     */
    bool (*mcp_open)(struct agent *a, const struct mcp_spec *spec, struct mcp_server **server,
                     struct error *e);
    size_t (*mcp_tools)(struct agent *a, struct mcp_server *server, const struct mcp_tool **list);
    cJSON *(*mcp_call)(struct agent *a, struct mcp_server *server, const char *tool,
                       const cJSON *args, const char *call_id);
    void (*mcp_close)(struct agent *a, struct mcp_server *server);
    /* Tools of deferred behaviors: a line each behavior; and those that a query names or fits, as
     * an array of {name, description, parameters}, which the next request offers. */
    void (*tools_deferred)(struct agent *a, struct buf *out);
    cJSON *(*tools_find)(struct agent *a, const char *query);
    /* The tools of the behavior whose slot runs changed: make_tools is asked again before the
     * next request. */
    void (*tools_changed)(struct agent *a);
    /* One line for the user. level "info" or "warn". */
    void (*notice)(struct agent *a, const char *level, const char *text);
    /* One line of progress: what a script's user sees on stderr each round. */
    void (*progress)(struct agent *a, const char *text);
    /* The one LLM function: a short question outside the conversation. Caller frees. */
    char *(*llm_ask)(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                     struct error *e);
    /* Only inside on_goal_complete: call fn once the goal's end was told, while nobody waits;
     * only where there is a screen. A new goal or quitting cancels the llm_ask it makes. */
    void (*after_goal)(struct agent *a, void (*fn)(struct call *c));
    /* What prompts.yaml says under this name, which must be in behaviors/prompts.yaml; text_fill()
     * of base/text.h fills its {places}. Borrowed for ever. */
    const char *(*text)(struct agent *a, const char *name);
};

#endif
