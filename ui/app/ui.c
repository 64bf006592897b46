#include "ui/ui.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "ui/app/app_draw.h"
#include "ui/app/app_feed.h"
#include "ui/app/goodbye.h"
#include "ui/input/draft.h"
#include "ui/input/input.h"
#include "ui/input/keys.h"
#include "ui/term/editor.h"
#include "ui/term/glyph.h"
#include "ui/term/lend.h"
#include "ui/term/screen.h"
#include "ui/term/signals.h"
#include "ui/term/term.h"

#define FRAME_MS 55 /* of what comes by itself: read at that pace; a key is answered at once */
#define FRAME_SLOW_MS 250
#define EVENTS_A_TURN 2000
#define READ_SIZE 65536

struct ui {
    struct engine *engine; /* NULL: a question of its own (ui_ask) */
    char *answer;
    struct app app;
    struct canvas canvas;
    struct decoder decoder;
    int signals;
    int saved_stderr;
    bool bell;
    bool dirty, key_came, quit, hung_up;
    int64_t drawn_ms, frame_ms;
};

/* From a question to what follows it the terminal stays ours. Given back between, the kernel would
 * echo what is typed then and turn its Enter into a newline of the draft. */
static struct {
    bool held;
    int saved_stderr;
    struct decoder decoder; /* what was read and not yet cut */
    char *line;             /* what waits behind the question */
} kept;

static void ui_draw(struct ui *u)
{
    int64_t before = clock_us();
    app_draw(&u->app, &u->canvas);
    screen_draw(&u->canvas);
    int64_t took_ms = (clock_us() - before) / 1000;
    /* A slow terminal gets fewer frames, so that keys do not queue behind output. */
    u->frame_ms = took_ms > 50 ? MIN(u->frame_ms * 2, FRAME_SLOW_MS) : FRAME_MS;
    u->drawn_ms = clock_ms();
    u->dirty = u->key_came = false;
    const struct state *st = &u->app.state;
    const char *about = st->name && *st->name ? st->name : st->goal;
    AUTO_FREE char *title = about && *about ? mem_printf("%s%s - mien", st->busy ? "* " : "", about)
                                            : mem_strdup("mien");
    term_title(title);
}

/* The screen must stay ours: libraries that print to stderr go to the log's place. */
static void ui_hide_stderr(struct ui *u)
{
    if (kept.held) {
        u->saved_stderr = kept.saved_stderr;
        return;
    }
    AUTO_FD int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    u->saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (null >= 0 && isatty(STDERR_FILENO))
        dup2(null, STDERR_FILENO);
}

static void ui_give_terminal(struct ui *u)
{
    term_modes_clear();
    screen_leave();
}

static void ui_resize(struct ui *u)
{
    int rows, cols;
    if (!screen_size(&rows, &cols))
        return;
    if (rows != u->canvas.rows || cols != u->canvas.cols) {
        canvas_resize(&u->canvas, rows, cols);
        input_set_size(rows, cols);
    }
    screen_resize(rows, cols);
    u->dirty = true;
}

static void ui_take_terminal(struct ui *u)
{
    screen_return();
    term_modes_apply();
    ui_resize(u);
    u->key_came = true;
}

/* What the user made of the text; NULL when the editor failed, which is said. */
static char *ui_run_editor(struct ui *u, const char *text)
{
    struct error e = {0};
    ui_give_terminal(u);
    char *edited = editor_run(text, &e);
    ui_take_terminal(u);
    if (!edited)
        app_say(&u->app, ITEM_ERROR, "%s", e.text);
    return edited;
}

static void ui_edit(struct ui *u)
{
    AUTO_FREE char *text = input_expand();
    AUTO_FREE char *edited = ui_run_editor(u, text);
    if (!edited)
        return;
    input_replace("");
    input_paste(edited, strlen(edited));
}

static void ui_edit_summary(struct ui *u)
{
    AUTO_FREE char *text = mem_strdup(u->app.state.summary ? u->app.state.summary : "");
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == '\n') /* as it comes back from the editor */
        text[--n] = '\0';
    AUTO_FREE char *edited = ui_run_editor(u, text);
    if (edited && strcmp(edited, text) != 0)
        post_request(&u->app.post, REQUEST_COMPACT, "set", edited);
    else if (edited)
        toast_show(&u->app.toast, "the summary stays as it is");
}

