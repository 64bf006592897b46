/*
 * denial - did the sandbox make a command fail? Read from what the command said, and believed only
 * where the sandbox is the plausible cause: outside of it the same would work. Thread: engine.
 */
#ifndef PERMIT_DENIAL_H
#define PERMIT_DENIAL_H

#include "base/buf.h"
#include "host/reach.h"
#include "host/sandbox.h"

/* A command that has ended. Borrowed. */
struct denial_case {
    const char *command;
    const char *output; /* what is kept of it */
    bool failed;        /* not with 0, or out of time */
    enum sandbox_level level;
    bool network;                        /* it had it */
    int code;                            /* how it ended */
    bool overfilled;                     /* its temporary directory */
    const struct sandbox_limits *limits; /* NULL: none that could be hit */
    const char *refused;                 /* a host that its filter refused; may be NULL */
    const struct reach *reach;           /* what it was given; may be NULL */
    const char *cwd;
};

/* One line without its newline: that the sandbox did it, and how to ask; or which limit was hit.
 * Nothing where nothing says so. */
void denial_explain(const struct denial_case *d, struct buf *line);

#endif
