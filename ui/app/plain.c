/*
 * Plain line mode: the same state and commands, printed as lines. Readline draws its own
 * prompt; what is printed is put above it and never touched again.
 */
#include <assert.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/clock.h"
#include "ui/app/app_feed.h"
#include "ui/app/command_line.h"
#include "ui/app/commands.h"
#include "ui/app/goodbye.h"
#include "ui/input/history.h"
#include "ui/term/glyph.h"
#include "ui/term/sgr.h"
#include "ui/term/signals.h"
#include "ui/term/term.h"
#include "ui/ui.h"
#include "ui/views/item_layout.h"

#define COLS_MAX 110
#define UNFOLDED_MAX 1000 /* bytes of output that --linear says in full */

static struct {
    struct engine *engine;
    struct app app;
    size_t item, rows;     /* printed so far */
    bool begun;            /* something stands above; */
    enum item_kind before; /* the last of it */
    char *typed;           /* the line last sent: not said twice */
    char *asked;           /* id of the question printed */
    bool quit, prompt_shown, linear, links;
    int colors;
    char *said; /* the state that was announced last */
    int signals;
} plain;

static void plain_hide_prompt(void)
{
    if (plain.prompt_shown)
        rl_clear_visible_line();
    plain.prompt_shown = false;
}

static void plain_show_prompt(void)
{
    if (plain.prompt_shown || plain.quit)
        return;
    plain.prompt_shown = true;
    rl_on_new_line();
    rl_redisplay();
}

static void plain_print(const char *s)
{
    plain_hide_prompt();
    puts(s);
    fflush(stdout);
}

static int plain_cols(void)
{
    int rows = 24, cols = 80;
    rl_get_screen_size(&rows, &cols);
    return MIN(MAX(cols, 20), COLS_MAX);
}

/* As the screen would draw it, but for what is behind the whole pane. */
static void plain_print_row(const struct text_rows *rows, size_t i)
{
    struct canvas c;
    AUTO(buf) out = {0};
    canvas_init(&c, 1, plain_cols());
    text_rows_paint(rows, i, &c, canvas_area(&c), 0, 0);
    sgr_row(&c, 0, &plain.app.theme, plain.colors, plain.links, &out);
    canvas_fini(&c);
    plain_print(buf_cstr(&out));
}

static void plain_print_look(style s, const char *text)
{
    AUTO(buf) out = {0};
    sgr_begin(&plain.app.theme, plain.colors, s, &out);
    buf_addf(&out, "%s%s", text, plain.colors > 0 ? SGR_END : "");
    plain_print(buf_cstr(&out));
}

/* Quiet calls that follow each other are one row, printed when nothing more can join them. */
static bool plain_may_grow(const struct item *it)
{
    const struct state *st = &plain.app.state;
    size_t n = st->items.len;
    if (plain.linear || !st->busy || it->kind != ITEM_TOOL || !it->quiet || it->lead)
        return false;
    const struct item *last = st->items.ptr[n - 1];
    if (last != it && last->kind == ITEM_TOOL && last->quiet && !last->done)
        last = st->items.ptr[n - 2]; /* it runs, and may become one of them */
    return last == it || last->lead == it;
}

static void plain_print_items(void)
{
    const struct state *st = &plain.app.state;
    if (plain.item > st->items.len)
        plain.item = plain.rows = 0;
    while (plain.item < st->items.len) {
        struct item *it = st->items.ptr[plain.item];
        if (it->kind == ITEM_USER && plain.typed && strcmp(buf_cstr(&it->text), plain.typed) == 0) {
            mem_replace(&plain.typed, NULL); /* it stands on the prompt's line already */
            plain.begun = true;
            plain.before = ITEM_USER;
            plain.item++;
            continue;
        }
        if (plain.linear)
            it->unfolded = it->diff || it->text.len <= UNFOLDED_MAX;
        item_layout(it, plain_cols());
        /* Rows that will not change any more: what is printed cannot be taken back. */
        size_t ready = it->done                ? it->rows.wrapped.rows.len
                       : it->kind == ITEM_TEXT ? it->rows.frozen_rows
                                               : 0;
        if (plain_may_grow(it))
            return;
        if (plain.rows == 0 && ready > 0 && plain.begun && !plain.linear &&
            item_stands_apart(it->kind, plain.before))
            plain_print("");
        for (; plain.rows < ready; plain.rows++)
            plain_print_row(&it->rows.wrapped, plain.rows);
        plain.begun |= ready > 0;
        plain.before = ready > 0 ? it->kind : plain.before;
        if (!it->done)
            return;
        item_layout_drop(it);
        plain.item++;
        plain.rows = 0;
    }
}

