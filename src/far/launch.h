/*
 * launch - where a mien is started, and the line that tells mien far call (home.h) to do it.
 * Thread: any.
 */
#ifndef FAR_LAUNCH_H
#define FAR_LAUNCH_H

#include "base/json.h"
#include "base/mem.h"

#define LAUNCH_START_S 3600
#define LAUNCH_LOST_S 60

struct launch {
    VEC(char *) words, environment; /* environment: names of variables that go along */
    char *program;                  /* what mien is called there; NULL: mien */
    /* far: by two ends that talk; carry: its workspace goes over and back; here: on this machine;
     * isolated: what changed comes back when the goal and its check succeeded. */
    bool far, carry, here, isolated;
    int64_t start_ms, lost_ms;
};

/* By its words and what was said of the workspace: "auto", "shared", "carry". */
void launch_decide(struct launch *l, const char *workspace, bool isolated);
void launch_fini(struct launch *l); /* what was decided stays */

struct launch_order {
    const char *const *words; /* of mien exec, besides workspace and agent; NULL-terminated */
    const char *agent;        /* or NULL */
    const char *workspace;    /* absolute */
    const char *name;         /* of copies of what met another change */
    const char *set;          /* "NAME=value" that goes along, or NULL */
    const char *check;        /* of one that is isolated, or NULL */
    int64_t check_ms;
};
/* Without its newline; the caller frees. */
char *launch_line(const struct launch *l, const struct launch_order *o);

#endif
