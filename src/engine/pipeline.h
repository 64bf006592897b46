/*
 * pipeline - the behaviors of an agent in registration order, and the one place from which
 * their slots are called: timed, counted, attributed. Thread: engine.
 */
#ifndef ENGINE_PIPELINE_H
#define ENGINE_PIPELINE_H

#include "base/mem.h"
#include "behaviors/behavior.h"
#include "llm/llm.h"

struct config;

struct instance {
    const struct behavior *type;
    struct call call; /* what its slots are given */
    void *params, *state;
    bool started;                      /* init was called */
    int64_t calls, total_us, worst_us; /* of all its slots */
    int64_t tool_calls, tool_errors;
    int64_t instruction_tokens, context_tokens, schema_tokens; /* of the last request */
    bool slow_told;
};

struct pipeline {
    VEC(struct instance *) instances;
    VEC(struct llm_tool) offers;    /* in fixed order, for the request */
    VEC(struct instance *) owners;  /* of offers, same index */
    VEC(const struct tool *) tools; /* same index */
    VEC(cJSON *) schemas;           /* parsed, same index */
    struct instance *running;       /* whose slot is being called, or NULL */
};

/* All behavior types that are compiled in. */
extern const struct behavior *const behavior_types[];
size_t behavior_type_count(void);
const struct behavior *behavior_find(const char *type);

/*
 * Add one behavior with its parameters (NULL maps: none): defaults, then `defaults`, then
 * `params`. Atomic: on a duplicate tool name nothing is registered. ERR_CONFIG names both
 * owners, or file:line of a bad parameter. base: the call struct to copy.
 */
NODISCARD bool pipeline_add(struct pipeline *p, const char *type, const struct yaml *defaults,
                            const struct yaml *params, const struct call *base, struct error *e);

/* All entries of a YAML list `- type: X, params: {…}` or plain names. */
NODISCARD bool pipeline_load(struct pipeline *p, const struct yaml *list,
                             const struct yaml *defaults, const struct call *base, struct error *e);
void pipeline_fini(struct pipeline *p);

/* Index into offers, -1: nobody has it. */
int pipeline_find_tool(const struct pipeline *p, const char *name);

/* Run a tool's handler: schema-checked arguments in, always an object out. */
cJSON *pipeline_run_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args);

/* Events, to every instance in order. */
void pipeline_goal_start(struct pipeline *p);
void pipeline_tool_call(struct pipeline *p, const char *tool, const cJSON *args,
                        const cJSON *result);
void pipeline_round_end(struct pipeline *p);
void pipeline_timeout(struct pipeline *p, double elapsed_s);
void pipeline_goal_complete(struct pipeline *p, bool success, const char *status);

void pipeline_instructions(struct pipeline *p, struct buf *out);
void pipeline_enhance(struct pipeline *p);

/* Set what changes: the goal, the round. */
void pipeline_update(struct pipeline *p, const char *goal, int64_t round);

#endif