static void plain_print_question(void)
{
    const struct state *st = &plain.app.state;
    const struct approval *q = st->approvals.len > 0 ? &st->approvals.ptr[0] : NULL;
    if (!q || (plain.asked && strcmp(plain.asked, q->id) == 0))
        return;
    mem_replace(&plain.asked, q->id);
    AUTO_FREE char *title = mem_printf("%s %s", glyph(GLYPH_WARN), q->question);
    plain_print_look(STYLE_ATTR(ROLE_WARN, ATTR_BOLD), title);
    struct text_rows rows = {0};
    if (*q->detail)
        dialog_detail(&rows, q, NULL, plain_cols());
    for (size_t i = 0; i < rows.rows.len; i++)
        plain_print_row(&rows, i);
    text_rows_fini(&rows);
    if (*q->why)
        plain_print_look(ROLE_MUTED, q->why);
    if (*q->always)
        plain_print_look(ROLE_MUTED, q->always);
    AUTO(buf) text = {0};
    const char *after = dialog_is_question(q) ? "\n" : "   ";
    for (size_t i = 0; i < q->choices.len; i++)
        buf_addf(&text, "[%s] %s%s", q->choices.ptr[i].key, q->choices.ptr[i].label, after);
    buf_adds(&text, q->choices.len > 0 ? "- type one and Enter" : "Answer in words.");
    plain_print(buf_cstr(&text));
}

/* "y", or "e because it is late" where a reason may follow. */
static bool plain_answer(const char *line)
{
    const struct state *st = &plain.app.state;
    if (st->approvals.len == 0 || *line == '/')
        return false;
    const struct approval *q = &st->approvals.ptr[0];
    size_t n = strcspn(line, " ");
    AUTO_FREE char *key = mem_strndup(line, n);
    const struct choice *c = dialog_choice(q, key), *words = dialog_choice_of_words(q);
    if (c)
        app_answer(&plain.app, key, c->takes_text && line[n] ? line + n + 1 : NULL);
    else if (q->choices.len == 0)
        app_answer(&plain.app, "answer", line);
    else if (words && dialog_is_question(q))
        app_answer(&plain.app, words->key, line);
    else
        plain_print("Type one of the letters in brackets.");
    return true;
}

/* What on the screen would be a popup is printed. */
static void plain_print_popups(void)
{
    struct app *app = &plain.app;
    if (app->help.open) {
        ui_commands_print(stdout);
        app->help.open = false;
    }
    for (size_t i = 0; app->menu.open && i < app->menu.items.len; i++)
        printf("%-20s %s\n", app->menu.items.ptr[i].name, app->menu.items.ptr[i].help);
    menu_close(&app->menu);
    if (app->pending & PENDING_QUIT)
        plain.quit = true;
    if (app->pending & (PENDING_EDITOR | PENDING_SUMMARY | PENDING_COPY | PENDING_PAGER))
        puts("This works on the full screen only.");
    app->pending = 0;
    fflush(stdout);
}

static void plain_on_line(char *line)
{
    plain.prompt_shown = false;
    if (!line) {
        plain.quit = true;
        puts("");
        return;
    }
    const char *text = line + strspn(line, " \t");
    if (*text && !plain_answer(text)) {
        history_add_line(line);
        mem_replace(&plain.typed, text);
        if (commands_is_command(text))
            commands_run(&plain.app, text);
        else
            post_request(&plain.app.post, REQUEST_SUBMIT, strncmp(text, "//", 2) ? text : text + 1,
                         NULL);
    }
    free(line);
    plain_print_popups();
}

static void plain_interrupt(void)
{
    static int64_t armed_until;
    int64_t now = clock_ms();
    if (plain.app.state.busy && now >= armed_until) {
        post_request(&plain.app.post, REQUEST_STOP, NULL, NULL);
        plain_print("stopping; Ctrl-C again quits");
    } else if (now < armed_until) {
        plain.quit = true;
    } else {
        rl_callback_sigcleanup();
        rl_replace_line("", 1);
        plain_print("press Ctrl-C again to quit");
    }
    armed_until = now + 1500;
}

static void plain_read_signals(void)
{
    for (int sig; (sig = signals_next(plain.signals)) > 0;) {
        if (sig == SIGINT) {
            plain_interrupt();
        } else if (sig == SIGWINCH) {
            rl_resize_terminal();
        } else if (sig == SIGTSTP) {
            plain_hide_prompt();
            rl_deprep_terminal();
            signals_suspend();
            rl_prep_terminal(1);
        } else if (sig != SIGCONT && sig != SIGUSR1) {
            plain.quit = true;
        }
    }
}

static void plain_refuse_keyboard(void)
{
    struct app *app = &plain.app;
    close(app->lent.fd);
    post_request(&app->post, REQUEST_JOB, "back", app->lent.job);
    mem_replace(&app->lent.job, NULL);
    app->pending &= ~(unsigned)PENDING_LEND;
    plain_print("a keyboard is lent on the full screen only");
}

/* What goes on, in words, when it is another thing than before. */
static void plain_announce(const struct event *ev)
{
    static const char *const words[][2] = {
        {"connect", "asking the model"},      {"stream", "the model answers"},
        {"retry", "it failed; trying again"}, {"execute", "running"},
        {"ask", "a question waits for you"},  {"idle", "ready for your next line"}};
    const char *phase = ev->phase.phase ? ev->phase.phase : "", *text = NULL;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i][0], phase) == 0)
            text = words[i][1];
    AUTO_FREE char *detail = sanitize_text(ev->phase.detail, SANITIZE_ONE_LINE);
    AUTO_FREE char *row =
        text ? mem_printf("mien: %s%s%s.", text, *detail ? ": " : "", detail) : NULL;
    if (!row || (plain.said && strcmp(plain.said, row) == 0))
        return;
    mem_replace(&plain.said, row);
    plain_print_items();
    plain_print(row);
}

