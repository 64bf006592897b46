/*
 * host_python - what Python behaviors see of the agent: its limits, its tree, its next request.
 * Thread: engine.
 */
#ifndef ENGINE_HOST_PYTHON_H
#define ENGINE_HOST_PYTHON_H

#include "behavior/python_host.h"

struct engine;

/* Borrows from the agent, which stays where it is. */
struct python_env host_python_env(struct engine *g);

#endif
