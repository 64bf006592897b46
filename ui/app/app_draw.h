/*
 * app_draw - the whole screen, drawn into a canvas.
 */
#ifndef UI_APP_DRAW_H
#define UI_APP_DRAW_H

#include "ui/app/app.h"

void app_draw(struct app *app, struct canvas *c);

/* When app_draw() should run again by itself, by clock_ms(); -1: never. */
int64_t app_deadline(const struct app *app);

#endif