/* The newest that waits; what left the list is said by what it does. */
static void plain_print_waiting(const char *kind)
{
    const struct state *st = &plain.app.state;
    bool steer = kind && strcmp(kind, "steer") == 0;
    const texts *list = steer ? &st->steer : &st->queue;
    if (list->len == 0)
        return;
    AUTO_FREE char *text = sanitize_text(list->ptr[list->len - 1], SANITIZE_ONE_LINE);
    AUTO_FREE char *row = mem_printf("%s %s: %s", glyph(GLYPH_STEER), text,
                                     steer ? "read in the next round" : "after this goal");
    plain_print_items();
    plain_print_look(ROLE_MUTED, row);
}

static void plain_read_events(void *arg)
{
    struct event ev;
    while (engine_next(plain.engine, &ev)) {
        if (ev.type == EVENT_CLEAR)
            plain.item = plain.rows = 0;
        app_event(&plain.app, &ev);
        if (ev.type == EVENT_KEYBOARD)
            plain_refuse_keyboard();
        if (ev.type == EVENT_PROGRESS && plain.linear) { /* else what was planned tells it */
            AUTO_FREE char *text = sanitize_text(ev.progress.text, SANITIZE_ONE_LINE);
            AUTO_FREE char *row = mem_printf("%s %s", glyph(GLYPH_INFO), text);
            plain_print_items();
            plain_print(row);
        }
        if (ev.type == EVENT_PHASE && plain.linear)
            plain_announce(&ev);
        if (ev.type == EVENT_WAITING && !ev.waiting.back)
            plain_print_waiting(ev.waiting.kind);
        event_fini(&ev);
    }
    plain_print_items();
    plain_print_question();
}

static void plain_turn(void)
{
    plain_show_prompt();
    struct pollfd fds[] = {
        {STDIN_FILENO, POLLIN, 0},
        {plain.signals, POLLIN, 0},
        {engine_event_fd(plain.engine), POLLIN, 0},
    };
    if (poll(fds, COUNT_OF(fds), -1) <= 0)
        return;
    if (fds[0].revents) {
        rl_callback_read_char(); /* shows the next prompt itself */
        plain.prompt_shown = !plain.quit;
    }
    if (fds[1].revents)
        plain_read_signals();
    if (fds[2].revents || plain.item < plain.app.state.items.len)
        plain_read_events(NULL);
    if (engine_done(plain.engine))
        plain.quit = true;
}

static void plain_open(const struct ui_opts *o)
{
    rl_readline_name = "mien";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_instream = stdin;
    rl_outstream = stdout;
    plain.colors = sgr_colors(o->no_color || o->linear);
    plain.links = plain.colors > 0 && o->links && term_knows_links();
    /* What is behind the lines is the terminal's own colour, which nobody asks it for here. */
    bool chosen = o->theme && strcmp(o->theme, "auto") != 0;
    app_init(&plain.app, chosen ? o->theme : "ansi", o->themes_dir, plain.colors == 0,
             post_to_engine(plain.engine));
    item_layout_keyless(true);
    mem_replace(&plain.app.state.workspace, o->workspace);
    history_open(o->history_path);
    AUTO(buf) look = {0};
    sgr_begin(&plain.app.theme, plain.colors, ROLE_ACCENT, &look);
    AUTO_FREE char *prompt = /* readline's marks: this takes no columns */
        look.len
            ? mem_printf("\001%s\002%s\001" SGR_END "\002 ", buf_cstr(&look), glyph(GLYPH_PROMPT))
            : mem_printf("%s ", glyph(GLYPH_PROMPT));
    if (o->notice)
        app_say(&plain.app, ITEM_NOTICE, "%s", o->notice);
    plain_print_items();
    rl_callback_handler_install(prompt, plain_on_line);
    plain.prompt_shown = true;
    post_request(&plain.app.post, REQUEST_CATALOG, NULL, NULL);
    if (o->goal)
        post_request(&plain.app.post, REQUEST_SUBMIT, o->goal, NULL);
}

int ui_plain_run(struct engine *g, const struct ui_opts *o)
{
    assert(g && o);
    plain.engine = g;
    plain.signals = signals_open();
    plain.linear = o->linear;
    if (o->linear)
        setenv("MIEN_ASCII", "1", 1); /* signs are read out by their names */
    glyph_choose();
    plain_open(o);
    while (!plain.quit)
        plain_turn();
    plain_hide_prompt();
    rl_callback_handler_remove();
    goodbye_wait(&plain.app.post, g, plain_read_events, NULL);
    goodbye_say(&plain.app.state);
    history_close();
    app_fini(&plain.app);
    free(plain.asked);
    free(plain.typed);
    free(plain.said);
    close(plain.signals);
    memset(&plain, 0, sizeof plain);
    return engine_exit_code(g);
}
