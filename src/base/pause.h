/*
 * pause - what long work on a thread asks now and then: others get their turn, and the answer
 * says whether to go on.
 */
#ifndef BASE_PAUSE_H
#define BASE_PAUSE_H

#include <stdbool.h>

struct pause {
    bool (*go_on)(void *arg); /* cheap; false: stop now. NULL: nobody is asked */
    void *arg;
};

static inline bool pause_go_on(const struct pause *p)
{
    return !p || !p->go_on || p->go_on(p->arg);
}

#endif
