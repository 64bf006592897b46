/*
 * workspaces_remove - taking a workspace away, whole or not at all beyond its mount. Thread: any.
 */
#ifndef HOST_WORKSPACES_REMOVE_H
#define HOST_WORKSPACES_REMOVE_H

#include "base/error.h"

/* Remove one by name, with all in it. ERR_DENIED unless it lies directly in ROOT/.agent_workspace
 * and carries our marker; links are never followed. */
NODISCARD bool workspaces_remove(const char *root, const char *name, struct error *e);

#endif
