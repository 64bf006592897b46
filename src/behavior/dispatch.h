/*
 * dispatch - one call of a behavior's slot, whoever wrote it: timed, counted, attributed, and for
 * a shared object guarded. For the pipeline's files. Thread: engine.
 */
#ifndef BEHAVIOR_DISPATCH_H
#define BEHAVIOR_DISPATCH_H

#include "behavior/instance.h"

/* Beside those that are counted (enum slot). */
enum slot_uncounted {
    SLOT_BEGIN = SLOT_COUNT,
    SLOT_INIT,
    SLOT_MAKE_TOOLS,
    SLOT_FINI,
    SLOT_AFTER,
    SLOT_ALL
};

/* What a slot is given, and what it gives: those that it knows. */
struct slot_call {
    struct instance *i;
    int slot; /* of either enum */
    const struct tool *tool;
    const char *text; /* name of a tool, status of a goal */
    const cJSON *args, *result;
    double elapsed_s;
    bool success;
    void (*after)(struct call *c);
    struct buf *out;
    struct error *e;
    /* given back */
    cJSON *answer;
    const struct tool *made;
    bool ok;
};

/* False: it did not come to its end, or the behavior is off since one did not. Not called
 * where the behavior has no such slot: that counts as done. MAY WAIT. */
bool slot_run(struct pipeline *p, struct slot_call *s);

/* As in behavior.h, for people. */
const char *slot_name(int slot);

#endif
