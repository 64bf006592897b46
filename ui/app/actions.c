#include "ui/app/actions.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "ui/app/actions_tree.h"
#include "ui/app/command_line.h"
#include "ui/app/commands.h"
#include "ui/app/complete.h"
#include "ui/app/line.h"
#include "ui/app/palette.h"
#include "ui/input/input.h"
#include "ui/views/strip.h"

#define QUIT_MS 1500
#define ESCAPE_MS 1500 /* between the two Esc that go back */

/* Into planning and out of it again. */
static void action_plan(struct app *app)
{
    const char *policy = app->state.policy ? app->state.policy : "auto";
    bool plans = strcmp(policy, "plan") == 0;
    if (!plans)
        mem_replace(&app->before_plan, policy);
    post_request(&app->post, REQUEST_APPROVE,
                 !plans             ? "plan"
                 : app->before_plan ? app->before_plan
                                    : "auto",
                 NULL);
}

static void action_mode_next(struct app *app)
{
    const struct state *st = &app->state;
    const entries *modes = &st->catalogs[CATALOG_modes];
    if (modes->len == 0) {
        action_plan(app);
        return;
    }
    size_t next = 0; /* after the last one comes none, then the first */
    for (size_t i = 0; i < modes->len && st->mode && *st->mode; i++)
        if (strcmp(modes->ptr[i].name, st->mode) == 0)
            next = i + 1;
    post_mode(&app->post, next < modes->len ? modes->ptr[next].name : "", false);
}

/* What is open or half done, from the top: true if there was something to close. */
static bool action_close(struct app *app)
{
    if (input_wants_escape())
        return true;
    if (app->bare) {
        app->bare = false;
        app->pending |= PENDING_MOUSE;
        return true;
    }
    if (app->prompt.kind != PROMPT_NONE) {
        enum prompt_kind kind = app->prompt.kind;
        prompt_end(&app->prompt);
        if (kind == PROMPT_NODE || kind == PROMPT_JOB)
            app_set_focus(app, FOCUS_TREE);
        return true;
    }
    if (app->transcript.needle && app->focus == FOCUS_TRANSCRIPT) {
        mem_replace(&app->transcript.needle, NULL);
        return true;
    }
    return false;
}

static void action_interrupt(struct app *app)
{
    int64_t now = clock_ms();
    bool armed = now < app->quit_armed_until_ms;
    app->quit_armed_until_ms = 0;
    if (app->menu.open || action_close(app)) {
        app_close_menu(app);
        return;
    }
    if (!input_is_empty()) {
        input_clear();
        app->menu.dismissed = false;
        toast_show(&app->toast, "cleared; Up brings it back");
    } else if (app->state.busy && !armed) {
        post_request(&app->post, REQUEST_STOP, NULL, NULL);
        app->quit_armed_until_ms = now + QUIT_MS;
        toast_show(&app->toast, "stopping; Ctrl-C again quits");
    } else if (armed) {
        app->pending |= PENDING_QUIT;
    } else {
        app->quit_armed_until_ms = now + QUIT_MS;
        toast_show(&app->toast, "press Ctrl-C again to quit");
    }
}

/* The second Esc on an empty line, while nothing runs: one that closed or stopped something is
 * neither the first nor the second. */
static bool action_go_back(struct app *app, int64_t before_ms)
{
    int64_t now = clock_ms();
    if (app->state.busy || app->focus != FOCUS_INPUT || !input_is_empty() ||
        !state_has_talk(&app->state))
        return false;
    if (before_ms && now - before_ms < ESCAPE_MS) {
        commands_ask_rewind(app);
        return true;
    }
    app->escaped_ms = now;
    toast_show(&app->toast, "Esc again goes back to before a message");
    return true;
}

static void action_escape(struct app *app)
{
    int64_t before_ms = app->escaped_ms;
    app->escaped_ms = 0;
    if (action_close(app) || action_go_back(app, before_ms))
        return;
    if (app->focus != FOCUS_INPUT && !app->state.busy) {
        app_set_focus(app, FOCUS_INPUT);
        transcript_follow(&app->transcript);
    } else if (app->state.busy) {
        post_request(&app->post, REQUEST_STOP, NULL, NULL);
        toast_show(&app->toast, "stopping");
    }
}

