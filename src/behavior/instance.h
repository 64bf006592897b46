/*
 * instance - a behavior at work in an agent, the tools it offers, and the row of all of them: the
 * structs that the pipeline's files share. Thread: engine.
 */
#ifndef BEHAVIOR_INSTANCE_H
#define BEHAVIOR_INSTANCE_H

#include "base/json.h"
#include "base/mem.h"
#include "behavior/choice.h"
#include "behavior/fault.h"
#include "behaviors/behavior.h"
#include "llm/message.h"

/* The slots that are counted, in the order reports name them. */
enum slot {
    SLOT_INSTRUCTIONS,
    SLOT_ENHANCE_CONTEXT,
    SLOT_ON_GOAL_START,
    SLOT_ON_TOOL_CALL,
    SLOT_ON_ROUND_END,
    SLOT_ON_TIMEOUT,
    SLOT_ON_GOAL_COMPLETE,
    SLOT_STATUS,
    SLOT_AMEND_RESULT,
    SLOT_TOOLS,
    SLOT_COUNT
};

struct instance;
struct python_env;

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
    bool deferred, wanted, loaded;     /* see deferred.h */
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
    VEC(struct offered *) tools; /* same index; then those that can be called but are not offered */
    struct instance *running;    /* whose slot is being called, or NULL */
    struct instance *completion; /* whose tools end the goal, or NULL */
    bool sees;                   /* the model takes images: TOOL_SEES are offered */
    const char *edit;            /* of the TOOL_EDITS the one that is offered; NULL: edit_file */
    const struct tool_choice *choice; /* the user's; borrowed, NULL: all */
    uint64_t chosen;                  /* its changes that the offers follow */
    bool delegated;
    bool unanswered;                 /* nobody can answer a question */
    int64_t waited_us;               /* for the model, in slots */
    const struct python_env *python; /* for instances made from here on; borrowed */
};

#endif
