/*
 * engine - runs goals on its own thread. Front ends (the screen, `mien exec`) talk to it
 * only through this file: requests go down, events (event.h) come up.
 *
 * Nothing here blocks. Posting moves the payload. Every request is answered by events.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "run/event.h"

struct config;
struct engine;

/*
 * What a front end may ask, and when it is served: NOW at once, whatever runs; ANY at the next
 * wait where nothing is half made; IDLE only while nothing stands on what it replaces, else a
 * NOTICE answers it. The comment names the request's fields that are read.
 */
#define REQUEST_LIST(R)                                                                            \
    R(SUBMIT, ANY)    /* text: a new goal when idle, steered into the next round when busy */      \
    R(QUEUE, ANY)     /* text: a goal for after the running one; when idle as SUBMIT */            \
    R(STOP, NOW)      /* interrupt what runs; the goal ends cancelled; idempotent */               \
    R(ANSWER, NOW)    /* name: approval id, text: choice key, extra: reason or typed text */       \
    R(TREE, ANY)      /* name: operation (tree_ops.def), node, text, number */                     \
    R(MODE, ANY)      /* text: mode, or "" to clear; name: model or NULL for the active one */     \
    R(MODEL, ANY)     /* text: model_name or provider/model */                                     \
    R(AGENT, IDLE)    /* text: agent name or FILE.yaml; starts with the next goal */               \
    R(APPROVE, ANY)   /* text: ask, auto, never, yolo */                                           \
    R(COMPACT, ANY)   /* shorten the model's view; name: "" or NULL by a summary (text: what to    \
                    keep), prune, set (text: the summary's new text) */                            \
    R(BEHAVIOR, IDLE) /* name: add, remove, move; text: TYPE, then key=value or a position */      \
    R(PROMPT, ANY)    /* name: of a slash command of one's own, text: its words; then as SUBMIT */ \
    R(MCP, IDLE)      /* name: restart; text: the server's name */                                 \
    R(JOB, ANY)       /* name: stop; text: the job's name */                                       \
    R(NOBODY, NOW)    /* nobody answers questions any more; an open one is refused */              \
    R(NEW, IDLE)      /* a fresh session */                                                        \
    R(RESUME, IDLE)   /* text: session id; goes on with its unfinished goal */                     \
    R(CONTINUE, ANY)  /* go on with this session's unfinished goal */                              \
    R(REPORT, ANY)    /* name: what (engine_report_names), text: argument; answer: REPORT */       \
    R(EXPORT, ANY)    /* text: file; answer: NOTICE or ERROR */                                    \
    R(CATALOG, ANY)   /* answer: one CATALOG per kind */                                           \
    R(QUIT, NOW)      /* stop what runs, close the session; engine_done() becomes true */

enum request_type {
#define R(name, when) REQUEST_##name,
    REQUEST_LIST(R)
#undef R
        REQUEST_COUNT
};

struct request {
    enum request_type type;
    char *name, *text, *extra; /* owned */
    int64_t node, number;
};

void request_fini(struct request *r);
const char *request_name(enum request_type type);

/*
 * How a session begins. Strings are borrowed until engine_new returns.
 */
struct engine_opts {
    const char *workspace;            /* NULL: the current directory */
    const char *model, *mode, *agent; /* NULL: configuration, then discovery */
    const char *models_file;          /* --models FILE, or NULL */
    const char *resume;               /* session id, "" for the newest here, NULL: new */
    const char *session;              /* --session ID: open or create this one; NULL */
    const char *approval;             /* policy name or NULL */
    const char *with;                 /* behaviors besides the agent's, "TYPE,FILE"; NULL */
    const char *ask;                  /* questions without a screen: fail, first, stdin; NULL */
    const char *config_file;          /* --config FILE, for delegates; or NULL */
    bool interactive;                 /* there is a screen with a person before it */
    bool delegated;                   /* another agent gives the goal */
    bool require_sandbox;
    bool trust;
    int64_t max_rounds, timeout_s, max_tokens; /* -1: as configured */
    double max_money;                          /* < 0: as configured */
};

/*
 * Start the engine thread. cfg is borrowed and must outlive the engine. Returns at once:
 * opening the store, finding models and loading the agent happen on the thread, and their
 * failures arrive as ERROR events with fatal set, after which engine_done() is true.
 * Returns NULL with *e set only when no thread could be started.
 */
NODISCARD struct engine *engine_new(const struct config *cfg, const struct engine_opts *opts,
                                    struct error *e);

/* Stop what runs, join the thread, free pending events. NULL is fine. */
void engine_free(struct engine *g);

/* Queue a request; takes its strings. Thread: any. */
void engine_post(struct engine *g, struct request r);
/* Shorthand; strings are copied. */
void engine_ask(struct engine *g, enum request_type type, const char *name, const char *text);

/* Move the oldest event into *ev; false when there is none. Consecutive TEXT events of one
 * answer are merged while they wait. Thread: the front end's. */
bool engine_next(struct engine *g, struct event *ev);

/* Readable (poll POLLIN) while events wait. Owned by the engine. */
int engine_event_fd(const struct engine *g);

/* The thread has ended; its last events may still wait. exit code as in mien(1). */
bool engine_done(const struct engine *g);
int engine_exit_code(const struct engine *g);

/* In a crash handler: the plugin whose call crashed this thread, or NULL. Async-signal-safe. */
const char *engine_crash_suspect(void);

/* Names accepted by REQUEST_REPORT, NULL-terminated; those of REQUEST_TREE: plan/tree_ops.def. */
extern const char *const engine_report_names[];

#endif
