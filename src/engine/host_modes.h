/*
 * host_modes - behavior modes and the situation, as behaviors see them. As behavior.h has it.
 * Thread: engine.
 */
#ifndef ENGINE_HOST_MODES_H
#define ENGINE_HOST_MODES_H

#include "behaviors/behavior.h"

size_t host_mode_list(struct agent *a, struct mode_info **list);
const char *host_mode_active(struct agent *a, enum mode_chooser *by);
bool host_mode_set(struct agent *a, const char *mode, bool message_only, enum mode_chooser by,
                   const char *why, struct error *e);
void host_situation(struct agent *a, struct situation *s);

#endif
