/*
 * launcher - the words that bring a program to another machine or slot, by kind: how they take the
 * words that follow, what they need of our environment, and where a workspace lies for them.
 *
 * Some launchers (srun, sbatch) hand their whole environment on. So every launcher that is not
 * known to stay here starts with an environment made for it, and what the far side is to have goes
 * over its standard input. Pure, but for the environment. Thread: any.
 */
#ifndef FAR_LAUNCHER_H
#define FAR_LAUNCHER_H

#include "base/defs.h"

/* Bytes of the word by which one call is known. */
#define FAR_NONCE 10

/* Of nice, env, a shell and their like, where they name none that leaves this machine: the program
 * is started by us, with all that we have. words: of the launcher, NULL-terminated, at least one.
 */
bool launcher_stays(const char *const *words);

/* Is its workspace brought over and back, where nothing else is said? Else it is the same
 * directory for both sides. */
bool launcher_carries(const char *const *words);

/* launcher, then program and what it needs to serve: NULL-terminated, each word and the list to be
 * freed. "{id}" in a word of the launcher becomes the nonce. */
char **launcher_words(const char *const *launcher, const char *program, const char *nonce);

/* What the launcher itself starts with, out of env; a credential of its own (SLURM_JWT) only where
 * `listed` (a list of names, NULL-terminated) has it. NULL-terminated; the same. */
char **launcher_environment(const char *const *words, char *const *env, const char *const *listed);

/* "NAME" of env as "NAME=value", borrowed; NULL: it is not there. */
const char *launcher_variable(char *const *env, const char *name);

#endif
