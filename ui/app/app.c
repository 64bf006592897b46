#include "ui/app/app.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"

void app_init(struct app *app, const char *theme, const char *themes_dir, bool no_color,
              struct post post)
{
    assert(post.fn);
    *app = (struct app){.post = post, .no_color = no_color};
    app->themes_dir = mem_strdup(themes_dir);
    state_init(&app->state);
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
    tree_view_fini(&app->tree);
    transcript_fini(&app->transcript);
    menu_fini(&app->menu);
    prompt_fini(&app->prompt);
    free(app->dialog.id);
    free(app->themes_dir);
    free(app->copy);
    free(app->before_plan);
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

void app_set_focus(struct app *app, enum focus f)
{
    assert(f < FOCUS_COUNT);
    app->focus = f;
    menu_close(&app->menu);
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
    const struct approval *q = dialog_current(&app->dialog, &app->state);
    /* Settled elsewhere while words for it were typed: they must not answer the next one. */
    if (app->prompt.kind == PROMPT_REASON && (!q || strcmp(q->id, app->prompt.question) != 0))
        prompt_end(&app->prompt);
    return q && !app->dialog.minimised && app->prompt.kind != PROMPT_REASON ? q : NULL;
}

void app_ask_words(struct app *app, const struct approval *q, const char *key)
{
    assert(q && key);
    bool why = !dialog_is_question(q) && q->choices.len > 0;
    menu_close(&app->menu);
    prompt_begin(&app->prompt, PROMPT_REASON, key, 0, why ? "reason: " : "answer: ", "");
    mem_replace(&app->prompt.question, q->id);
}

void app_answer(struct app *app, const char *key, const char *text)
{
    assert(key);
    if (app->state.approvals.len == 0)
        return;
    AUTO_FREE char *id = mem_strdup(app->state.approvals.ptr[0].id);
    post_answer(&app->post, id, key, text); /* first: key may be the question's own string */
    state_approval_done(&app->state, id);   /* the engine's APPROVAL_DONE finds it gone */
}

void app_copy_answer(struct app *app)
{
    if (!app->state.answer) {
        toast_show(&app->toast, "there is no answer to copy yet");
        return;
    }
    mem_replace(&app->copy, app->state.answer);
    app->pending |= PENDING_COPY;
    toast_show(&app->toast, "copied the last answer");
}
