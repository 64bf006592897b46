/*
 * detect - model servers on this machine, asked over plain sockets so that libcurl stays
 * unloaded when there are none. Blocks for DETECT_BUDGET_MS at most.
 */
#ifndef LLM_DETECT_H
#define LLM_DETECT_H

#include "base/defs.h"

struct models;
struct model;

#define DETECT_BUDGET_MS 150

struct detect_port {
    int port;
    const char *provider; /* row of the provider table */
};

/* Probe the usual ports. Adds every model found; answers the first, with a line in *why. */
const struct model *detect_servers(struct models *ms, char **why);

/* The same for given ports (at most 16). */
const struct model *detect_ports(struct models *ms, const struct detect_port *ports, size_t n,
                                 int64_t budget_ms, char **why);

#endif
