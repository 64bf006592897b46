/*
 * sandbox_cache - the places where build tools keep what they download, writable for commands
 * without being the user's: each workspace has its own layer, kept in the state directory.
 */
#ifndef HOST_SANDBOX_CACHE_H
#define HOST_SANDBOX_CACHE_H

#include "host/sandbox.h"

/*
 * Parent side, after the other writable places are known. Caches of the home that are there become
 * places with a layer over them; for those that are not a variable names a private directory
 * instead. Where the state directory takes none there are no caches. Two processes in one
 * workspace have a layer each.
 */
void sandbox_cache_init(struct sandbox *s, const char *home);

/* Child side, async-signal-safe, in a mount namespace of its own: mount the layers. Where there can
 * be none, ~/.cache is an empty directory of one's own and the others are read-only. 0 or -1 with
 * errno. */
int sandbox_cache_child_mount(const struct sandbox *s);

/* NULL-terminated VARIABLE=path of the level in force; NULL: none. s may be NULL. */
const char *const *sandbox_cache_env(const struct sandbox *s);

#endif
