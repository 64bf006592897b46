/*
 * shell - a command line run for the model or for a check: judged by the gate, confined, watched,
 * told as events and in the ledger.
 *
 * All it holds is borrowed; the engine connects it once. Thread: engine.
 */
#ifndef PERMIT_SHELL_H
#define PERMIT_SHELL_H

#include "base/effects.h"
#include "permit/permit.h"

struct process;

struct shell {
    struct permit *permit;
    struct reactor *reactor;
    struct outbox *out;
    struct sandbox *sandbox; /* NULL: none */
    struct reader_watch *readers;
    const char *cwd, *tmp;
    size_t keep; /* bytes of output, at its head and at its end each */
    /* Takes a command that runs, and its sandbox (NULL: the shell's), to go on beside the
     * conversation; says in *r what it is called there. */
    void (*adopt)(void *arg, struct process *p, struct sandbox *own, const char *command,
                  struct command_result *r);
    void *arg;
    int64_t outputs; /* files made of outputs that were longer */
};

/* May it run, and reach as far as it asks? *own: the sandbox it gets when that is another than
 * the shell's, else NULL; the caller frees. False: *r is refused, its note says why. MAY WAIT. */
bool shell_allowed(struct shell *s, const struct command_spec *c, struct sandbox **own,
                   struct command_result *r);

/* Judge it, run it and wait for its end; a stop ends it, and where c->leaves the user may have it
 * go on in the background: r->job is set then. *r is the caller's to fini. MAY WAIT. */
void shell_run(struct shell *s, const struct command_spec *c, struct command_result *r);

/* The goal is over: what its commands changed of the files that others read by themselves is told
 * once more, and what those left that ran in the background is looked at. */
void shell_goal_ended(struct shell *s);

#endif
