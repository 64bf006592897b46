/* What keys do: the input line, the panes, the whole screen. */
#include <string.h>

#include "base/clock.h"
#include "ui/app/app.h"
#include "ui/input/input.h"

#define QUIT_MS 1500

bool action_send(struct app *app)
{
    input_feed("\r", 1);
    app_after_edit(app);
    return true;
}

bool action_newline(struct app *app)
{
    if (app->ask != ASK_NONE)
        return false;
    input_insert("\n", 1);
    return true;
}

bool action_queue(struct app *app)
{
    if (app->ask != ASK_NONE || input_is_empty())
        return true;
    AUTO_FREE char *line = input_expand();
    input_clear();
    app_submit(app, line, true);
    return true;
}

bool action_complete(struct app *app)
{
    if (input_is_empty() && app->ask == ASK_NONE)
        return false;
    if (app->ask == ASK_NONE)
        app_open_menu_for_input(app, true);
    return true;
}

bool action_undo(struct app *app)
{
    return input_is_empty() && input_restore();
}

bool action_delete_or_quit(struct app *app)
{
    if (!input_is_empty() || app->ask != ASK_NONE)
        return false;
    app->wishes |= WISH_QUIT;
    return true;
}

bool action_end_or_follow(struct app *app)
{
    if (!input_is_empty() || !app->transcript.scrolled)
        return false;
    transcript_follow(&app->transcript);
    return true;
}

bool action_focus_next(struct app *app)
{
    if (app->ask != ASK_NONE)
        return true;
    if (app->state.approvals.len > 0 && app->dialog.minimised && app->focus == FOCUS_TRANSCRIPT)
        app->dialog.minimised = false;
    app_set_focus(app, (enum focus)((app->focus + 1) % FOCUS_COUNT));
    return true;
}

bool action_focus_tree(struct app *app)
{
    if (app->ask != ASK_NONE)
        return true;
    if (app->dialog.minimised) {
        app->dialog.minimised = false;
        return true;
    }
    app_set_focus(app, app->focus == FOCUS_TREE ? FOCUS_INPUT : FOCUS_TREE);
    if (app->focus == FOCUS_TREE && app->state.focus && !app->tree.cursor)
        app->tree.cursor = app->state.focus;
    return true;
}

bool action_editor(struct app *app)
{
    app->wishes |= WISH_EDITOR;
    return true;
}

bool action_mode_next(struct app *app)
{
    const struct state *st = &app->state;
    if (st->catalogs[CATALOG_modes].len == 0) {
        toast_show(&app->toast, "%s has no behavior modes",
                   st->model_name ? st->model_name : "this model");
        return true;
    }
    size_t n = st->catalogs[CATALOG_modes].len, next = 0;
    for (size_t i = 0; i < n && st->mode && *st->mode; i++)
        if (strcmp(st->catalogs[CATALOG_modes].ptr[i].name, st->mode) == 0)
            next = i + 1;
    app_post(app, REQUEST_MODE, NULL, next < n ? st->catalogs[CATALOG_modes].ptr[next].name : "");
    return true;
}

bool action_repaint(struct app *app)
{
    app->wishes |= WISH_REPAINT;
    return true;
}

bool action_suspend(struct app *app)
{
    app->wishes |= WISH_SUSPEND;
    return true;
}

/* What is open or half done, from the top: true if there was something to close. */
static bool close_something(struct app *app)
{
    if (input_wants_escape())
        return true;
    if (app->ask != ASK_NONE) {
        enum ask kind = app->ask;
        app_ask_end(app);
        if (kind == ASK_NODE)
            app_set_focus(app, FOCUS_TREE);
        return true;
    }
    if (app->transcript.needle && app->focus == FOCUS_TRANSCRIPT) {
        mem_replace(&app->transcript.needle, NULL);
        return true;
    }
    return false;
}

bool action_interrupt(struct app *app)
{
    int64_t now = clock_ms();
    bool armed = now < app->quit_armed_until_ms;
    app->quit_armed_until_ms = 0;
    if (app->menu.open || close_something(app)) {
        menu_close(&app->menu);
        return true;
    }
    if (!input_is_empty()) {
        input_clear();
        app->menu.dismissed = false;
        toast_show(&app->toast, "cleared; Up brings it back");
    } else if (app->state.busy && !armed) {
        app_post(app, REQUEST_STOP, NULL, NULL);
        app->quit_armed_until_ms = now + QUIT_MS;
        toast_show(&app->toast, "stopping; Ctrl-C again quits");
    } else if (armed) {
        app->wishes |= WISH_QUIT;
    } else {
        app->quit_armed_until_ms = now + QUIT_MS;
        toast_show(&app->toast, "press Ctrl-C again to quit");
    }
    return true;
}

bool action_escape(struct app *app)
{
    if (close_something(app))
        return true;
    if (app->focus != FOCUS_INPUT && !app->state.busy) {
        app_set_focus(app, FOCUS_INPUT);
        transcript_follow(&app->transcript);
    } else if (app->state.busy) {
        app_post(app, REQUEST_STOP, NULL, NULL);
        toast_show(&app->toast, "stopping");
    }
    return true;
}
