/* The last row: a short message, a waiting question, or what keys do here. */
#include <string.h>

#include "base/clock.h"
#include "ui/app/app.h"
#include "ui/input/input.h"
#include "ui/term/glyph.h"

static bool keyrow_add(const struct key *k, struct canvas *c, struct area a, int *col)
{
    char label[32];
    keys_label(k->name, label, sizeof label);
    int need = cluster_str_width(label, strlen(label)) + 1 + (int)strlen(k->hint);
    int gap = *col > 0 ? 3 : 0;
    if (*col + gap + need > a.cols)
        return false;
    if (gap)
        canvas_put(c, a, 0, *col + 1, ROLE_BORDER, glyph(GLYPH_DOT), -1);
    *col = canvas_put(c, a, 0, *col + gap, ROLE_KEY, label, -1);
    *col = canvas_put(c, a, 0, *col + 1, ROLE_HINT, k->hint, -1);
    return true;
}

static void keyrow_hints(enum context context, struct canvas *c, struct area a, int *col)
{
    for (const struct key *k = keys; k->name; k++)
        if (k->context == context && k->hint && !keyrow_add(k, c, a, col))
            return;
}

static enum context keyrow_context(struct app *app)
{
    if (app->help_open)
        return CONTEXT_HELP;
    if (app_question(app))
        return CONTEXT_DIALOG;
    if (app->menu.open)
        return CONTEXT_MENU;
    if (app->focus == FOCUS_TREE)
        return tree_view_job(&app->tree, &app->state) ? CONTEXT_JOB : CONTEXT_TREE;
    return app->focus == FOCUS_TRANSCRIPT ? CONTEXT_TRANSCRIPT : CONTEXT_INPUT;
}

void keyrow_draw(struct app *app, struct canvas *c, struct area a)
{
    if (a.rows < 1)
        return;
    const char *vi = input_vi_mode();
    int col = 0;
    if (app->ask != ASK_NONE) {
        canvas_put(c, a, 0, 0, ROLE_HINT, "Enter done, Esc cancel; your draft is kept", -1);
        return;
    }
    if (app->toast_until_ms > clock_ms()) {
        canvas_put(c, a, 0, 0, ROLE_TOAST, app->toast, -1);
        return;
    }
    if (app->dialog.minimised && app->state.approvals.len > 0) {
        canvas_putf(c, a, 0, 0, ROLE_WARN, "waiting for you: %s  (Ctrl-T answers)",
                    app->state.approvals.ptr[0].title);
        return;
    }
    if (*vi)
        col = canvas_put(c, a, 0, 0, ROLE_MUTED, vi, -1);
    enum context context = keyrow_context(app);
    keyrow_hints(context, c, a, &col);
    if (context != CONTEXT_HELP && context != CONTEXT_DIALOG && context != CONTEXT_MENU)
        keyrow_hints(CONTEXT_GLOBAL, c, a, &col);
}
