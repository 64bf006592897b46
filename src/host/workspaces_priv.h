/*
 * workspaces_priv - what making, finding and removing workspaces share. For
 * src/host/workspaces*.c only.
 */
#ifndef HOST_WORKSPACES_PRIV_H
#define HOST_WORKSPACES_PRIV_H

#include "host/workspaces.h"

/* The directory that holds them, never through a link; -1 and an error. */
int workspaces_open(const char *root, struct error *e);
bool workspaces_errno(int err, const char *what, struct error *e); /* false */

/* A directory directly beneath; a link is none. -1 with errno. */
int workspaces_open_dir(int at, const char *name);

/* Does dir carry our marker? Fills what it says, info may be NULL. */
bool workspaces_marker(int dir, struct workspace_info *info);

#endif
