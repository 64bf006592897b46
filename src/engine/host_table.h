/*
 * host_table - what behaviors may ask for: the table of behavior.h, filled from the rooms and the
 * host_*.c files. Thread: engine.
 */
#ifndef ENGINE_HOST_TABLE_H
#define ENGINE_HOST_TABLE_H

#include "behaviors/behavior.h"

extern const struct behavior_host agent_host;

#endif
