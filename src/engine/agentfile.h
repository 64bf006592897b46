/*
 * agentfile - an agent: its prompt and its YAML list of behaviors.
 *
 * Looked up as FILE.yaml, then ~/.config/mien/agents/NAME.yaml, then what ships in the
 * binary. Format: agent files in mien-config(5).
 */
#ifndef ENGINE_AGENTFILE_H
#define ENGINE_AGENTFILE_H

#include "base/error.h"
#include "base/yaml.h"

struct config;

struct agent_file {
    char *name, *blurb, *system_prompt, *model, *mode, *origin;
    const struct yaml *behaviors; /* a sequence, inside root */
    struct yaml *root;
};

/* ERR_CONFIG with file:line; ERR_NOT_FOUND naming the nearest agent. */
NODISCARD bool agent_file_load(struct agent_file *f, const char *name, struct error *e);
void agent_file_fini(struct agent_file *f);

/* Names of all agents found, one copy each; the caller frees names and array. */
size_t agent_file_names(char ***names);

#endif
