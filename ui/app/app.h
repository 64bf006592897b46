/*
 * app - the screen without a terminal: tokens and events go in (app_feed.h), a canvas
 * (app_draw.h) and requests to the engine (post.h) come out. ui.c drives it with a terminal,
 * tests/screen with scripts. Thread: UI.
 *
 * This file keeps the parts of the screen together. What concerns one part takes that part;
 * here stands what concerns several.
 */
#ifndef UI_APP_H
#define UI_APP_H

#include "ui/app/post.h"
#include "ui/app/prompt.h"
#include "ui/term/theme.h"
#include "ui/views/dialog.h"
#include "ui/views/help.h"
#include "ui/views/input_view.h"
#include "ui/views/menu.h"
#include "ui/views/state.h"
#include "ui/views/toast.h"
#include "ui/views/transcript.h"
#include "ui/views/tree_view.h"

enum focus { FOCUS_INPUT, FOCUS_TREE, FOCUS_TRANSCRIPT, FOCUS_COUNT };

/* What only the terminal's owner can do; it takes and clears them after every token. */
enum {
    PENDING_QUIT = 1 << 0,
    PENDING_EDITOR = 1 << 1, /* the input line in the user's editor */
    PENDING_SUSPEND = 1 << 2,
    PENDING_REPAINT = 1 << 3,
    PENDING_THEME = 1 << 4,   /* the theme changed */
    PENDING_COPY = 1 << 5,    /* app.copy holds the text */
    PENDING_PAGER = 1 << 6,   /* show the whole transcript */
    PENDING_SUMMARY = 1 << 7, /* edit the summary the model reads */
};

struct app {
    struct state state;
    struct theme theme;
    char *themes_dir;
    bool no_color;
    bool theme_is_auto; /* dark or light as the terminal says */

    enum focus focus;
    struct tree_view tree;
    struct transcript transcript;
    struct menu menu;
    struct dialog dialog;
    struct help help;
    struct input_view input;
    struct toast toast;

    struct prompt prompt;
    int64_t quit_armed_until_ms; /* a second Ctrl-C until then quits */
    unsigned pending;            /* PENDING_* */
    char *copy;
    char *before_plan; /* the policy that Shift-Tab goes back to; NULL: none was left */
    bool still;        /* tests: nothing moves by itself */

    struct post post;
};

/* theme NULL or "auto": dark, until the terminal says that it is light. A theme that cannot be
 * loaded is reported on the screen. */
void app_init(struct app *app, const char *theme, const char *themes_dir, bool no_color,
              struct post post);
void app_fini(struct app *app);

/* A line of the screen's own in the transcript. */
void app_say(struct app *app, enum item_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* ERR_NOT_FOUND, ERR_CONFIG: the theme stays as it was. */
bool app_set_theme(struct app *app, const char *name, struct error *e);

/* Menus close; only the transcript keeps a selection. */
void app_set_focus(struct app *app, enum focus f);
/* To the tree and back; a question put aside comes to the front first. */
void app_toggle_tree(struct app *app);

/* The question that takes the keys now, or NULL. */
const struct approval *app_question(struct app *app);
/* Borrow the input line for words to a choice (its key) of a question. */
void app_ask_words(struct app *app, const struct approval *q, const char *key);
/* Answer the question that is asked; nothing if there is none. text NULL: no words. */
void app_answer(struct app *app, const char *key, const char *text);

/* Offer the last answer to the clipboard. */
void app_copy_answer(struct app *app);

#endif
