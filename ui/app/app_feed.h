/*
 * app_feed - what comes in: tokens of the terminal and events of the engine, and who takes them.
 */
#ifndef UI_APP_FEED_H
#define UI_APP_FEED_H

#include "ui/app/app.h"
#include "ui/input/decoder.h"

/* A key goes to what is open, then to the pane in focus, then to GLOBAL, then to the line. */
void app_token(struct app *app, const struct token *t);

/* The event stays the caller's. */
void app_event(struct app *app, const struct event *ev);

#endif
