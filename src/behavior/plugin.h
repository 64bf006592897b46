/*
 * plugin - behaviors from shared objects. The object exports `const struct behavior
 * behavior_NAME` (NAME: the file's, with or without _behavior at its end) and, by BEHAVIOR_PLUGIN
 * of behavior.h, `behavior_abi`. Whoever could have written the file could act as the user, so it
 * must be the user's or root's, and closed to others.
 */
#ifndef BEHAVIOR_PLUGIN_H
#define BEHAVIOR_PLUGIN_H

#include "behaviors/behavior.h"

/* ERR_DENIED when others could have written it, ERR_CONFIG for another ABI or a missing symbol.
 * The object stays loaded. */
const struct behavior *plugin_load(const char *path, const char *type, struct error *e);

#endif
