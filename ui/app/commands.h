/*
 * commands - every slash command. A row is the only place where one is described: parser,
 * help, completion and manual read it. tests/unit/ui_commands.c checks the rows.
 */
#ifndef UI_COMMANDS_H
#define UI_COMMANDS_H

#include <stdio.h>

#include "base/error.h"

struct app;

/* rest: what stands after the name, trimmed. False with *e set: shown as an error. */
typedef bool command_fn(struct app *app, const char *rest, struct error *e);

/* What the words after the name may be, for completion. */
enum complete {
    COMPLETE_NONE,
    COMPLETE_COMMANDS,
    COMPLETE_MODELS,
    COMPLETE_AGENTS,
    COMPLETE_SESSIONS,
    COMPLETE_THEMES,
    COMPLETE_POLICIES,
    COMPLETE_TASK_OPS,
    COMPLETE_BEHAVIOR_OPS, /* then a mode */
    COMPLETE_STACK_OPS,    /* or a type; then a type */
    COMPLETE_CONTEXT_OPS,  /* then a file */
    COMPLETE_COMPACT_OPS,
    COMPLETE_JOB_OPS, /* then a job */
    COMPLETE_STAT_KINDS,
    COMPLETE_FILES,
};

struct command {
    const char *name; /* without the slash; NULL ends the table */
    const char *args; /* "<must> [may] ..." */
    const char *help;
    command_fn *run;
    enum complete complete;
    const char *alias; /* another name, or NULL */
};

extern const struct command commands[]; /* sorted by name */
/* Words commands take first, NULL-terminated. */
extern const char *const command_task_ops[];
extern const char *const command_stack_ops[]; /* /behaviors */
extern const char *const command_compact_ops[];
extern const char *const command_job_ops[];

const struct command *command_find(const char *name, size_t n);

/* A line that starts with a slash and a word without another slash. */
bool commands_is_command(const char *line);

/* Words the row wants: least, and most (-1: any number). */
void command_arity(const struct command *c, int *least, int *most);

/* Whether "/name" alone may run. */
bool commands_can_run_bare(const char *slash_name);

/* Run a line; errors are shown on the screen. */
void commands_run(struct app *app, const char *line);

void ui_commands_print(FILE *f);

#endif