static void ui_page(struct ui *u)
{
    struct error e = {0};
    AUTO(buf) text = {0};
    transcript_text(&u->app.transcript, &u->app.state, &text);
    ui_give_terminal(u);
    bool ok = editor_page(buf_cstr(&text), &e);
    ui_take_terminal(u);
    if (!ok)
        toast_show(&u->app.toast, "%s", e.text);
}

static void ui_lend(struct ui *u)
{
    AUTO_FREE char *job = u->app.lent.job;
    u->app.lent.job = NULL;
    ui_give_terminal(u);
    lend_terminal(u->app.lent.fd, job);
    ui_take_terminal(u);
    close(u->app.lent.fd);
    post_request(&u->app.post, REQUEST_JOB, "back", job);
}

static void ui_suspend(struct ui *u)
{
    draft_flush();
    ui_give_terminal(u);
    signals_suspend();
    ui_take_terminal(u);
}

static void ui_do_pending(struct ui *u)
{
    unsigned pending = u->app.pending;
    u->app.pending = 0;
    if (pending & PENDING_THEME)
        screen_set_theme(&u->app.theme, u->app.no_color);
    if (pending & PENDING_MOUSE)
        term_mouse(!u->app.bare);
    if ((pending & PENDING_BELL) && u->bell)
        term_notify(u->app.bell);
    if (pending & PENDING_REPAINT)
        screen_repaint();
    if ((pending & PENDING_COPY) && !term_copy(u->app.copy))
        toast_show(&u->app.toast, "too long to copy; /export writes it to a file");
    if (pending & PENDING_EDITOR)
        ui_edit(u);
    if (pending & PENDING_SUMMARY)
        ui_edit_summary(u);
    if (pending & PENDING_PAGER)
        ui_page(u);
    if (pending & PENDING_LEND)
        ui_lend(u);
    if (pending & PENDING_SUSPEND)
        ui_suspend(u);
    if (pending & PENDING_QUIT)
        u->quit = true;
}

static void ui_cut_tokens(struct ui *u)
{
    struct token t;
    while (!u->quit && decoder_next(&u->decoder, clock_ms(), &t)) {
        app_token(&u->app, &t);
        ui_do_pending(u);
        u->dirty = u->key_came = true;
    }
    if (u->key_came) {
        AUTO_FREE char *draft = input_draft();
        draft_update(draft, clock_ms());
    }
}

static void ui_read_keys(struct ui *u)
{
    static char bytes[READ_SIZE];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n > 0)
        decoder_add(&u->decoder, bytes, (size_t)n, clock_ms());
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        u->quit = u->hung_up = true; /* the terminal is gone */
}

static void ui_read_signals(struct ui *u)
{
    for (int sig; (sig = signals_next(u->signals)) > 0;) {
        switch (sig) {
        case SIGWINCH:
            ui_resize(u);
            break;
        case SIGCONT:
            ui_take_terminal(u);
            break;
        case SIGTSTP:
            ui_suspend(u);
            break;
        case SIGINT:
            app_token(&u->app, &(struct token){.kind = TOKEN_KEY, .name = "C-c"});
            ui_do_pending(u);
            u->dirty = true;
            break;
        case SIGUSR1:
            break;
        default:
            u->hung_up = sig == SIGHUP;
            u->quit = true;
        }
    }
}

static void ui_read_events(void *arg)
{
    struct ui *u = arg;
    struct event ev;
    for (int i = 0; i < EVENTS_A_TURN && engine_next(u->engine, &ev); i++) {
        app_event(&u->app, &ev);
        event_fini(&ev);
        u->dirty = true;
    }
    if (u->app.pending & (PENDING_BELL | PENDING_LEND))
        ui_do_pending(u);
}

static int64_t ui_earlier(int64_t a, int64_t b)
{
    return a < 0 ? b : b < 0 ? a : MIN(a, b);
}

static int ui_timeout(const struct ui *u)
{
    int64_t now = clock_ms(), at = -1;
    if (u->dirty)
        at = u->drawn_ms + u->frame_ms;
    at = ui_earlier(at, decoder_deadline(&u->decoder));
    at = ui_earlier(at, draft_deadline());
    at = ui_earlier(at, app_deadline(&u->app));
    return at < 0 ? -1 : (int)MIN(MAX(at - now, 0), 60000);
}

