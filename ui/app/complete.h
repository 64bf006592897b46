/*
 * complete - what can stand where the caret is: commands, their arguments, files; and the
 * menu that offers it.
 */
#ifndef UI_COMPLETE_H
#define UI_COMPLETE_H

#include "ui/app/app.h"

/* Offer what fits the word before the caret. asked: Tab was pressed; else only names of
 * commands offer themselves. */
void complete_open(struct app *app, bool asked);

/* Take what all entries share, or the selected one into the line; a picker acts on it. */
void complete_accept(struct app *app);

/* Take the selected entry. True: it is a command that is whole, the line may be sent. */
bool complete_run(struct app *app);

#endif
