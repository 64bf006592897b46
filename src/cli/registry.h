/*
 * registry - the models and agents a subcommand needs, loaded as the engine would.
 */
#ifndef CLI_REGISTRY_H
#define CLI_REGISTRY_H

#include "cli/cli.h"

struct models;

/* The layers of models.yaml as the command line names them. Caller frees with models_free. */
struct models *registry_load(const struct cli *c, struct error *e);

#endif