static void ui_turn(struct ui *u)
{
    /* What is dirty is drawn when the next frame is due: until then events gather, where those of a
     * stream become one, and nobody is woken for each. */
    bool gathers = u->dirty && !u->key_came;
    struct pollfd fds[] = {
        {STDIN_FILENO, POLLIN, 0},
        {u->signals, POLLIN, 0},
        {u->engine && !gathers ? engine_event_fd(u->engine) : -1, POLLIN, 0},
    };
    int64_t redraw = app_deadline(&u->app);
    int n = poll(fds, COUNT_OF(fds), ui_timeout(u));
    if (n > 0 && fds[0].revents)
        ui_read_keys(u);
    ui_cut_tokens(u); /* also when only the time after an ESC ran out */
    if (n > 0 && fds[1].revents)
        ui_read_signals(u);
    /* A key is answered first: what streams is much, and read in the next turn. */
    if (u->engine && !u->key_came && (gathers || (n > 0 && fds[2].revents)))
        ui_read_events(u);
    if (u->engine && engine_done(u->engine)) {
        ui_read_events(u);
        u->quit = true;
    }
    int64_t now = clock_ms();
    if (redraw >= 0 && now >= redraw)
        u->dirty = true;
    if (draft_deadline() >= 0 && now >= draft_deadline())
        draft_flush();
    if (u->quit || !u->dirty || (!u->key_came && now < u->drawn_ms + u->frame_ms))
        return;
    ui_draw(u);
}

static void ui_open(struct ui *u, const struct ui_opts *o, struct post post)
{
    AUTO(buf) complaints = {0};
    glyph_choose();
    bindings_load(o->bindings, &complaints);
    input_init(o->history_path);
    const char *no_color = getenv("NO_COLOR");
    bool few = screen_colors() < 256, none = screen_colors() < 8;
    bool chosen = o->theme && strcmp(o->theme, "auto") != 0;
    app_init(&u->app,
             chosen ? o->theme
             : few  ? "ansi"
                    : NULL,
             o->themes_dir, o->no_color || none || (no_color && *no_color), post);
    mem_replace(&u->app.state.workspace, o->workspace);
    u->app.still = o->test_mode;
    u->bell = o->bell;
    screen_set_links(o->links);
    u->decoder.escape_ms = getenv("SSH_CONNECTION") ? 100 : 30;
    u->frame_ms = FRAME_MS;
    if (screen_is_guessed())
        app_say(&u->app, ITEM_NOTICE,
                "the terminal type \"%s\" is unknown here: it is taken for an xterm",
                getenv("TERM"));
    if (o->notice)
        app_say(&u->app, ITEM_NOTICE, "%s", o->notice);
    if (complaints.len > 0)
        app_say(&u->app, ITEM_WARN, "%s", buf_cstr(&complaints));
    AUTO_FREE char *draft = draft_open(o->draft_path);
    if (draft) {
        input_take_draft(draft);
        toast_show(&u->app.toast, "your unsent line is back");
    }
}

static void ui_start(struct ui *u, const struct ui_opts *o)
{
    int rows = 24, cols = 80;
    screen_size(&rows, &cols);
    canvas_init(&u->canvas, rows, cols);
    input_set_size(rows, cols);
    u->app.pending |= PENDING_THEME;
    ui_do_pending(u);
    term_modes_apply();
    ui_draw(u);
    if (u->app.theme_is_auto && !o->test_mode)
        term_ask_background();
    post_request(&u->app.post, REQUEST_CATALOG, NULL, NULL);
    if (o->goal)
        post_request(&u->app.post, REQUEST_SUBMIT, o->goal, NULL);
}

static void ui_close(struct ui *u)
{
    draft_close();
    input_fini();
    bindings_unload();
    decoder_fini(&u->decoder);
    canvas_fini(&u->canvas);
    if (u->signals >= 0)
        close(u->signals);
}

