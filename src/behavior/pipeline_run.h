/*
 * pipeline_run - the moments at which the behaviors of a pipeline are called, and with what.
 *
 * Every function here MAY WAIT but pipeline_check_tool() and pipeline_update(): a behavior may
 * run a command or ask the model. The pipeline stays as it is meanwhile: a request to change it
 * waits. A behavior that fails is told and switched off, the others are called all the same.
 * Thread: engine.
 */
#ifndef BEHAVIOR_PIPELINE_RUN_H
#define BEHAVIOR_PIPELINE_RUN_H

#include "behavior/instance.h"

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
/* What behaviors add to a result, for the model. MAY WAIT: they may run commands. */
void pipeline_amend_result(struct pipeline *p, const char *tool, const cJSON *args,
                           const cJSON *result, struct buf *out);
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
