#include "ui/app/app.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "ui/input/input.h"
#include "ui/views/syntax.h"

void app_init(struct app *app, const char *theme, const char *themes_dir, bool no_color,
              struct post post)
{
    assert(post.fn);
    *app = (struct app){.post = post, .no_color = no_color};
    app->themes_dir = mem_strdup(themes_dir);
    state_init(&app->state);
    syntax_set_dir(themes_dir);
    struct error e = {0};
    app->theme_is_auto = !theme || strcmp(theme, "auto") == 0;
    if (!app_set_theme(app, app->theme_is_auto ? "dark" : theme, &e)) {
        app_say(app, ITEM_ERROR, "%s", e.text);
        if (!app_set_theme(app, "dark", &e))
            app_say(app, ITEM_ERROR, "%s", e.text);
    }
}

void app_fini(struct app *app)
{
    state_fini(&app->state);
    syntax_fini();
    tree_view_fini(&app->tree);
    transcript_fini(&app->transcript);
    menu_fini(&app->menu);
    prompt_fini(&app->prompt);
    welcome_fini(&app->welcome);
    dialog_fini(&app->dialog);
    free(app->themes_dir);
    free(app->copy);
    free(app->lent.job);
    free(app->bell);
    free(app->before_plan);
    free(app->theme_before);
    free(app->stash);
}

void app_say(struct app *app, enum item_kind kind, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    state_add(&app->state, kind, buf_cstr(&text));
}

bool app_set_theme(struct app *app, const char *name, struct error *e)
{
    if (!theme_load(&app->theme, name, app->themes_dir, e))
        return false;
    if (app->no_color && !theme_load(&app->theme, "mono", NULL, e))
        return false; /* only its attributes tell a cursor from other rows */
    app->pending |= PENDING_THEME;
    return true;
}

void app_try_theme(struct app *app)
{
    const struct menu_item *it = menu_selected(&app->menu);
    if (app->theme_before && it)
        (void)!app_set_theme(app, it->name, NULL);
}

void app_close_menu(struct app *app)
{
    menu_close(&app->menu);
    if (!app->theme_before)
        return;
    (void)!app_set_theme(app, app->theme_before, NULL);
    mem_replace(&app->theme_before, NULL);
}

void app_set_focus(struct app *app, enum focus f)
{
    assert(f < FOCUS_COUNT);
    app->focus = f;
    app_close_menu(app);
    if (f != FOCUS_TRANSCRIPT)
        app->transcript.selected = 0;
}

void app_toggle_tree(struct app *app)
{
    if (app->prompt.kind != PROMPT_NONE)
        return;
    if (app->dialog.minimised) {
        app->dialog.minimised = false;
        return;
    }
    app_set_focus(app, app->focus == FOCUS_TREE ? FOCUS_INPUT : FOCUS_TREE);
    if (app->focus == FOCUS_TREE && app->state.focus && !app->tree.cursor)
        app->tree.cursor = app->state.focus;
}

const struct approval *app_question(struct app *app)
{
    AUTO_FREE char *before = mem_strdup(app->dialog.id);
    const struct approval *q = dialog_current(&app->dialog, &app->state);
    /* Whoever is writing does not answer by Enter. */
    if (q && (!before || strcmp(before, q->id) != 0) && !input_is_empty())
        app->dialog.selected = -1;
    /* Settled elsewhere while words for it were typed: they must not answer the next one. */
    bool words = app->prompt.kind == PROMPT_REASON || app->prompt.kind == PROMPT_NOTE;
    if (words && (!q || strcmp(q->id, app->prompt.question) != 0))
        prompt_end(&app->prompt);
    words &= app->prompt.kind != PROMPT_NONE;
    return q && !app->dialog.minimised && !words ? q : NULL;
}

void app_ask_note(struct app *app, const struct approval *q)
{
    const struct diff_place *at = dialog_note_place(&app->dialog);
    if (!at)
        return;
    AUTO_FREE char *prompt = mem_printf("note on line %d: ", at->number);
    prompt_begin(&app->prompt, PROMPT_NOTE, NULL, 0, prompt, diff_notes_of(&app->dialog.notes, at));
    mem_replace(&app->prompt.question, q->id);
}

void app_ask_words(struct app *app, const struct approval *q, const char *key, const char *initial)
{
    assert(q && key && initial);
    bool why = !dialog_is_question(q) && q->choices.len > 0;
    app_close_menu(app);
    prompt_begin(&app->prompt, PROMPT_REASON, key, 0, why ? "reason: " : "answer: ", initial);
    mem_replace(&app->prompt.question, q->id);
}

void app_answer(struct app *app, const char *key, const char *text)
{
    assert(key);
    if (app->state.approvals.len == 0)
        return;
    const struct approval *q = &app->state.approvals.ptr[0];
    AUTO_FREE char *id = mem_strdup(q->id);
    AUTO_FREE char *notes = dialog_note_text(&app->dialog, q);
    bool refuses = strcmp(key, "n") == 0;
    AUTO_FREE char *both = notes && text && *text ? mem_printf("%s\n\n%s", text, notes) : NULL;
    if (notes && refuses)
        text = both ? both : notes;
    post_answer(&app->post, id, key, text); /* first: key may be the question's own string */
    if (notes && !refuses)                  /* it is written, and they are read in the next round */
        post_request(&app->post, REQUEST_SUBMIT, notes, NULL);
    state_approval_done(&app->state, id); /* the engine's APPROVAL_DONE finds it gone */
}

void app_copy(struct app *app, const char *text, const char *what)
{
    if (!text || !*text) {
        toast_show(&app->toast, "there is no %s to copy yet", what);
        return;
    }
    mem_replace(&app->copy, text);
    app->pending |= PENDING_COPY;
    toast_show(&app->toast, "copied the %s", what);
}
