/*
 * app - the screen without a terminal: tokens and events go in, a canvas and requests to
 * the engine come out. ui.c drives it with a terminal, tests/screen with scripts.
 * Thread: UI.
 */
#ifndef UI_APP_H
#define UI_APP_H

#include "engine/engine.h"
#include "ui/input/decoder.h"
#include "ui/input/keys.h"
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

enum focus { FOCUS_INPUT, FOCUS_TREE, FOCUS_TRANSCRIPT, FOCUS_COUNT };

/* What the input line is used for while it is borrowed. */
enum ask { ASK_NONE, ASK_NODE, ASK_REASON, ASK_SEARCH };

/* What only the terminal's owner can do; taken and cleared after every token. */
enum {
    WISH_QUIT = 1 << 0,
    WISH_EDITOR = 1 << 1,
    WISH_SUSPEND = 1 << 2,
    WISH_REPAINT = 1 << 3,
    WISH_THEME = 1 << 4,   /* the theme changed */
    WISH_PAGER = 1 << 6,   /* show the whole transcript */
    WISH_COPY = 1 << 5,    /* app.copy holds the text */
    WISH_SUMMARY = 1 << 7, /* edit the summary the model reads */
};

/* Takes the request's strings. */
typedef void app_post_fn(void *arg, struct request r);

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

    enum ask ask;
    char *ask_op; /* tree operation, or the choice's key */
    int64_t ask_node;

    struct toast toast;
    int64_t quit_armed_until_ms;
    unsigned wishes;
    char *copy;
    int rows, cols;
    bool still; /* tests: nothing moves by itself */

    app_post_fn *post;
    void *post_arg;
};

/* theme NULL or "auto": dark, until the terminal says that it is light. A theme that cannot be
 * loaded is reported on the screen. */
void app_init(struct app *app, const char *theme, const char *themes_dir, bool no_color,
              app_post_fn *post, void *post_arg);
void app_fini(struct app *app);

void app_token(struct app *app, const struct token *t);
void app_event(struct app *app, const struct event *ev);
void app_draw(struct app *app, struct canvas *c);

/* When app_draw() should run again by itself; -1: never. */
int64_t app_deadline(const struct app *app);

/* For actions and commands. */
void app_post(struct app *app, enum request_type type, const char *name, const char *text);
void app_post_tree(struct app *app, const char *op, int64_t node, const char *text);
void app_say(struct app *app, enum item_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
bool app_set_theme(struct app *app, const char *name, struct error *e);
void app_submit(struct app *app, const char *line, bool queue);
void app_set_focus(struct app *app, enum focus f);
void app_ask(struct app *app, enum ask kind, const char *op, int64_t node, const char *prompt,
             const char *initial);
void app_ask_end(struct app *app);
void app_answer(struct app *app, const char *key, const char *text);
/* After the line editor had a key: a line may be finished, a menu may be due. */
void app_after_edit(struct app *app);
/* Completions for what stands before the caret. asked: Tab was pressed; else only command
 * names offer themselves. */
void app_open_menu_for_input(struct app *app, bool asked);
/* The question that takes the keys now, or NULL. */
const struct approval *app_question(struct app *app);

#endif
