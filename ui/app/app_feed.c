#include "ui/app/app_feed.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "ui/app/actions.h"
#include "ui/app/commands.h"
#include "ui/app/complete.h"
#include "ui/app/line.h"
#include "ui/app/palette.h"
#include "ui/input/input.h"
#include "ui/views/state_apply.h"

#define WHEEL_UP 64
#define WHEEL_DOWN 65
#define WHEEL_ROWS 3
#define LONG_GOAL_MS 10000 /* the end of a shorter one was seen */

static bool app_run_key(struct app *app, enum context context, const char *name)
{
    const struct key *k = keys_find(context, name);
    return k && action_run(app, k);
}

/* A token goes to the line; what is behind C-x comes back as a key of ours. */
static void app_line_key(struct app *app, const struct token *t)
{
    char chord[8];
    line_feed(app, t->bytes, t->len);
    if (input_take_chord(chord) && !app_run_key(app, CONTEXT_INPUT, chord))
        app_run_key(app, CONTEXT_GLOBAL, chord);
}

/* A character that is no choice: the words of an answer begin with it, or, where none are wanted
 * or the question only just came, it goes on with the user's line. */
static void app_dialog_type(struct app *app, const struct approval *q, const struct token *t,
                            bool listens)
{
    const struct choice *words = dialog_choice_of_words(q);
    const char *key = q->choices.len == 0 ? "answer" : words ? words->key : NULL;
    AUTO_FREE char *before = mem_strdup(app->dialog.letter);
    if (listens && key)
        app_ask_words(app, q, key, before);
    else if (*before)
        input_insert(before, strlen(before));
    dialog_typed(&app->dialog, clock_ms());
    line_feed(app, t->bytes, t->len);
}

/* True: it was the dialog's. */
static bool app_dialog_key(struct app *app, const struct approval *q, const struct token *t)
{
    int64_t now = clock_ms();
    bool listens = app->still || dialog_is_listening(&app->dialog, q, now);
    if (listens && dialog_select(&app->dialog, q, t->name, now))
        return true;
    if (t->kind == TOKEN_CHAR) {
        app_dialog_type(app, q, t, listens);
        return true;
    }
    bool means = keys_find(CONTEXT_DIALOG, t->name) != NULL;
    if (!listens && means)
        app->dialog.typed_ms = now;
    return means && (!listens || app_run_key(app, CONTEXT_DIALOG, t->name));
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
    app_try_theme(app);
    return true;
}

static void app_key(struct app *app, const struct token *t)
{
    static const enum context contexts[] = {CONTEXT_INPUT, CONTEXT_TREE, CONTEXT_TRANSCRIPT};
    if (app_overlay_key(app, t))
        return;
    /* Behind C-x it is readline's to tell, wherever the focus is. */
    bool chord = strcmp(t->name, "C-x") == 0 || input_is_mid_command();
    bool editing = app->focus == FOCUS_INPUT || app->prompt.kind != PROMPT_NONE || chord;
    bool escape = strcmp(t->name, "Esc") == 0 || strcmp(t->name, "C-c") == 0;
    if (editing && input_is_mid_command() && !escape) {
        app_line_key(app, t);
        return;
    }
    bool on_job = !editing && app->focus == FOCUS_TREE && tree_view_job(&app->tree, &app->state);
    if (on_job && app_run_key(app, CONTEXT_JOB, t->name))
        return;
    if (app_run_key(app, editing ? CONTEXT_INPUT : contexts[app->focus], t->name) ||
        app_run_key(app, CONTEXT_GLOBAL, t->name))
        return;
    /* A letter that means nothing in the pane is written: where it was typed is no matter. */
    if (!editing && t->kind == TOKEN_CHAR)
        app_set_focus(app, FOCUS_INPUT);
    else if (!editing)
        return;
    if (t->len > 0)
        app_line_key(app, t);
}

