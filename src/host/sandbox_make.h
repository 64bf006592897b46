/*
 * sandbox_make - what a sandbox will show, hide and let be written, listed before the first fork.
 */
#ifndef HOST_SANDBOX_MAKE_H
#define HOST_SANDBOX_MAKE_H

#include "host/sandbox.h"

/*
 * workspace and tmp: the only places a command may write. network: allow it. The lists are
 * made now; a directory that appears later in HOME is not readable under `landlock`.
 */
struct sandbox *sandbox_new(const char *workspace, const char *tmp, bool network);

#endif
