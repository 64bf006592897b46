#include "ui/app/app_feed.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "ui/app/actions.h"
#include "ui/app/complete.h"
#include "ui/app/line.h"
#include "ui/input/input.h"
#include "ui/views/state_apply.h"

#define WHEEL_UP 64
#define WHEEL_DOWN 65
#define WHEEL_ROWS 3

static bool app_run_key(struct app *app, enum context context, const char *name)
{
    const struct key *k = keys_find(context, name);
    return k && action_run(app, k);
}

static bool app_dialog_key(struct app *app, const struct approval *q, const struct token *t)
{
    if (!app->still && !dialog_is_listening(&app->dialog, q, clock_ms()))
        return true;
    const struct choice *k = dialog_choice(q, t->name);
    if (k && k->takes_text)
        app_ask_words(app, q, k->key);
    else if (k)
        app_answer(app, k->key, NULL);
    else if (app_run_key(app, CONTEXT_DIALOG, t->name))
        return true;
    else
        return t->kind == TOKEN_CHAR;
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
    if (app_run_key(app, CONTEXT_MENU, t->name))
        return true;
    /* A picker is typed at to narrow it. */
    bool erase = strcmp(t->name, "Backspace") == 0;
    if (!app->menu.pick || (t->kind != TOKEN_CHAR && !erase))
        return false;
    menu_type(&app->menu, erase ? NULL : t->name);
    return true;
}

static void app_key(struct app *app, const struct token *t)
{
    static const enum context contexts[] = {CONTEXT_INPUT, CONTEXT_TREE, CONTEXT_TRANSCRIPT};
    if (app_overlay_key(app, t))
        return;
    bool editing = app->focus == FOCUS_INPUT || app->prompt.kind != PROMPT_NONE;
    bool escape = strcmp(t->name, "Esc") == 0 || strcmp(t->name, "C-c") == 0;
    if (editing && input_is_mid_command() && !escape) {
        line_feed(app, t->bytes, t->len);
        return;
    }
    bool on_job = !editing && app->focus == FOCUS_TREE && tree_view_job(&app->tree, &app->state);
    if (on_job && app_run_key(app, CONTEXT_JOB, t->name))
        return;
    if (app_run_key(app, editing ? CONTEXT_INPUT : contexts[app->focus], t->name) ||
        app_run_key(app, CONTEXT_GLOBAL, t->name))
        return;
    if (editing && t->len > 0)
        line_feed(app, t->bytes, t->len);
}

static void app_paste(struct app *app, const struct token *t)
{
    if (app->help.open || app_question(app)) /* a paste never answers a question */
        return;
    if (app->menu.pick)
        menu_close(&app->menu);
    if (app->prompt.kind == PROMPT_NONE && app->focus != FOCUS_INPUT)
        app_set_focus(app, FOCUS_INPUT);
    input_paste(t->bytes, t->len);
    menu_close(&app->menu);
}

/* What came before the first item is asked for when that one is in sight. */
static void app_ask_earlier(struct app *app)
{
    struct state *st = &app->state;
    if (!st->earlier || st->earlier_asked || !transcript_is_at_top(&app->transcript))
        return;
    st->earlier_asked = true;
    post_request(&app->post, REQUEST_EARLIER, NULL, NULL);
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
    case TOKEN_BACKGROUND: /* how bright it is: matters while nobody chose a theme */
        if (app->theme_is_auto)
            (void)!app_set_theme(app, t->button != 0 ? "light" : "dark", NULL);
        break;
    case TOKEN_FOCUS:
        break;
    }
    app_ask_earlier(app);
}

void app_event(struct app *app, const struct event *ev)
{
    if (ev->type == EVENT_CLEAR) {
        app->transcript.first = 0;
        transcript_follow(&app->transcript);
    }
    size_t before = app->state.items.len;
    state_apply(&app->state, ev);
    if (ev->type == EVENT_EARLIER)
        transcript_shift(&app->transcript, (ptrdiff_t)(app->state.items.len - before));
    /* Words that came after a command was begun: its menu shows them too, where nothing was
     * chosen yet. */
    if (ev->type == EVENT_CATALOG && app->focus == FOCUS_INPUT && app->prompt.kind == PROMPT_NONE &&
        !app_question(app) && !app->menu.pick && app->menu.selected == 0)
        complete_open(app, false);
}
