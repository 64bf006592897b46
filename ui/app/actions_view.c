/* Keys of the transcript: scrolling, selecting, folding, searching, copying. */
#include "ui/app/app.h"

bool action_pager(struct app *app)
{
    app->wishes |= WISH_PAGER;
    return true;
}

bool action_fold(struct app *app)
{
    if (!transcript_fold(&app->transcript, &app->state))
        toast_show(&app->toast, "nothing to unfold yet");
    return true;
}

bool action_fold_all(struct app *app)
{
    transcript_fold_all(&app->transcript, &app->state);
    return true;
}

bool action_page_up(struct app *app)
{
    transcript_page(&app->transcript, &app->state, -1);
    return true;
}

bool action_page_down(struct app *app)
{
    transcript_page(&app->transcript, &app->state, 1);
    return true;
}

bool action_scroll_up(struct app *app)
{
    transcript_scroll(&app->transcript, &app->state, -1);
    return true;
}

bool action_scroll_down(struct app *app)
{
    transcript_scroll(&app->transcript, &app->state, 1);
    return true;
}

bool action_scroll_top(struct app *app)
{
    transcript_to_top(&app->transcript, &app->state);
    return true;
}

bool action_scroll_follow(struct app *app)
{
    transcript_follow(&app->transcript);
    return true;
}

bool action_select_previous(struct app *app)
{
    transcript_select(&app->transcript, &app->state, -1);
    return true;
}

bool action_select_next(struct app *app)
{
    transcript_select(&app->transcript, &app->state, 1);
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
    if (!transcript_search(&app->transcript, &app->state, direction))
        toast_show(&app->toast, "no more \"%s\"", app->transcript.needle);
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
    if (!app->state.answer) {
        toast_show(&app->toast, "there is no answer to copy yet");
        return true;
    }
    mem_replace(&app->copy, app->state.answer);
    app->wishes |= WISH_COPY;
    toast_show(&app->toast, "copied the last answer");
    return true;
}
