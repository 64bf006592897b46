/*
 * agentfile - an agent: its prompt, its YAML list of behaviors, whom it may delegate to.
 *
 * Looked up as FILE.yaml, else by name: .mien/agents/ of a trusted workspace, then agents/ of
 * the configuration directory, then what ships in the binary; targets of a file beside it first.
 * In the latter two NAME_config.yaml and agents.yaml are read too, as older files are written.
 * Format: agent files in mien-config(5).
 */
#ifndef CONFIG_AGENTFILE_H
#define CONFIG_AGENTFILE_H

#include "base/error.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "behaviors/behavior.h"
#include "config/agent_find.h"

/* An agent it may delegate to: what its own file says of itself. Strings are owned. */
struct agent_target {
    struct delegate_target seen; /* as behaviors see it; points to the strings below */
    char *agent, *blurb, *tool, *description, *schema;
    char *file;  /* what to give --agent: a name, or a path for one found beside a file */
    char *model; /* NULL: the delegating agent's */
};

struct agent_file {
    char *name, *blurb, *system_prompt, *model, *mode, *origin;
    const char *effort;           /* none, low, medium, high, max; NULL: not said */
    const struct yaml *behaviors; /* a sequence, inside root */
    struct agent_target *targets;
    size_t target_count;
    int64_t rounds, seconds, tokens; /* limits:, -1: none given */
    double money;
    struct yaml *root;
};

/*
 * ERR_CONFIG with file:line; ERR_NOT_FOUND naming the nearest agent. Whom it may delegate to is
 * looked at too: unknown names, itself and circles are ERR_CONFIG.
 */
NODISCARD bool agent_file_load(struct agent_file *f, const char *name,
                               const struct agent_places *places, struct error *e);
void agent_file_fini(struct agent_file *f);

#endif
