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

#define BEHAVIOR_ABI 1

struct behavior_host;
struct agent;

/* What every slot is given. Borrowed, valid during the call. */
struct call {
    const struct behavior_host *host;
    struct agent *agent;   /* handed back to the host's functions */
    void *state;           /* state_size bytes, this instance's */
    const void *params;    /* params_size bytes, parsed */
    const char *goal;      /* NULL before the first */
    const char *workspace; /* absolute path */
    const char *call_id;   /* tool calls: the model's id */
    int64_t round;         /* 1-based within the goal */
    bool delegated;        /* another agent gave the goal */
};

enum tool_flags {
    TOOL_READS = 1 << 0,     /* only reads */
    TOOL_WRITES = 1 << 1,    /* changes files of the workspace */
    TOOL_EXECUTES = 1 << 2,  /* runs programs: the handler asks command_run */
    TOOL_PARALLEL = 1 << 3,  /* safe beside other calls of the batch */
    TOOL_ENDS_GOAL = 1 << 4, /* may end the goal */
    TOOL_TREE = 1 << 5,      /* edits the task tree only */
};

struct tool {
    const char *name, *description;
    const char *schema; /* JSON Schema of the arguments, one object */
    unsigned flags;
    /*
     * args: validated against the schema, read-only. Returns a JSON object the caller owns:
     * json_success() and members, or json_error(). NULL counts as a broken contract.
     */
    cJSON *(*handler)(struct call *c, const cJSON *args);
};

/* Where a context block goes; see mien-behaviors(7). Volatile text belongs in the tail. */
enum placement { PLACE_PINNED, PLACE_TAIL };

struct behavior {
    const char *type;    /* "LoopDetectionBehavior": what YAML names */
    const char *name;    /* "loop_detection" */
    const char *help;    /* one line */
    const char *aliases; /* other accepted types, '|' between; or NULL */
    const struct opt *params;
    size_t params_size, state_size;
    const struct tool *tools;                      /* ends with a NULL name; or NULL */
    bool (*init)(struct call *c, struct error *e); /* after params are parsed */
    void (*fini)(struct call *c);
    void (*instructions)(struct call *c, struct buf *out);
    void (*enhance_context)(struct call *c); /* through host->context_add, history_* */
    void (*on_goal_start)(struct call *c);
    void (*on_tool_call)(struct call *c, const char *tool, const cJSON *args, const cJSON *result);
    void (*on_round_end)(struct call *c);
    void (*on_timeout)(struct call *c, double elapsed_s);
    void (*on_goal_complete)(struct call *c, bool success, const char *status);
};

/* What happened in the tree because of an operation. */
struct tree_result {
    const char
        *status; /* subtask_advanced task_advanced goal_complete failed check_failed reopened */
    char *next_task, *next_subtask; /* titles; caller frees */
    char *output;                   /* a red check's output; caller frees */
    int64_t added;
};

enum loop_action { LOOP_GO_ON, LOOP_STOP, LOOP_NOT_A_LOOP };

/*
 * The engine's side. All functions: engine thread; strings in are borrowed, strings out are
 * the caller's. A plugin checks `abi` before it uses anything.
 */
struct behavior_host {
    unsigned abi;
    /* Workspace. Paths are relative to it (absolute ones inside are accepted). */
    bool (*file_read)(struct agent *a, const char *path, size_t limit, struct buf *out,
                      struct file_result *r, struct error *e);
    bool (*file_write)(struct agent *a, const char *path, const char *data, size_t n,
                       enum write_how how, struct file_result *r, struct error *e);
    /* Sorted by name. *entries: caller frees. */
    bool (*file_list)(struct agent *a, const char *path, struct file_entry **entries, size_t *n,
                      struct error *e);
    /* Every regular file beneath path, ignored and binary ones left out; visit returns false
     * to stop. */
    bool (*file_walk)(struct agent *a, const char *path,
                      bool (*visit)(void *arg, const char *rel, const char *data, size_t n),
                      void *arg, struct error *e);
    /* Programs. Judged by policy, asked about when needed, run in the sandbox. */
    void (*command_run)(struct agent *a, const char *call_id, const char *command,
                        const struct opt_list *whitelist, int64_t timeout_ms, bool background,
                        struct command_result *r);
    /* Task tree. Node 0 means the active one. */
    bool (*tree_decompose)(struct agent *a, const cJSON *subtasks, int64_t node,
                           struct tree_result *r, struct error *e);
    bool (*tree_mark)(struct agent *a, bool success, const char *reason, struct tree_result *r,
                      struct error *e);
    void (*tree_text)(struct agent *a, struct buf *out); /* as the model sees it */
    bool (*tree_has_tasks)(struct agent *a);
    int64_t (*tree_active)(struct agent *a); /* node id, 0: none */
    void (*tree_budget)(struct agent *a, int64_t *used,
                        int64_t *max); /* rounds of the active node */
    /* Context of the request being built; only inside enhance_context. */
    void (*context_add)(struct agent *a, enum placement where, const char *title, const char *text);
    /* Keep the model's view at n exchanges: pruned to n when it reaches twice n. */
    void (*history_keep)(struct agent *a, int64_t exchanges);
    void (*history_clear)(struct agent *a, const char *why); /* after the running tool batch */
    /* What this run did, newest last, from the ledger; bounded. */
    void (*ledger_text)(struct agent *a, struct buf *out);
    void (*ledger_add)(struct agent *a, const char *kind, const char *detail);
    /* Loop evidence. level 1 shows, 2 tells the model too, 3 asks the person or ends. */
    enum loop_action (*loop_report)(struct agent *a, const char *signature, int64_t count,
                                    int level, const char *text);
    /* Has the workspace or the tree changed since this mark? Marks grow with each change. */
    uint64_t (*progress_mark)(struct agent *a);
    /* Completion vocabulary: the name of the tool that ends the current unit, or NULL. */
    const char *(*completion_tool)(struct agent *a);
    /* Ends the goal after this batch: complete or failed. */
    void (*goal_end)(struct agent *a, bool success, const char *summary);
    /* One line for the person. level "info" or "warn". */
    void (*notice)(struct agent *a, const char *level, const char *text);
    /* The one LLM function: a short question outside the conversation. Caller frees. */
    char *(*llm_ask)(struct agent *a, const char *system, const char *user, int64_t max_tokens,
                     struct error *e);
};

#endif