static bool ui_take_screen(const struct ui_opts *o, struct error *e)
{
    const char *type = getenv("TERM");
    if (kept.held)
        return true;
    term_init(o->mouse);
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return error_set(e, ERR_IO, "this is no terminal");
    if (!type || !*type || strcmp(type, "dumb") == 0)
        return error_set(e, ERR_IO, "a terminal of type \"%s\" has no screen", type ? type : "");
    term_take();
    bool ok = screen_open(e);
    if (!ok)
        term_modes_clear();
    return ok;
}

static void ui_give_back(struct ui *u)
{
    term_modes_clear();
    screen_close();
    if (u->saved_stderr < 0)
        return;
    dup2(u->saved_stderr, STDERR_FILENO);
    close(u->saved_stderr);
    u->saved_stderr = -1;
}

/* The screen is open for whoever comes next: ui_take_kept(), or ui_let_go(). */
static void ui_keep(struct ui *u)
{
    kept.held = true;
    kept.saved_stderr = u->saved_stderr;
    kept.decoder = u->decoder;
    u->decoder = (struct decoder){0};
    kept.line = input_is_empty() ? NULL : input_expand();
}

static void ui_take_kept(struct ui *u)
{
    if (!kept.held)
        return;
    kept.held = false;
    kept.decoder.escape_ms = u->decoder.escape_ms;
    u->decoder = kept.decoder;
    AUTO_FREE char *line = kept.line;
    kept.line = NULL;
    if (line && !input_is_empty())
        input_insert("\n", 1);
    if (line)
        input_paste(line, strlen(line));
}

void ui_let_go(void)
{
    if (!kept.held)
        return;
    struct ui u = {.saved_stderr = kept.saved_stderr};
    kept.held = false;
    ui_give_back(&u);
    decoder_fini(&kept.decoder);
    mem_replace(&kept.line, NULL);
}

static void ui_take_answer(void *arg, struct request r)
{
    struct ui *u = arg;
    if (r.type == REQUEST_ANSWER && !u->answer) {
        u->answer = mem_strdup(r.answer.choice);
        u->quit = true;
    } else if (r.type == REQUEST_SUBMIT && r.submit.text) { /* typed behind the question */
        input_paste(r.submit.text, strlen(r.submit.text));
        toast_show(&u->app.toast, "nothing runs before the question is answered");
    }
    request_fini(&r);
}

void ui_block_signals(void)
{
    signals_block();
    term_catch_crashes(engine_crash_suspect);
}

char *ui_ask(const struct ui_opts *o, const struct event *question, struct error *e)
{
    assert(o && question && question->type == EVENT_APPROVAL);
    if (!ui_take_screen(o, e))
        return NULL;
    ui_block_signals();
    struct ui u = {.signals = signals_open(), .saved_stderr = -1};
    ui_hide_stderr(&u);
    ui_open(&u, o, (struct post){ui_take_answer, &u});
    ui_take_kept(&u);
    app_event(&u.app, question);
    ui_start(&u, o);
    while (!u.quit)
        ui_turn(&u);
    ui_keep(&u);
    ui_close(&u);
    app_fini(&u.app);
    return u.answer ? u.answer : mem_strdup("");
}

int ui_run(struct engine *g, const struct ui_opts *o)
{
    assert(g && o);
    struct error e = {0};
    if (!ui_take_screen(o, &e)) {
        fprintf(stderr, "mien: %s; going on in plain line mode\n", e.text);
        return ui_plain_run(g, o);
    }
    struct ui u = {.engine = g, .signals = signals_open(), .saved_stderr = -1};
    ui_hide_stderr(&u);
    ui_open(&u, o, post_to_engine(g));
    ui_take_kept(&u);
    ui_start(&u, o);
    ui_cut_tokens(&u); /* typed before */
    while (!u.quit)
        ui_turn(&u);
    /* The engine may go on for a moment; the terminal is the user's at once. */
    ui_give_back(&u);
    goodbye_wait(&u.app.post, g, ui_read_events, &u);
    if (!u.hung_up)
        goodbye_say(&u.app.state);
    /* What ended the engine would vanish with the screen. */
    const struct item *last = state_last(&u.app.state);
    if (last && last->kind == ITEM_ERROR && engine_done(g))
        fprintf(stderr, "mien: %s\n", buf_cstr(&last->text));
    ui_close(&u);
    app_fini(&u.app);
    return engine_exit_code(g);
}
