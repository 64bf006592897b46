/* Keys of what lies over the panes: menus, questions, the help. */
#include <string.h>

#include "ui/app/app.h"
#include "ui/app/commands.h"
#include "ui/input/input.h"

#define HELP_PAGE 10

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

bool action_help(struct app *app)
{
    help_open(&app->help);
    return true;
}

static bool help_move(struct app *app, int rows)
{
    app->help.scroll = MAX(0, app->help.scroll + rows);
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
    app->help.open = false;
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
    if (!q || (q->choices.len > 0 && !dialog_is_question(q)))
        return true;
    const struct choice *words = dialog_choice_of_words(q);
    const char *key = q->choices.len == 0 ? "answer" : words ? words->key : NULL;
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
