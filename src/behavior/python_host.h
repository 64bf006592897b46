/*
 * python_host - the Python process of one behavior: started with the package that ships inside
 * mien, asked in lines of JSON, started once more after it failed. Thread: engine.
 *
 * A call waits for its answer and steps the loop meanwhile. Requests are served only where
 * nothing they read is being made; a stop ends the wait always, and with it the process.
 */
#ifndef BEHAVIOR_PYTHON_HOST_H
#define BEHAVIOR_PYTHON_HOST_H

#include "base/buf.h"
#include "base/json.h"
#include "behaviors/behavior.h"

struct lines;
struct outbox;
struct reactor;
struct tree;

/* What a process has of the history. */
struct python_seen {
    uint64_t changes; /* the conversation's, + 1; 0: it has nothing */
    int64_t seq;      /* of the last message */
    int64_t count;
};

/* What all Python behaviors of an agent borrow; the engine connects it once. */
struct python_env {
    struct reactor *reactor;
    struct outbox *out;
    struct tree *tree;
    int64_t rounds_per_subtask; /* as the tree's text tells it */
    const char *workspace, *tmp;
    int64_t *waited_us;                     /* what is no handler's time; the pipeline's */
    bool (*working)(void *arg);             /* a goal runs: requests may be served during a call */
    void (*about)(void *arg, cJSON *about); /* adds what is known of the agent */
    /* The request so far, as messages {"role", "content"}: "head", "new" and "tail" of it, the
     * history behind the first "keep" being new. Takes note of what was sent; caller deletes. */
    cJSON *(*view)(void *arg, struct python_seen *seen);
    void *arg;
};

struct python_host {
    const struct python_env *env;     /* borrowed */
    const char *type, *path, *source; /* class and file; borrowed */
    cJSON *params;                    /* of its constructor; borrowed */
    struct lines *lines;              /* NULL: not started */
    cJSON *loaded;                    /* {"name", "methods", "tools"} of its first start */
    bool busy, off;
    int failures;
    int64_t id;         /* of the call that is waited for, or the last */
    cJSON *answer;      /* to it */
    char *about;        /* what every method is told, as last sent */
    uint64_t tree_sent; /* tree->changes + 1 as last sent, 0: not yet */
    struct python_seen seen;
    struct buf errors; /* an unfinished line of standard error */
    int errors_told;   /* of this call */
    char *complaint;   /* last told, so that it is told once */
};

/* What a call may take. */
struct python_limits {
    int64_t ms;
    bool view; /* it is given the request so far */
    bool pump; /* serve requests meanwhile */
    bool tool; /* an interrupt that came before ends it, too */
};

/* Start it and fill h->loaded. ERR_CONFIG names the file, ERR_NOT_FOUND python3. MAY WAIT. */
NODISCARD bool python_host_load(struct python_host *h, struct error *e);
/* Does the class have a method of its own? */
bool python_host_has(const struct python_host *h, const char *method);

/*
 * Call a method. args: positional, an array; kw: named, an object or NULL; takes both. Returns
 * the result, which the caller frees, or NULL: ERR_PARSE the class raised, ERR_CANCELED it was
 * interrupted, ERR_BUSY it is in another call, ERR_INTERNAL it failed or is off. MAY WAIT.
 */
cJSON *python_host_call(struct python_host *h, const struct call *c, const char *method,
                        cJSON *args, cJSON *kw, const struct python_limits *limits,
                        struct error *e);
/* Tell the user, unless that was said last. */
void python_host_complain(struct python_host *h, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Let it end by itself, briefly. MAY WAIT. */
void python_host_fini(struct python_host *h);

#endif
