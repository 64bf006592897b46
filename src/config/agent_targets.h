/*
 * agent_targets - whom an agent may delegate to, from can_delegate_to of its file or of an
 * agents.yaml, and the tool each of them is delegated to by. For agentfile.c only.
 */
#ifndef CONFIG_AGENT_TARGETS_H
#define CONFIG_AGENT_TARGETS_H

#include "config/agentfile.h"

/* Fill f->targets. ERR_CONFIG for unknown names, the agent itself, circles. */
NODISCARD bool agent_targets_load(struct agent_file *f, const struct agent_places *places,
                                  struct error *e);
void agent_targets_free(struct agent_target *t, size_t n);

#endif
