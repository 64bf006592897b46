/*
 * permit - the one gate: may this run? Every tool call, command, server, check and delegate
 * passes here before it begins.
 *
 * In this order: was a stop asked for, does a hook of the user's object, does a rule refuse it,
 * was a yes given for the session (a grant), does a rule allow it or want a yes, does the policy
 * want one; then the user is asked. What reaches beyond the sandbox wants a yes under every policy
 * but yolo; what a rule refuses is refused under every one. Grants are what the user said "for this
 * session" to; they end with the session, and each grants what its question named and nothing
 * else. Every change of policy and grants is a SETTING event. Under `plan` nothing is changed:
 * tools that write are refused, commands run where the workspace is read-only, and reach no
 * further. Thread: engine.
 */
#ifndef PERMIT_PERMIT_H
#define PERMIT_PERMIT_H

#include "base/effects.h"
#include "base/opt.h"
#include "host/reach.h"
#include "host/sandbox.h"
#include "host/workspace_write.h"
#include "permit/ask.h"
#include "permit/permissions.h"

enum policy { POLICY_ASK, POLICY_AUTO, POLICY_NEVER, POLICY_YOLO, POLICY_PLAN, POLICY_COUNT };
#define POLICY_NAMES "ask, auto, never, yolo or plan"
const char *policy_name(enum policy p);
/* POLICY_COUNT: there is none of this name. */
enum policy policy_find(const char *name);

struct grants {
    VEC(char *) commands; /* command lines, to the letter */
    struct reach reach;   /* of any command */
    bool writes;          /* files inside the workspace */
    VEC(char *) files;    /* by their paths, those that something reads by itself */
};

struct permit {
    struct asker ask;
    enum policy policy, before; /* before: what a plan that is taken goes on under */
    struct grants grants;
    const struct sandbox *sandbox; /* borrowed; NULL: none */
    bool network;                  /* commands may reach it */
    struct reach allowed;          /* --allow: what any command may reach that asks for it */
    struct permissions rules;
    bool in_call;             /* a tool runs: what is written now, the model writes */
    bool shows;               /* it writes through the host alone: asked about there */
    struct buf changed;       /* what it wrote, a unified diff; the agent takes it */
    const struct config *cfg; /* borrowed; where they come from */
    const char *workspace;    /* borrowed; NULL: none yet */
    /* A hook's objection to a tool call, or NULL; caller frees. MAY WAIT. */
    char *(*object)(void *arg, const char *tool, const cJSON *args);
    void *arg;
};

/* What goes and what comes, as lines with - and + before them; caller frees. */
char *permit_difference(const char *old, size_t old_len, const char *data, size_t len);

void permit_fini(struct permit *p);
/* What any command may reach that asks for it, by words of reach.h. Its errors name --allow. */
NODISCARD bool permit_allow(struct permit *p, const struct opt_list *words, struct error *e);
/* The policy at the beginning: `given` on the command line (may be NULL), else the configured one.
 * A plan that is taken goes on under the configured one. */
void permit_begin(struct permit *p, const char *given, const char *configured);
/* A session is resumed that was left under `kept`: the stricter of it and the present one holds;
 * kept_before likewise, for what a plan goes on under. Names that are none: nothing. */
void permit_resume(struct permit *p, const char *kept, const char *kept_before);
void permit_set_policy(struct permit *p, enum policy policy);
/* Another session: nothing was granted in it. */
void permit_forget(struct permit *p);

/* A tool call as the gate sees it. Borrowed during the call. */
struct permit_call {
    const char *tool;
    const cJSON *args;
    bool writes;         /* it changes something, or does not say what it does */
    bool shows;          /* and is asked about where it does, with what changes */
    const char *summary; /* what it is about, one line; or NULL */
};

/* NULL: go ahead. Else what the model is told instead; the caller deletes. MAY WAIT. */
cJSON *permit_tool(struct permit *p, const struct permit_call *c);

/*
 * May a file be changed so? Rules about writes hold for every one; without a rule a tool is asked
 * about what something reads or runs by itself (readers.h). arg: a struct permit. MAY WAIT.
 */
bool permit_write(void *arg, const struct workspace_change *c, struct error *e);

/* What would become of it, and why; nothing is asked. */
struct permit_trial {
    enum verdict verdict;    /* ALLOW, ASK or DENY */
    const struct rule *rule; /* that decides; NULL: the policy does */
    char why[512];
};
void permit_try(const struct permit *p, const struct command_spec *c, const struct reach *reach,
                struct permit_trial *t);

/* NULL, or why nothing that changes something may begin: a plan is being made. */
const char *permit_plan_words(const struct permit *p);

/* May this command line run, and reach so far? False: `why` says what to tell the model. MAY
 * WAIT. */
bool permit_command(struct permit *p, const struct command_spec *c, const struct reach *reach,
                    char why[static 512]);

/* Would it run with nothing asked? For what nobody waits for. */
bool permit_command_is_free(const struct permit *p, const char *command);

/* Why nothing may begin: words for the model, by the reason the reactor notes. */
const char *permit_stop_words(enum interrupt why);

#endif
