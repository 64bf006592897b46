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
#include "ui/views/screen_layout.h"
#include "ui/views/state.h"
#include "ui/views/toast.h"
#include "ui/views/transcript.h"
#include "ui/views/tree_view.h"
#include "ui/views/welcome.h"

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
    PENDING_MOUSE = 1 << 8,   /* the mouse is the terminal's while app.bare, else ours */
    PENDING_BELL = 1 << 9,    /* app.bell says what happened, to whoever looks elsewhere */
    PENDING_LEND = 1 << 10,   /* app.lent: the keyboard is another's */
};

struct app {
    struct state state;
    struct theme theme;
    char *themes_dir;
    bool no_color;
    bool theme_is_auto; /* dark or light as the terminal says */
    char *theme_before; /* while a picker tries others: where it goes back to; else NULL */

    enum focus focus;
    struct tree_view tree;
    struct transcript transcript;
    struct menu menu;
    struct dialog dialog;
    struct help help;
    struct welcome welcome;
    struct input_view input;
    struct toast toast;

    struct prompt prompt;
    int64_t quit_armed_until_ms; /* a second Ctrl-C until then quits */
    unsigned pending;            /* PENDING_* */
    struct {
        char *job; /* NULL: none */
        int fd;
    } lent;
    char *copy;
    char *bell;                  /* what to say to whoever looks elsewhere */
    bool away;                   /* the terminal says that it has no focus */
    int64_t goal_ms;             /* when the goal at work began */
    struct screen_layout layout; /* of the last drawing: where a click is */
    char *before_plan;           /* the policy that Shift-Tab goes back to; NULL: none was left */
    int64_t files_asked_ms;      /* when the names behind @ were asked for */
    bool finding;                /* sessions are searched through for /resume */
    bool going_back, rewinding;  /* messages are listed for /rewind; one of them was chosen */
    int64_t escaped_ms;          /* when Esc found nothing to close; 0: it did */
    char *stash;                 /* a line put aside; NULL: none is */
    bool tree_hidden;            /* the user folded its pane away */
    bool bare;                   /* the transcript alone fills the screen */
    bool still;                  /* tests: nothing moves by itself */

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

/* The picker of themes: its selected one is tried. */
void app_try_theme(struct app *app);
/* The open menu, with nothing taken: a theme that was tried goes. */
void app_close_menu(struct app *app);

/* Menus close; only the transcript keeps a selection. */
void app_set_focus(struct app *app, enum focus f);
/* To the tree and back; a question put aside comes to the front first. */
void app_toggle_tree(struct app *app);

/* The question that takes the keys now, or NULL. */
const struct approval *app_question(struct app *app);
/* Borrow the input line for words to a choice (its key) of a question; initial: the first. */
void app_ask_words(struct app *app, const struct approval *q, const char *key, const char *initial);
/* Borrow it for a note on the line of a write that the question's cursor is on. */
void app_ask_note(struct app *app, const struct approval *q);
/* Answer the question that is asked; nothing if there is none. text NULL: no words. */
void app_answer(struct app *app, const char *key, const char *text);

/* Offer a text to the clipboard, and say that `what` was copied; NULL or "": that there is none. */
void app_copy(struct app *app, const char *text, const char *what);

#endif
