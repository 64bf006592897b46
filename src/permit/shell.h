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

struct shell {
    struct permit *permit;
    struct reactor *reactor;
    struct outbox *out;
    struct sandbox *sandbox; /* NULL: none */
    const char *cwd, *tmp;
    size_t keep;     /* bytes of output, at its head and at its end each */
    int64_t outputs; /* files made of outputs that were longer */
};

/* May it run, and reach as far as it asks? *own: the sandbox it gets when that is another than
 * the shell's, else NULL; the caller frees. False: *r is refused, its note says why. MAY WAIT. */
bool shell_allowed(struct shell *s, const struct command_spec *c, struct sandbox **own,
                   struct command_result *r);

/* Judge it, run it and wait for its end; a stop ends it. *r is the caller's to fini. MAY WAIT. */
void shell_run(struct shell *s, const struct command_spec *c, struct command_result *r);

/* What commands made in git directories to lead git elsewhere is removed, and said: to the user,
 * and in *r where there is one. After each command; and where others may have ended. */
void shell_sweep(struct shell *s, struct command_result *r);

#endif
