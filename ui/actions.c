/* What keys do: the input line, menus, panes, scrolling, the whole screen. */
#include <string.h>

#include "base/clock.h"
#include "ui/app.h"
#include "ui/commands.h"
#include "ui/input.h"

#define QUIT_MS 1500
#define HELP_PAGE 10

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

static bool menu_step(struct app *app, int rows)
{
    menu_move(&app->menu, rows);
    return true;
}

bool action_menu_up(struct app *app)
{
    return menu_step(app, -1);
}

bool action_menu_down(struct app *app)
{
    return menu_step(app, 1);
}

bool action_menu_page_up(struct app *app)
{
    return menu_step(app, -9);
}

bool action_menu_page_down(struct app *app)
{
    return menu_step(app, 9);
}

bool action_menu_close(struct app *app)
{
    app->menu.dismissed = true;
    menu_close(&app->menu);
    return true;
}

/* Take the entry into the line, or act on it. Returns what was taken; caller frees. */
static char *menu_take(struct app *app)
{
    const struct menu_item *it = menu_selected(&app->menu);
    if (!it)
        return NULL;
    char *name = mem_strdup(it->name);
    menu_pick_fn *pick = app->menu.pick;
    size_t from = app->menu.from;
    menu_close(&app->menu);
    if (pick) {
        pick(app, name);
        return name;
    }
    size_t n = strlen(name);
    AUTO_FREE char *word = mem_printf("%s%s", name, n > 0 && name[n - 1] == '/' ? "" : " ");
    input_complete(from, word);
    return name;
}

bool action_menu_accept(struct app *app)
{
    if (!app->menu.pick) { /* what all entries share comes first */
        AUTO_FREE char *common = menu_common(&app->menu);
        if (strlen(common) > input_point() - app->menu.from) {
            input_complete(app->menu.from, common);
            app_open_menu_for_input(app, true);
            return true;
        }
    }
    free(menu_take(app));
    return true;
}

bool action_menu_run(struct app *app)
{
    bool picker = app->menu.pick != NULL;
    AUTO_FREE char *taken = menu_take(app);
    if (!picker && taken && *taken == '/' && commands_can_run_bare(taken))
        return action_send(app);
    return true;
}

bool action_focus_next(struct app *app)
{
    if (app->ask != ASK_NONE)
        return true;
    if (app->model.approvals.len > 0 && app->dialog.minimised && app->focus == FOCUS_TRANSCRIPT)
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
    if (app->focus == FOCUS_TREE && app->model.focus && !app->tree.cursor)
        app->tree.cursor = app->model.focus;
    return true;
}

bool action_fold(struct app *app)
{
    if (!transcript_fold(&app->transcript, &app->model))
        app_toast(app, "nothing to unfold yet");
    return true;
}

bool action_fold_all(struct app *app)
{
    transcript_fold_all(&app->transcript, &app->model);
    return true;
}

bool action_editor(struct app *app)
{
    app->wishes |= WISH_EDITOR;
    return true;
}

bool action_mode_next(struct app *app)
{
    const struct model *m = &app->model;
    if (m->catalogs[CATALOG_modes].len == 0) {
        app_toast(app, "%s has no behavior modes", m->model_name ? m->model_name : "this model");
        return true;
    }
    size_t n = m->catalogs[CATALOG_modes].len, next = 0;
    for (size_t i = 0; i < n && m->mode && *m->mode; i++)
        if (strcmp(m->catalogs[CATALOG_modes].ptr[i].name, m->mode) == 0)
            next = i + 1;
    app_post(app, REQUEST_MODE, NULL, next < n ? m->catalogs[CATALOG_modes].ptr[next].name : "");
    return true;
}

bool action_page_up(struct app *app)
{
    transcript_page(&app->transcript, &app->model, -1);
    return true;
}

bool action_page_down(struct app *app)
{
    transcript_page(&app->transcript, &app->model, 1);
    return true;
}

bool action_scroll_up(struct app *app)
{
    transcript_scroll(&app->transcript, &app->model, -1);
    return true;
}

bool action_scroll_down(struct app *app)
{
    transcript_scroll(&app->transcript, &app->model, 1);
    return true;
}

bool action_scroll_top(struct app *app)
{
    transcript_to_top(&app->transcript, &app->model);
    return true;
}

