/*
 * commands - every slash command. A row is the only place where one is described: parser,
 * help, completion and manual read it. tests/unit/ui_tables.c checks the rows.
 */
#ifndef UI_COMMANDS_H
#define UI_COMMANDS_H

#include <stdio.h>

#include "ui/app/app.h"

struct command;

/* rest: what stands after the name, trimmed. False with *e set: shown as an error. */
typedef bool command_fn(struct app *app, const struct command *c, const char *rest,
                        struct error *e);

/* What the words after the name may be, for completion; more than the row's own words. */
enum complete {
    COMPLETE_NONE,
    COMPLETE_COMMANDS,
    COMPLETE_MODELS,
    COMPLETE_AGENTS,
    COMPLETE_SESSIONS,
    COMPLETE_THEMES,
    COMPLETE_MODES,
    COMPLETE_BEHAVIORS,
    COMPLETE_JOBS,
    COMPLETE_FILES,
};

struct command_word {
    const char *name, *help; /* name NULL ends a list */
};

struct command {
    const char *name; /* without the slash; NULL ends the table */
    const char *args; /* "<must> [may] ..." */
    const char *help;
    command_fn *run;
    int arg;                          /* for run: a request's type or a pick, else 0 */
    const struct command_word *words; /* what the first word may be, or NULL */
    enum complete complete;
    const char *alias; /* another name, or NULL */
};

extern const struct command commands[]; /* sorted by name */

/* What it would change, as it stands now: "" where there is no such thing. Caller frees. */
char *command_value(const struct app *app, const struct command *c);

/* By name or alias; NULL: there is none. */
const struct command *command_find(const char *name, size_t n);

/* Words the row wants: least, and most (-1: any number). */
void command_arity(const struct command *c, int *least, int *most);

/* What choosing in a picker does; a menu's number for it (menu.pick). */
enum pick {
    PICK_NONE,
    PICK_AGENT,
    PICK_MODE,
    PICK_MODEL,
    PICK_POLICY,
    PICK_EFFORT,
    PICK_SESSION,
    PICK_THEME,
    PICK_START,   /* what to do without a model */
    PICK_PALETTE, /* palette.h */
    PICK_REWIND,  /* a message to go back to */
    PICK_HISTORY, /* a line that was sent, to be written again */
    PICK_NODE,    /* a mode or effort for a task */
};

/* Nothing is made of the line before there is a model: ask how to get one. */
void commands_pick_start(struct app *app);
/* For the selected task: its mode or effort. False: another operation, no task, or no mode to
 * choose. */
bool commands_pick_for_node(struct app *app, const char *op);

/* The lines that were sent. */
void commands_pick_history(struct app *app);
/* Ask which messages can be gone back to. */
void commands_ask_rewind(struct app *app);
/* Messages came that can be gone back to: pick one. */
void commands_rewind(struct app *app);
/* Sessions came that were searched for: pick one. */
void commands_found(struct app *app);

void commands_picked(struct app *app, enum pick pick, const char *name);

void ui_commands_print(FILE *f);

#endif
