/*
 * line - what becomes of the line being written: a goal, a command, or an answer.
 */
#ifndef UI_LINE_H
#define UI_LINE_H

#include "ui/app/app.h"

/* Bytes of one key or character go to the line editor; a line may be finished by them, a menu
 * may be due. */
void line_feed(struct app *app, const char *bytes, size_t n);

/* As if Enter was pressed. */
void line_send(struct app *app);

/* A whole line: a command runs, all else goes to the engine, at once or (queue) as a goal for
 * after the running one. A blank line is nothing. */
void line_submit(struct app *app, const char *line, bool queue);

#endif
