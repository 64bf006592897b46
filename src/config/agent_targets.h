/*
 * agent_targets - whom an agent may delegate to, from can_delegate_to of its file or of an
 * agents.yaml, and the tool each of them is delegated to by. Private to the engine.
 */
#ifndef CONFIG_AGENT_TARGETS_H
#define CONFIG_AGENT_TARGETS_H

#include "config/agentfile.h"

/* Fill f->targets. ERR_CONFIG for unknown names, the agent itself, circles. */
NODISCARD bool agent_targets_load(struct agent_file *f, const struct agent_places *places,
                                  struct error *e);
void agent_targets_free(struct agent_target *t, size_t n);

/* ---- of agentfile.c ---- */
bool agent_name_is_file(const char *name);
/* The YAML of an agent and where it came from. beside: a directory looked in first, or NULL. */
struct yaml *agent_find(const char *name, const struct agent_places *places, const char *beside,
                        char **origin, struct error *e);

#endif
