/*
 * host_project - the file of instructions that lies in a project. Thread: engine.
 */
#ifndef ENGINE_HOST_PROJECT_H
#define ENGINE_HOST_PROJECT_H

#include "behaviors/behavior.h"

char *host_project_text(struct agent *a, const struct opt_list *names, size_t limit, char **path);

#endif
