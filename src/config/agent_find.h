/*
 * agent_find - where agents are found by their names. Places and order: agentfile.h.
 */
#ifndef CONFIG_AGENT_FIND_H
#define CONFIG_AGENT_FIND_H

#include "base/error.h"
#include "base/yaml.h"

/* Where agents are looked for beside the configuration and the binary. */
struct agent_places {
    const char *project; /* a trusted workspace, or NULL */
};

/* Is it a path rather than a name? */
bool agent_name_is_file(const char *name);
/* "x/task_executor_config.yaml" is task_executor. */
char *agent_name_of(const char *name);

/* The YAML of an agent, the caller's, and where it came from. beside: a directory looked in first,
 * or NULL. ERR_NOT_FOUND naming the nearest agent; of a file that is there, what is wrong in it. */
struct yaml *agent_find(const char *name, const struct agent_places *places, const char *beside,
                        char **origin, struct error *e);

/* Names of all agents found, one copy each; the caller frees names and array. */
size_t agent_file_names(const struct agent_places *places, char ***names);

#endif