bool action_scroll_follow(struct app *app)
{
    transcript_follow(&app->transcript);
    return true;
}

bool action_select_previous(struct app *app)
{
    transcript_select(&app->transcript, &app->model, -1);
    return true;
}

bool action_select_next(struct app *app)
{
    transcript_select(&app->transcript, &app->model, 1);
    return true;
}

bool action_search(struct app *app)
{
    app_ask(app, ASK_SEARCH, NULL, 0, "search: ", app->transcript.needle);
    return true;
}

static bool search_step(struct app *app, int direction)
{
    if (!app->transcript.needle)
        return action_search(app);
    if (!transcript_search(&app->transcript, &app->model, direction))
        app_toast(app, "no more \"%s\"", app->transcript.needle);
    return true;
}

bool action_search_next(struct app *app)
{
    return search_step(app, -1);
}

bool action_search_previous(struct app *app)
{
    return search_step(app, 1);
}

bool action_copy_answer(struct app *app)
{
    if (!app->model.answer) {
        app_toast(app, "there is no answer to copy yet");
        return true;
    }
    mem_replace(&app->copy, app->model.answer);
    app->wishes |= WISH_COPY;
    app_toast(app, "copied the last answer");
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
        app_toast(app, "cleared; Up brings it back");
    } else if (app->model.busy && !armed) {
        app_post(app, REQUEST_STOP, NULL, NULL);
        app->quit_armed_until_ms = now + QUIT_MS;
        app_toast(app, "stopping; Ctrl-C again quits");
    } else if (armed) {
        app->wishes |= WISH_QUIT;
    } else {
        app->quit_armed_until_ms = now + QUIT_MS;
        app_toast(app, "press Ctrl-C again to quit");
    }
    return true;
}

bool action_escape(struct app *app)
{
    if (close_something(app))
        return true;
    if (app->focus != FOCUS_INPUT && !app->model.busy) {
        app_set_focus(app, FOCUS_INPUT);
        transcript_follow(&app->transcript);
    } else if (app->model.busy) {
        app_post(app, REQUEST_STOP, NULL, NULL);
        app_toast(app, "stopping");
    }
    return true;
}

bool action_help(struct app *app)
{
    app->help_open = true;
    app->help_scroll = 0;
    return true;
}

static bool help_move(struct app *app, int rows)
{
    app->help_scroll = MAX(0, app->help_scroll + rows);
    return true;
}

bool action_help_down(struct app *app)
{
    return help_move(app, 1);
}

bool action_help_up(struct app *app)
{
    return help_move(app, -1);
}

bool action_help_page_down(struct app *app)
{
    return help_move(app, HELP_PAGE);
}

bool action_help_page_up(struct app *app)
{
    return help_move(app, -HELP_PAGE);
}

bool action_help_close(struct app *app)
{
    app->help_open = false;
    return true;
}

static bool dialog_move(struct app *app, int rows)
{
    app->dialog.scroll = MIN(MAX(0, app->dialog.scroll + rows), app->dialog.scroll_max);
    return true;
}

bool action_dialog_up(struct app *app)
{
    return dialog_move(app, -1);
}

bool action_dialog_down(struct app *app)
{
    return dialog_move(app, 1);
}

bool action_dialog_page_up(struct app *app)
{
    return dialog_move(app, -8);
}

bool action_dialog_page_down(struct app *app)
{
    return dialog_move(app, 8);
}

bool action_dialog_minimise(struct app *app)
{
    app->dialog.minimised = true;
    app_set_focus(app, FOCUS_TRANSCRIPT);
    return true;
}

bool action_dialog_words(struct app *app)
{
    const struct approval *q = app_question(app);
    if (!q || (q->choices.len > 0 && strcmp(q->kind, "question") != 0))
        return true;
    const char *key = q->choices.len == 0 ? "answer" : NULL;
    for (size_t i = 0; i < q->choices.len && !key; i++)
        if (q->choices.ptr[i].takes_text)
            key = q->choices.ptr[i].key;
    if (key)
        app_ask(app, ASK_REASON, key, 0, "answer: ", "");
    return true;
}

bool action_dialog_refuse(struct app *app)
{
    const struct approval *q = app_question(app);
    if (q && dialog_choice(q, "n"))
        app_answer(app, "n", NULL);
    return true;
}
