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
    bool far, carry; /* far: perhaps on another machine; carry: its workspace goes over and back */
    int64_t start_ms, lost_ms;
};

/* By its words and what was said of the workspace: "auto", "shared", "carry". */
void launch_decide(struct launch *l, const char *workspace);
void launch_fini(struct launch *l); /* far and carry stay */

struct launch_order {
    const char *const *words; /* of mien exec, besides workspace and agent; NULL-terminated */
    const char *agent;        /* or NULL */
    const char *workspace;    /* absolute */
    const char *name;         /* of copies of what met another change */
    const char *set;          /* "NAME=value" that goes along, or NULL */
};
/* Without its newline; the caller frees. */
char *launch_line(const struct launch *l, const struct launch_order *o);

#endif
