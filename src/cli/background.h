/*
 * background - the proxy that runs in the background: one for a state directory, known by
 * proxy.json there, its words in proxy.log.
 */
#ifndef CLI_BACKGROUND_H
#define CLI_BACKGROUND_H

#include <sys/types.h>

#include "cli/cli.h"

struct background {
    pid_t pid;
    char *url;
    char *models, *config; /* options that it was started with, or NULL */
    int64_t started;       /* of the process, as /proc says: a pid comes again */
};
void background_fini(struct background *b);

/* The one that runs; false: none does. */
NODISCARD bool background_find(struct background *b);
/* Start one, with the options of the command line, and wait until it listens. None runs. */
NODISCARD bool background_start(struct background *b, const struct cli *c, struct error *e);
/* Ask it to end, and wait for that. */
NODISCARD bool background_stop(const struct background *b, struct error *e);

#endif
