/*
 * modes - which model is asked, in which behavior mode, and how large its window is.
 *
 * In force is the mode of the message (until its goal ends), else that of the task at work, else
 * that of the session, which is kept for each model. A mode is a route and more, never a URL that
 * somebody but the user's configuration named.
 * A call may read the model's mode until it ends: one that gives way is freed when none runs. A
 * switch of adapters, which a server must not see during a call, is put off until then, and said.
 *
 * Ownership: it owns the modes it composed and its strings. The registry of models and the other
 * neighbours are borrowed; they are connected once, before the first call, and outlive it.
 * MAY WAIT: where a mode has an adapter its server is asked to load it; the functions that can
 * come to that say so. Thread: engine.
 */
#ifndef REQUEST_MODES_H
#define REQUEST_MODES_H

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "behaviors/behavior.h"
#include "config/config.h"
#include "llm/llm.h"
#include "llm/models/models.h"
#include "llm/tokens.h"
#include "plan/tree.h"
#include "run/outbox.h"
#include "run/reactor.h"

struct modes {
    const struct config *cfg;
    struct reactor *reactor;
    struct outbox *out;
    struct llm *llm;
    struct models *models;
    struct tree *tree;     /* only read */
    const char *workspace; /* its path */
    /* The session keeps the mode of each model: its text, "" for none, and who chose it. */
    void (*keep)(void *arg, const char *model, const char *mode, const char *by);
    /* NULL: none was kept. *by (may come back NULL) and the text are the caller's to free. */
    char *(*kept)(void *arg, const char *model, char **by);
    /* What requests begin with is another from the next one on. */
    void (*changed)(void *arg, const char *why);
    void *arg;

    const struct model *model; /* NULL: none is in use yet */
    char *home;                /* of the model to go back to when planning ends; NULL: none */
    struct tokens_ratio ratio; /* learned of it */
    int64_t window;            /* tokens; learned from the server */
    char *window_from;         /* who said so, for the user */

    /* How hard to think: the user's word, kept with the session, NULL: none; the agent's own,
     * borrowed. Between them stand the task's, the configuration's and the mode's. */
    char *effort;
    const char *agent_effort;

    struct mode *session;         /* chosen for the session and this model */
    struct mode *message;         /* for the goal at work only */
    struct mode *task;            /* of the node at work */
    char *task_text;              /* what the node says, to see a change */
    char *source;                 /* who chose the session's, for the user */
    enum mode_chooser by;         /* the same, for rules */
    enum mode_chooser message_by; /* who chose the message's */
    VEC(struct mode *) old;       /* a running request may still use them */
    char *wanted, *want_why;      /* to be switched to when no request runs; NULL: none */
    bool want_force;              /* as the change asked */
    enum mode_chooser want_by;
};

/* A change of the session's mode. Strings are borrowed during the call. */
struct mode_change {
    const char *mode;   /* "formal", "a+b", "" or NULL to clear */
    const char *model;  /* NULL: the active one */
    const char *source; /* for the user: "user", "command line", "rule 2: …" */
    enum mode_chooser by;
    bool force;        /* conflicts of composed modes: the last wins */
    bool message_only; /* until the goal at work ends */
};

void modes_fini(struct modes *m);

/* The mode of the next request; NULL: none. Borrowed until the next change while no call runs. */
const struct mode *modes_active(const struct modes *m);
/* The MODE event: what is in force, and where the next request goes. */
void modes_emit(struct modes *m);

/* False with *e: nothing changed. ERR_NOT_FOUND, ERR_CONFIG as mode_compose(), ERR_DENIED when no
 * model is in use, or what the server of an adapter said. MAY WAIT. */
NODISCARD bool modes_set(struct modes *m, const struct mode_change *c, struct error *e);
/* How hard to think from the next request on: auto, none, low, medium, high, max. ERR_USAGE. */
NODISCARD bool modes_set_effort(struct modes *m, const char *word, struct error *e);
/* The word in force, and NULL for auto, when the model and its modes decide. Borrowed. */
const char *modes_effort(const struct modes *m);
/* Another model, in the mode the session keeps for it. ERR_NOT_FOUND or ERR_CONFIG: the old one
 * stays. MAY WAIT. */
NODISCARD bool modes_set_model(struct modes *m, const char *name, struct error *e);
/* Planning is asked of the model that is configured for it, what follows of the one before; a model
 * that the user chose meanwhile stays. MAY WAIT. */
void modes_plan(struct modes *m, bool plans);
/* What was learned of the window; from: who said so. */
void modes_set_window(struct modes *m, int64_t tokens, const char *from);

/* Enter or leave the mode of the node at work; take up what waited for a call to end. MAY WAIT. */
void modes_refresh(struct modes *m);
/* Those of message and task: the goal ended. */
void modes_forget(struct modes *m);

/*
 * "@formal text" and "@@formal text": *text moves behind the flag. With apply, "@" holds for the
 * goal at work and "@@" for the session; without, only looked at. False with *e: such a mode
 * there is not. An "@" that names a file, or on a model without modes, is no flag.
 * MAY WAIT with apply.
 */
NODISCARD bool modes_take_flag(struct modes *m, const char **text, bool apply, struct error *e);
/* Take up a change that another process left in this file, which goes. MAY WAIT. */
void modes_take_file(struct modes *m, const char *path);

/* The mode in force, for the user; price: tokens that a switch sends uncached. */
void modes_report(const struct modes *m, struct buf *out, int64_t price);

#endif
