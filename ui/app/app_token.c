/* Where a token goes: the open question, menu or help, the focused pane, the line editor. */
#include <string.h>

#include "base/clock.h"
#include "ui/app/app.h"
#include "ui/app/commands.h"
#include "ui/input/input.h"

#define WHEEL_UP 64
#define WHEEL_DOWN 65
#define WHEEL_ROWS 3

static bool app_run_key(struct app *app, enum context context, const char *name)
{
    const struct key *k = keys_find(context, name);
    return k && k->action(app);
}

static void app_finish_ask(struct app *app, const char *line)
{
    enum ask kind = app->ask;
    AUTO_FREE char *op = mem_strdup(app->ask_op);
    app_ask_end(app);
    if (kind == ASK_NODE) {
        if (*line || strcmp(op, "note") == 0 || strcmp(op, "check") == 0)
            app_post_tree(app, op, app->ask_node, line);
        app_set_focus(app, FOCUS_TREE);
    } else if (kind == ASK_REASON) {
        const struct approval *q = app_question(app);
        if (*line || !q || !dialog_is_question(q)) /* no words are no answer: it stays open */
            app_answer(app, op, line);
    } else if (kind == ASK_SEARCH) {
        mem_replace(&app->transcript.needle, *line ? line : NULL);
        app_set_focus(app, FOCUS_TRANSCRIPT);
        if (*line && !transcript_search(&app->transcript, &app->state, -1))
            toast_show(&app->toast, "\"%s\" is not in the transcript", line);
    }
}

static bool app_is_blank(const char *s)
{
    return s[strspn(s, " \t\n")] == '\0';
}

void app_submit(struct app *app, const char *line, bool queue)
{
    if (app_is_blank(line))
        return;
    transcript_follow(&app->transcript);
    input_history_add(line);
    if (strncmp(line, "//", 2) == 0)
        app_post(app, queue ? REQUEST_QUEUE : REQUEST_SUBMIT, NULL, line + 1);
    else if (commands_is_command(line))
        commands_run(app, line);
    else
        app_post(app, queue ? REQUEST_QUEUE : REQUEST_SUBMIT, NULL, line);
}

void app_after_edit(struct app *app)
{
    AUTO_FREE char *line = input_take_submitted();
    if (line) {
        menu_close(&app->menu);
        if (app->ask != ASK_NONE)
            app_finish_ask(app, line);
        else
            app_submit(app, line, false);
        return;
    }
    if (input_take_editor_wish())
        app->wishes |= WISH_EDITOR;
    if (input_is_empty())
        app->menu.dismissed = false;
    if (app->ask == ASK_NONE)
        app_open_menu_for_input(app, false);
}

static void app_feed(struct app *app, const struct token *t)
{
    input_feed(t->bytes, t->len);
    app_after_edit(app);
}

static bool app_dialog_key(struct app *app, const struct approval *q, const struct token *t)
{
    if (!app->still && !dialog_is_listening(&app->dialog, q, clock_ms()))
        return true;
    const struct choice *k = dialog_choice(q, t->name);
    if (k && k->takes_text)
        app_ask(app, ASK_REASON, k->key, 0, dialog_is_question(q) ? "answer: " : "reason: ", "");
    else if (k)
        app_answer(app, k->key, NULL);
    else if (app_run_key(app, CONTEXT_DIALOG, t->name))
        return true;
    else
        return t->kind == TOKEN_CHAR;
    return true;
}

/* A picker is typed at to narrow it. */
static bool app_picker_key(struct app *app, const struct token *t)
{
    if (t->kind == TOKEN_CHAR)
        menu_type(&app->menu, t->name);
    else if (strcmp(t->name, "Backspace") == 0)
        menu_type(&app->menu, NULL);
    else
        return false;
    return true;
}

static bool app_overlay_key(struct app *app, const struct token *t)
{
    const struct approval *q = app_question(app);
    if (app->help.open)
        return app_run_key(app, CONTEXT_HELP, t->name) || t->kind == TOKEN_CHAR;
    if (q)
        return app_dialog_key(app, q, t);
    if (!app->menu.open)
        return false;
    return app_run_key(app, CONTEXT_MENU, t->name) || (app->menu.pick && app_picker_key(app, t));
}

static void app_key(struct app *app, const struct token *t)
{
    static const enum context contexts[] = {CONTEXT_INPUT, CONTEXT_TREE, CONTEXT_TRANSCRIPT};
    if (app_overlay_key(app, t))
        return;
    bool editing = app->focus == FOCUS_INPUT || app->ask != ASK_NONE;
    bool escape = strcmp(t->name, "Esc") == 0 || strcmp(t->name, "C-c") == 0;
    if (editing && input_is_mid_command() && !escape) {
        app_feed(app, t);
        return;
    }
    bool on_job = !editing && app->focus == FOCUS_TREE && tree_view_job(&app->tree, &app->state);
    if (on_job && app_run_key(app, CONTEXT_JOB, t->name))
        return;
    if (app_run_key(app, editing ? CONTEXT_INPUT : contexts[app->focus], t->name) ||
        app_run_key(app, CONTEXT_GLOBAL, t->name))
        return;
    if (editing && t->len > 0)
        app_feed(app, t);
}

static void app_paste(struct app *app, const struct token *t)
{
    if (app->help.open || app_question(app)) /* a paste never answers a question */
        return;
    if (app->menu.pick)
        menu_close(&app->menu);
    if (app->ask == ASK_NONE && app->focus != FOCUS_INPUT)
        app_set_focus(app, FOCUS_INPUT);
    input_paste(t->bytes, t->len);
    menu_close(&app->menu);
}

/* The terminal said how bright it is: matters while nobody chose a theme. */
static void app_background(struct app *app, bool light)
{
    if (app->theme_is_auto)
        (void)!app_set_theme(app, light ? "light" : "dark", NULL);
}

void app_token(struct app *app, const struct token *t)
{
    switch (t->kind) {
    case TOKEN_KEY:
    case TOKEN_CHAR:
        app_key(app, t);
        break;
    case TOKEN_PASTE:
        app_paste(app, t);
        break;
    case TOKEN_MOUSE:
        if (t->button == WHEEL_UP || t->button == WHEEL_DOWN)
            transcript_scroll(&app->transcript, &app->state,
                              t->button == WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS);
        break;
    case TOKEN_BACKGROUND:
        app_background(app, t->button != 0);
        break;
    case TOKEN_FOCUS:
        break;
    }
}
