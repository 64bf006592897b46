/*
 * pipeline - the behaviors of an agent in registration order: composed, changed, and what they
 * offer together. The moments at which they are called stand in pipeline_run.h.
 *
 * Owns its instances. Making one, remaking its tools and ending one call the behavior, which may
 * wait. Thread: engine.
 */
#ifndef BEHAVIOR_PIPELINE_H
#define BEHAVIOR_PIPELINE_H

#include "base/yaml.h"
#include "behavior/instance.h"
#include "behavior/type_files.h"

/* Maps type → parameters, under an agent's own: engine settings, then behavior_defaults. */
struct behavior_layers {
    const struct yaml *settings, *defaults;
    struct type_places places; /* for types that files bring */
};

/*
 * Add one behavior with its parameters (NULL maps: none): defaults, then the layers, then
 * `params`. Atomic: on a duplicate tool name nothing is registered. ERR_CONFIG names both
 * owners, or file:line of a bad parameter. base: the call struct to copy. MAY WAIT.
 */
NODISCARD bool pipeline_add(struct pipeline *p, const char *type,
                            const struct behavior_layers *layers, const struct yaml *params,
                            const struct call *base, struct error *e);

/* Ask for the instance's tools anew. *e: why some could not be taken; the others stand. MAY
 * WAIT. */
void pipeline_remake(struct pipeline *p, struct instance *i, struct error *e);

/* Take one out, or move it to a position (0: first). False: there is none of that type. Taking
 * out MAY WAIT. */
bool pipeline_remove(struct pipeline *p, const char *type);
void pipeline_drop(struct pipeline *p, struct instance *i);
bool pipeline_move(struct pipeline *p, const char *type, size_t to);
struct instance *pipeline_find(const struct pipeline *p, const char *type);

/* The tool that ends the unit of work: a step, else the goal. NULL: none is loaded. */
const char *pipeline_completion_tool(const struct pipeline *p);
/* Who has a tool that is loaded but not offered, because another owner ends goals; or NULL. */
const struct instance *pipeline_hidden_tool(const struct pipeline *p, const char *name);

/* All entries of a YAML list `- type: X, params: {…}` or plain names. MAY WAIT. */
NODISCARD bool pipeline_load(struct pipeline *p, const struct yaml *list,
                             const struct behavior_layers *layers, const struct call *base,
                             struct error *e);
void pipeline_fini(struct pipeline *p);

/* See behavior_host.failure_words. */
void pipeline_failure_words(const struct pipeline *p, struct buf *out);

/* After every change of what there is: what a request offers. */
void pipeline_refresh(struct pipeline *p);

/* Offer its tools when they are wanted; see deferred.h. */
void pipeline_defer(struct pipeline *p, struct instance *i);

/* What the model can do: of the ways to edit files offer this tool (borrowed for long; NULL:
 * edit_file), and those that show it images where it sees; the others can still be called. True:
 * the offers changed. */
bool pipeline_suit_model(struct pipeline *p, const char *edit, bool sees);

/* Index into tools, -1: nobody has it. Below offers.len: it is offered too. */
int pipeline_find_tool(const struct pipeline *p, const char *name);

/* It is loaded, and the user switched it off. */
bool pipeline_tool_is_off(const struct pipeline *p, const char *name);
/* A tool that is loaded fits this pattern, whether or not it is offered. */
bool pipeline_tool_fits(const struct pipeline *p, const char *pattern);

/* Is it to be offered here: the way to edit that the model knows, a question that somebody can
 * answer? One that is not may be called all the same. */
bool pipeline_suits(const struct pipeline *p, const struct tool *t);

/* What its row adds to every request. */
int64_t pipeline_tool_tokens(const struct tool *t);

#endif
