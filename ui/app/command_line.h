/*
 * command_line - from a typed line to a command's handler: names, arity, errors.
 */
#ifndef UI_COMMAND_LINE_H
#define UI_COMMAND_LINE_H

#include "ui/app/app.h"

/* A line that starts with a slash and a word without another slash. */
bool commands_is_command(const char *line);

/* Whether "/name" alone may run. */
bool commands_can_run_bare(const char *slash_name);

/* Run a line that is a command; errors are shown on the screen. */
void commands_run(struct app *app, const char *line);

#endif
