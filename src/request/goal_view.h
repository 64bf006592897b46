/*
 * goal_view - what a request says of the goal at work. The goal itself lies above this room; it
 * is asked for through a callback each time, as its text may be another after any wait.
 */
#ifndef REQUEST_GOAL_VIEW_H
#define REQUEST_GOAL_VIEW_H

#include "base/defs.h"

struct goal_view {
    const char *text; /* NULL: there was none yet; borrowed until the next wait */
    int64_t number;   /* 1-based in the session */
    bool running;
};

#endif