static void app_paste(struct app *app, const struct token *t)
{
    if (app->help.open)
        return;
    if (app_question(app)) { /* a paste never answers a question: it waits in the line */
        dialog_typed(&app->dialog, clock_ms());
        toast_show(&app->toast, "pasted into your line; the question waits");
    }
    if (app->menu.pick)
        app_close_menu(app);
    if (app->prompt.kind == PROMPT_NONE && app->focus != FOCUS_INPUT)
        app_set_focus(app, FOCUS_INPUT);
    input_paste(t->bytes, t->len);
    app_close_menu(app);
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

static bool app_is_in(struct area a, const struct token *t)
{
    return t->row >= a.row && t->row < a.row + a.rows && t->col >= a.col && t->col < a.col + a.cols;
}

static void app_click(struct app *app, const struct token *t)
{
    const struct screen_layout *p = &app->layout;
    if (app->help.open) {
        app->help.open = false;
    } else if (app->menu.open) {
        if (menu_point(&app->menu, t->row))
            app_run_key(app, CONTEXT_MENU, "Enter");
        else
            app_close_menu(app);
    } else if (app->prompt.kind != PROMPT_NONE || app_question(app)) {
        return; /* an answer wants more than a click */
    } else if (p->tree_shown && app_is_in(p->tree, t)) {
        app_set_focus(app, FOCUS_TREE);
        (void)tree_view_point(&app->tree, &app->state, t->row - p->tree.row);
    } else if (p->transcript_shown && app_is_in(p->transcript, t)) {
        if (transcript_point(&app->transcript, &app->state, t->row - p->transcript.row))
            transcript_fold(&app->transcript, &app->state);
    } else if (app_is_in(p->panel, t)) {
        app_set_focus(app, FOCUS_INPUT);
    }
}

/* The wheel turns what is under the pointer. */
static void app_mouse(struct app *app, const struct token *t)
{
    int rows = t->button == WHEEL_UP ? -WHEEL_ROWS : WHEEL_ROWS;
    const struct approval *q = app_question(app);
    if (t->button == 0)
        app_click(app, t);
    if (t->button != WHEEL_UP && t->button != WHEEL_DOWN)
        return;
    if (app->help.open)
        app->help.scroll = MAX(0, app->help.scroll + rows);
    else if (app->menu.open)
        menu_move(&app->menu, rows < 0 ? -1 : 1);
    else if (q && t->row >= app->layout.transcript.row + app->layout.transcript.rows)
        dialog_scroll(&app->dialog, rows);
    else if (app->layout.tree_shown && app_is_in(app->layout.tree, t) && app->focus == FOCUS_TREE)
        tree_view_move(&app->tree, &app->state, rows < 0 ? -1 : 1);
    else
        transcript_scroll(&app->transcript, &app->state, rows);
}

/* What was taken back goes behind what is in the line by now, once the line is the user's. */
static void app_take_back(struct app *app)
{
    char *text = app->state.taken_back;
    if (!text || app->prompt.kind != PROMPT_NONE)
        return;
    app->state.taken_back = NULL;
    if (!input_is_empty())
        input_insert("\n", 1);
    input_paste(text, strlen(text));
    free(text);
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
        app_mouse(app, t);
        break;
    case TOKEN_BACKGROUND: /* how bright it is: matters while nobody chose a theme */
        if (app->theme_is_auto)
            (void)!app_set_theme(app, t->button != 0 ? "light" : "dark", NULL);
        break;
    case TOKEN_FOCUS:
        app->away = t->button == 0;
        break;
    }
    app_take_back(app);
    app_ask_earlier(app);
}

static void app_notify(struct app *app, const char *about, const char *what)
{
    if (!app->away)
        return;
    free(app->bell);
    app->bell = mem_printf("%s: %s", what, about ? about : "mien");
    app->pending |= PENDING_BELL;
}

/* Rows that were looked at may be gone; the message that is taken back can be written anew. */
static void app_rewound(struct app *app, const char *text)
{
    transcript_taken_back(&app->transcript, app->state.items.len);
    bool mine = app->rewinding;
    app->rewinding = false;
    if (mine && text && app->prompt.kind == PROMPT_NONE && input_is_empty())
        input_paste(text, strlen(text));
}

void app_event(struct app *app, const struct event *ev)
{
    if (ev->type == EVENT_CLEAR) {
        app->transcript.first = 0;
        transcript_follow(&app->transcript);
    }
    if (ev->type == EVENT_KEYBOARD) {
        assert(!app->lent.job); /* one at a time: it is taken before the next event */
        app->lent.job = mem_strdup(ev->keyboard.job);
        app->lent.fd = (int)ev->keyboard.fd;
        app->pending |= PENDING_LEND;
    }
    size_t before = app->state.items.len;
    bool asked = app->state.approvals.len > 0;
    state_apply(&app->state, ev);
    if (ev->type == EVENT_GOAL_START)
        app->goal_ms = clock_ms();
    if (ev->type == EVENT_RESULT && clock_ms() - app->goal_ms >= LONG_GOAL_MS)
        app_notify(app, app->state.goal, ev->result.status ? ev->result.status : "over");
    if (!asked && app->state.approvals.len > 0)
        app_notify(app, app->state.approvals.ptr[0].title, "waits for you");
    if (ev->type == EVENT_EARLIER)
        transcript_shift(&app->transcript, (ptrdiff_t)(app->state.items.len - before));
    app_take_back(app);
    if (ev->type == EVENT_REWOUND)
        app_rewound(app, ev->rewound.text);
    if (ev->type == EVENT_CATALOG && ev->catalog.kind && strcmp(ev->catalog.kind, "rewind") == 0) {
        commands_rewind(app);
        return;
    }
    if (ev->type == EVENT_CATALOG && ev->catalog.kind && strcmp(ev->catalog.kind, "found") == 0) {
        commands_found(app);
        return;
    }
    if (ev->type == EVENT_CATALOG && app->menu.open && app->menu.pick == PICK_PALETTE &&
        !app->menu.moved) {
        palette_open(app);
        return;
    }
    /* Words that came after a command was begun: its menu shows them too, where nothing was
     * chosen yet. */
    if (ev->type == EVENT_CATALOG && app->focus == FOCUS_INPUT && app->prompt.kind == PROMPT_NONE &&
        !app_question(app) && !app->menu.pick && app->menu.selected == 0)
        complete_open(app, false);
}
