/*
 * pipeline - the behaviors of an agent in registration order, and the one place from which
 * their slots are called: timed, counted, attributed. Thread: engine.
 */
#ifndef BEHAVIOR_PIPELINE_H
#define BEHAVIOR_PIPELINE_H

#include "base/mem.h"
#include "behavior/fault.h"
#include "behavior/registry.h"
#include "behaviors/behavior.h"
#include "llm/llm.h"

struct python_env;

/* The slots that are counted, in the order of pipeline_slot_names. */
enum slot {
    SLOT_INSTRUCTIONS,
    SLOT_ENHANCE_CONTEXT,
    SLOT_ON_GOAL_START,
    SLOT_ON_TOOL_CALL,
    SLOT_ON_ROUND_END,
    SLOT_ON_TIMEOUT,
    SLOT_ON_GOAL_COMPLETE,
    SLOT_STATUS,
    SLOT_TOOLS,
    SLOT_COUNT
};
extern const char *const pipeline_slot_names[SLOT_COUNT];

struct instance;

/* A tool of an instance, with what came of it in this session. */
struct offered {
    const struct tool *tool;
    cJSON *schema; /* parsed */
    struct instance *owner;
    int64_t calls, errors, ms;
};

struct instance {
    const struct behavior *type;
    struct call call; /* what its slots are given */
    void *params, *state;
    VEC(struct offered) tools;
    bool started;                      /* init was called */
    bool automatic;                    /* added by the engine, not by the agent's file */
    bool tools_changed;                /* make_tools is to be asked again */
    int64_t calls, total_us, worst_us; /* of all its slots */
    int64_t slots[SLOT_COUNT];         /* times each was called */
    int64_t instruction_tokens, context_tokens, schema_tokens; /* of the last request */
    int64_t tokens_sent;                                       /* the same, of all requests */
    bool slow_told;
    struct fault_code code;          /* of a shared object: its calls are guarded */
    const struct python_env *python; /* borrowed; NULL: none in Python can be made */
    char *off;                       /* why it is called no more: it crashed, or hung; or NULL */
};

struct pipeline {
    VEC(struct instance *) instances;
    VEC(struct llm_tool) offers; /* in fixed order, for the request */
    VEC(struct offered *) tools; /* same index */
    struct instance *running;    /* whose slot is being called, or NULL */
    struct instance *completion; /* whose tools end the goal, or NULL */
    bool delegated;
    int64_t waited_us;               /* for the model, in slots */
    const struct python_env *python; /* for instances made from here on; borrowed */
};

/* Maps type → parameters, under an agent's own: engine settings, then behavior_defaults. */
struct behavior_layers {
    const struct yaml *settings, *defaults;
    struct type_places places; /* for types that files bring */
};

/*
 * Add one behavior with its parameters (NULL maps: none): defaults, then the layers, then
 * `params`. Atomic: on a duplicate tool name nothing is registered. ERR_CONFIG names both
 * owners, or file:line of a bad parameter. base: the call struct to copy.
 */
NODISCARD bool pipeline_add(struct pipeline *p, const char *type,
                            const struct behavior_layers *layers, const struct yaml *params,
                            const struct call *base, struct error *e);

/* Ask for the instance's tools anew. *e: why some could not be taken; the others stand. */
void pipeline_remake(struct pipeline *p, struct instance *i, struct error *e);

/* Take one out, or move it to a position (0: first). False: there is none of that type. */
bool pipeline_remove(struct pipeline *p, const char *type);
void pipeline_drop(struct pipeline *p, struct instance *i);
bool pipeline_move(struct pipeline *p, const char *type, size_t to);
struct instance *pipeline_find(const struct pipeline *p, const char *type);

/* The tool that ends the unit of work: a step, else the goal. NULL: none is loaded. */
const char *pipeline_completion_tool(const struct pipeline *p);
/* Who has a tool that is loaded but not offered, because another owner ends goals; or NULL. */
const struct instance *pipeline_hidden_tool(const struct pipeline *p, const char *name);

/* All entries of a YAML list `- type: X, params: {…}` or plain names. */
NODISCARD bool pipeline_load(struct pipeline *p, const struct yaml *list,
                             const struct behavior_layers *layers, const struct call *base,
                             struct error *e);
void pipeline_fini(struct pipeline *p);

/* See behavior_host.failure_words. */
void pipeline_failure_words(const struct pipeline *p, struct buf *out);

/* Index into offers, -1: nobody has it. */
int pipeline_find_tool(const struct pipeline *p, const char *name);

/* What its row adds to every request. */
int64_t pipeline_tool_tokens(const struct tool *t);

/* What is wrong with a call's arguments, as its answer; NULL: nothing. */
cJSON *pipeline_check_tool(struct pipeline *p, int tool, cJSON *args);
/* Run a tool's handler: schema-checked arguments in, always an object out. */
cJSON *pipeline_run_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args);
/* Let a tool with `begin` start; arguments that do not fit start nothing. */
void pipeline_begin_tool(struct pipeline *p, int tool, const char *call_id, cJSON *args);

/* Events, to every instance in order. */
void pipeline_goal_start(struct pipeline *p);
void pipeline_tool_call(struct pipeline *p, const char *tool, const cJSON *args,
                        const cJSON *result);
void pipeline_round_end(struct pipeline *p);
void pipeline_timeout(struct pipeline *p, double elapsed_s);
void pipeline_goal_complete(struct pipeline *p, bool success, const char *status);

/* What a behavior left for after the goal: it may wait for the model. */
void pipeline_after(struct pipeline *p, struct instance *i, void (*fn)(struct call *c));
void pipeline_status(struct pipeline *p, struct buf *out);
void pipeline_instructions(struct pipeline *p, struct buf *out);
/* What an instance adds to every request: instructions and schemas. */
int64_t pipeline_tokens(struct pipeline *p, struct instance *i);
void pipeline_enhance(struct pipeline *p);

/* Set what changes: the goal, the round. */
void pipeline_update(struct pipeline *p, const char *goal, int64_t round);

#endif