static void action_focus_next(struct app *app)
{
    if (app->prompt.kind != PROMPT_NONE)
        return;
    if (app->focus == FOCUS_TRANSCRIPT) /* the input is next, and with it a waiting question */
        app->dialog.minimised = false;
    app_set_focus(app, (enum focus)((app->focus + 1) % FOCUS_COUNT));
}

static void action_search(struct app *app, int direction)
{
    struct transcript *t = &app->transcript;
    if (direction == 0 || !t->needle)
        prompt_begin(&app->prompt, PROMPT_SEARCH, NULL, 0, "search: ", t->needle);
    else if (!transcript_search(t, &app->state, direction))
        toast_show(&app->toast, "no more \"%s\"%s", t->needle, transcript_reach(&app->state));
}

static void action_choose(struct app *app)
{
    const struct approval *q = app_question(app);
    const struct choice *k = q ? dialog_selected(&app->dialog, q) : NULL;
    if (q && app->dialog.noting)
        app_ask_note(app, q);
    else if (q && q->choices.len == 0)
        app_ask_words(app, q, "answer", "");
    else if (k && k->takes_text && app->dialog.notes.notes.len == 0)
        app_ask_words(app, q, k->key, "");
    else if (k)
        app_answer(app, k->key, NULL);
    else if (q)
        toast_show(&app->toast, "nothing is selected yet: arrows or a choice's key, then Enter");
}

/* The selected item as plain text, else the answer. */
static void action_copy(struct app *app)
{
    const struct transcript *t = &app->transcript;
    const struct item *it = t->selected ? app->state.items.ptr[t->selected - 1] : NULL;
    AUTO_FREE char *plain = it ? sanitize_text(buf_cstr(&it->text), SANITIZE_COLORS) : NULL;
    const char *text = it && it->diff ? it->diff : plain;
    if (text && *text)
        app_copy(app, text, "selected item");
    else
        app_copy(app, app->state.answer, "last answer");
}

static void action_stash(struct app *app)
{
    if (!input_is_empty()) {
        AUTO_FREE char *text = input_expand();
        mem_replace(&app->stash, text);
        input_clear();
        toast_show(&app->toast, "put aside; Ctrl-X Ctrl-S brings it back");
    } else if (app->stash) {
        input_paste(app->stash, strlen(app->stash));
        mem_replace(&app->stash, NULL);
    } else {
        toast_show(&app->toast, "nothing was put aside");
    }
}

/* Keys of the line that mean something else while it is empty or borrowed. */
static bool action_on_line(struct app *app, enum action action)
{
    bool borrowed = app->prompt.kind != PROMPT_NONE, empty = input_is_empty();
    switch (action) {
    case ACTION_NEWLINE:
        if (!borrowed)
            input_insert("\n", 1);
        return !borrowed;
    case ACTION_COMPLETE:
        if (!borrowed && !empty)
            complete_open(app, true);
        return borrowed || !empty;
    case ACTION_UNDO:
        return empty && input_restore();
    case ACTION_HISTORY:
        if (!borrowed)
            commands_pick_history(app);
        return true;
    case ACTION_STASH:
        if (!borrowed)
            action_stash(app);
        return true;
    case ACTION_HELP_OPEN:
        if (empty && !borrowed)
            help_open(&app->help, true);
        return empty && !borrowed;
    case ACTION_TAKE_BACK:
        if (!empty || borrowed || !strip_newest(&app->state))
            return false;
        post_request(&app->post, REQUEST_TAKE_BACK, strip_newest(&app->state), NULL);
        return true;
    case ACTION_DELETE_OR_QUIT:
        if (empty && !borrowed)
            app->pending |= PENDING_QUIT;
        return empty && !borrowed;
    default: /* ACTION_END_OR_FOLLOW */
        if (!empty || !app->transcript.scrolled)
            return false;
        transcript_follow(&app->transcript);
        return true;
    }
}

static void action_from_palette(struct app *app)
{
    const struct key *k = palette_take(app);
    if (k)
        action_run(app, k);
}

bool action_run(struct app *app, const struct key *k)
{
    struct state *st = &app->state;
    struct transcript *t = &app->transcript;
    const struct approval *q;
    assert(k->name);
    switch (k->action) {
    case ACTION_NEWLINE:
    case ACTION_COMPLETE:
    case ACTION_UNDO:
    case ACTION_STASH:
    case ACTION_HISTORY:
    case ACTION_TAKE_BACK:
    case ACTION_DELETE_OR_QUIT:
    case ACTION_END_OR_FOLLOW:
        return action_on_line(app, k->action);
    case ACTION_JOB_SHOW:
        if (!tree_job_show(&app->tree, st, &app->post))
            return false;
        app_set_focus(app, FOCUS_TRANSCRIPT);
        transcript_follow(t);
        break;
    case ACTION_JOB_STOP:
        return tree_job_stop(&app->tree, st, &app->post, &app->toast);
    case ACTION_JOB_TELL:
        return tree_job_ask(&app->tree, st, &app->prompt, &app->toast);
    case ACTION_JOB_TASK:
        return tree_job_task(&app->tree, st);

    case ACTION_SEND:
        line_send(app);
        break;
    case ACTION_QUEUE:
        if (app->prompt.kind == PROMPT_NONE && !input_is_empty()) {
            AUTO_FREE char *line = input_expand();
            input_clear();
            line_submit(app, line, true);
        }
        break;

    case ACTION_MENU_MOVE:
        menu_move(&app->menu, k->n);
        app_try_theme(app);
        break;
    case ACTION_MENU_ACCEPT:
        if (app->menu.pick == PICK_PALETTE)
            action_from_palette(app);
        else
            complete_accept(app);
        break;
    case ACTION_MENU_RUN:
        if (app->menu.pick == PICK_PALETTE)
            action_from_palette(app);
        else if (complete_run(app))
            line_send(app);
        break;
    case ACTION_MENU_CLOSE:
        app->menu.dismissed = app->menu.pick == PICK_NONE; /* a picker was asked for */
        app_close_menu(app);
        break;

    case ACTION_TREE_MOVE:
        tree_view_move(&app->tree, st, k->n);
        break;
    case ACTION_TREE_FOLD:
        tree_view_toggle(&app->tree, st);
        break;
    case ACTION_TREE_CLOSE:
        tree_view_close(&app->tree, st);
        break;
    case ACTION_TREE_OPEN:
        tree_view_open(&app->tree, st);
        break;
    case ACTION_TREE_OP:
        tree_op(&app->tree, st, &app->post, &app->toast, k->op);
        break;
    case ACTION_TREE_UNMAKE:
        tree_unmake(&app->tree, st, &app->post, &app->toast);
        break;
    case ACTION_TREE_ASK:
        if (!commands_pick_for_node(app, k->op))
            tree_ask(&app->tree, st, &app->prompt, &app->toast, k->op);
        break;

    case ACTION_SCROLL:
        transcript_scroll(t, st, k->n);
        break;
    case ACTION_SCROLL_PAGE:
        transcript_page(t, st, k->n);
        break;
    case ACTION_SCROLL_TOP:
        transcript_to_top(t, st);
        break;
    case ACTION_SCROLL_FOLLOW:
        transcript_follow(t);
        break;
    case ACTION_SELECT:
        transcript_select(t, st, k->n);
        break;
    case ACTION_FOLD:
        if (!transcript_fold(t, st))
            toast_show(&app->toast, "nothing to unfold yet");
        break;
    case ACTION_FOLD_ALL:
        transcript_fold_all(t, st);
        break;
    case ACTION_SEARCH:
    case ACTION_SEARCH_NEXT:
        action_search(app, k->n);
        break;
    case ACTION_COPY:
        action_copy(app);
        break;
    case ACTION_COPY_CODE: {
        AUTO_FREE char *code = markdown_last_code(st->answer ? st->answer : "");
        app_copy(app, code, "last code block");
        break;
    }
    case ACTION_MESSAGE:
        if (!transcript_to_message(t, st, k->n))
            toast_show(&app->toast, "no message of yours %s", k->n < 0 ? "before" : "after it");
        break;

    case ACTION_DIALOG_SCROLL:
        q = app_question(app);
        if (app->dialog.noting)
            dialog_note_move(&app->dialog, k->n);
        else if (q && !dialog_scroll(&app->dialog, k->n))
            dialog_move(&app->dialog, q, k->n);
        break;
    case ACTION_DIALOG_PAGE:
        if (app->dialog.noting)
            dialog_note_move(&app->dialog, k->n * app->dialog.page);
        else
            dialog_scroll(&app->dialog, k->n * app->dialog.page);
        break;
    case ACTION_DIALOG_MOVE:
        q = app_question(app);
        if (q)
            dialog_move(&app->dialog, q, k->n);
        break;
    case ACTION_DIALOG_CHOOSE:
        action_choose(app);
        break;
    case ACTION_DIALOG_MINIMISE: /* what is typed now is the user's line */
        app->dialog.minimised = true;
        app_set_focus(app, FOCUS_INPUT);
        break;
    case ACTION_DIALOG_NOTE:
        if (app_question(app) && !app->dialog.noting && !dialog_note_begin(&app->dialog))
            toast_show(&app->toast, "there is no line to write a note on");
        else if (app_question(app) && app->dialog.noting)
            toast_show(&app->toast, "arrows choose a line, Enter writes a note, Esc ends");
        break;
    case ACTION_DIALOG_REFUSE:
        q = app_question(app);
        if (q && app->dialog.noting)
            app->dialog.noting = false;
        else if (q && dialog_choice_of_escape(q))
            app_answer(app, dialog_choice_of_escape(q)->key, NULL);
        break;

    case ACTION_HELP_OPEN:
        if (k->context == CONTEXT_INPUT)
            return action_on_line(app, k->action);
        if (app->help.open && app->help.all)
            app->help.open = false;
        else
            help_open(&app->help, false);
        break;
    case ACTION_HELP_SCROLL:
        app->help.scroll = MAX(0, app->help.scroll + k->n);
        break;
    case ACTION_HELP_CLOSE:
        if (app->help.by_mark && strcmp(k->name, "?") == 0)
            input_insert("?", 1);
        app->help.open = false;
        break;

    case ACTION_FOCUS_NEXT:
        action_focus_next(app);
        break;
    case ACTION_FOCUS_TREE:
        app_toggle_tree(app);
        break;
    case ACTION_HIDE_TREE:
        app->tree_hidden = !app->tree_hidden;
        if (app->tree_hidden && app->focus == FOCUS_TREE)
            app_set_focus(app, FOCUS_INPUT);
        break;
    case ACTION_BARE:
        app->bare = !app->bare;
        app->pending |= PENDING_MOUSE;
        break;
    case ACTION_PALETTE:
        if (app->prompt.kind == PROMPT_NONE)
            palette_open(app);
        break;
    case ACTION_BACKGROUND:
        post_request(&app->post, REQUEST_JOB, "background", "command");
        break;
    case ACTION_RETRY:
        post_request(&app->post, REQUEST_CONTINUE, NULL, NULL);
        break;
    case ACTION_PICK_MODEL:
        commands_run(app, "/model");
        break;
    case ACTION_MODE_NEXT:
        action_mode_next(app);
        break;
    case ACTION_EDITOR:
        app->pending |= PENDING_EDITOR;
        break;
    case ACTION_PAGER:
        app->pending |= PENDING_PAGER;
        break;
    case ACTION_REPAINT:
        app->pending |= PENDING_REPAINT;
        break;
    case ACTION_SUSPEND:
        app->pending |= PENDING_SUSPEND;
        break;
    case ACTION_ESCAPE:
        action_escape(app);
        break;
    case ACTION_INTERRUPT:
        action_interrupt(app);
        break;
    }
    return true;
}
