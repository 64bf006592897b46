#include "ui/app/app_draw.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "ui/app/commands.h"
#include "ui/term/glyph.h"
#include "ui/views/gauge_view.h"
#include "ui/views/header.h"
#include "ui/views/keyrow.h"
#include "ui/views/sample.h"
#include "ui/views/screen_layout.h"
#include "ui/views/strip.h"

#define SPIN_MS 250
#define WELCOME_ROWS 8 /* the page below notices wants */
#define DAY_MS 86400000

/* What goes on, who has the keys, and how much came meanwhile: the row above the input line. */
static void app_draw_status(struct app *app, struct canvas *c, const struct screen_layout *p)
{
    static const char *const panes[FOCUS_COUNT] = {
        [FOCUS_TREE] = "tree ", [FOCUS_TRANSCRIPT] = "transcript "};
    const struct state *st = &app->state;
    struct area a = {p->panel.row, 2, 1, MAX(0, c->cols - 3)};
    unsigned long long lines = transcript_new_lines(&app->transcript, st);
    AUTO_FREE char *more = lines > 0 ? mem_printf("%s %llu new, End", glyph(GLYPH_DOWN), lines)
                                     : mem_printf("%s End", glyph(GLYPH_DOWN));
    int cols = app->transcript.scrolled ? cluster_str_width(more, strlen(more)) : 0;
    AUTO(line) line = {0};
    if (panes[app->focus] && app->prompt.kind == PROMPT_NONE)
        line_adds(&line, ROLE_BORDER_FOCUS, panes[app->focus]);
    gauge_phase(&app->state, app->still, &line);
    line_cut(&line, a.cols - cols - (cols > 0));
    line_paint(&line, c, a, 0, 0);
    if (cols > 0)
        canvas_put(c, a, 0, a.cols - cols, ROLE_TOAST, more, -1);
}

static void app_draw_help(struct help *h, struct canvas *c, struct area a)
{
    VEC(struct help_row) rows = {0};
    for (const struct command *k = commands; k->name; k++) {
        struct help_row row = {mem_printf("/%s %s", k->name, k->args), k->help};
        VEC_PUSH(&rows, row);
    }
    help_draw(h, rows.ptr, rows.len, c, a);
    for (size_t i = 0; i < rows.len; i++)
        free(rows.ptr[i].name);
    VEC_FREE(&rows);
}

static void app_draw_popups(struct app *app, struct canvas *c, const struct screen_layout *p)
{
    const struct approval *q = dialog_current(&app->dialog, &app->state);
    if (q && !app->dialog.minimised)
        dialog_draw(&app->dialog, q, c, p->body);
    else if (app->menu.open) {
        int top = menu_draw(&app->menu, c, (struct area){1, 0, p->panel.row - 1, c->cols}, 2);
        if (app->theme_before)
            sample_draw(c, (struct area){1, 0, top - 1, c->cols});
    }
    if (app->help.open)
        app_draw_help(&app->help, c, p->body);
}

/* The panes end above an open question: what it is about must stay readable. */
static void app_make_room(struct app *app, struct screen_layout *p)
{
    const struct approval *q = dialog_current(&app->dialog, &app->state);
    if (!q || app->dialog.minimised || p->too_small)
        return;
    int height = dialog_height(&app->dialog, q, p->body);
    if (p->body.rows - height < 3)
        return;
    p->transcript.rows = MIN(p->transcript.rows, p->body.rows - height);
    p->tree.rows = MIN(p->tree.rows, p->body.rows - height);
}

/* The context whose keys the last row shows: what is open, else the pane in focus. */
static enum context app_context(struct app *app)
{
    if (app->help.open)
        return CONTEXT_HELP;
    if (app_question(app))
        return CONTEXT_DIALOG;
    if (app->menu.open)
        return CONTEXT_MENU;
    if (app->focus == FOCUS_TREE)
        return tree_view_job(&app->tree, &app->state) ? CONTEXT_JOB : CONTEXT_TREE;
    return app->focus == FOCUS_TRANSCRIPT ? CONTEXT_TRANSCRIPT : CONTEXT_INPUT;
}

/* The gauge and the keys share the last row; what is said at once has it alone where it is
 * narrow. */
static void app_draw_foot(struct app *app, struct canvas *c, const struct screen_layout *p)
{
    bool waits = app->dialog.minimised && app->state.approvals.len > 0;
    const struct approval *q = app_question(app);
    const struct choice *escape = q ? dialog_choice_of_escape(q) : NULL;
    /* "keep it" of "keep it: stop here". */
    AUTO_FREE char *does =
        escape ? mem_strndup(escape->label, strcspn(escape->label, ",:;(")) : NULL;
    struct keyrow k = {
        .asking = app->prompt.kind != PROMPT_NONE,
        .toast = app->toast.until_ms > clock_ms() ? app->toast.text : NULL,
        .waiting = waits ? app->state.approvals.ptr[0].title : NULL,
        .escape = does && *does ? does : NULL,
        .notes = q && app->dialog.notes.places.len > 0,
        .context = app_context(app),
    };
    struct area a = p->keys;
    bool alone = !p->wide && (k.asking || k.toast || k.waiting || k.context != CONTEXT_INPUT);
    if (alone)
        a = (struct area){a.row, 0, a.rows, c->cols};
    else
        gauge_draw(&app->state, c, p->gauge);
    keyrow_draw(&k, c, a);
}

static void app_draw_input(struct app *app, struct canvas *c, struct area a)
{
    const struct state *st = &app->state;
    bool here = app->prompt.kind != PROMPT_NONE ||
                (app->focus == FOCUS_INPUT && !app_question(app) && !app->help.open);
    const char *invitation = st->busy ? "tell the agent more; Ctrl-Q: a goal for afterwards"
                                      : "ask, / command, @ file, ! shell";
    if (a.cols < 56)
        invitation = st->busy ? "tell the agent more" : "ask, / @ !";
    input_view_draw(&app->input, here, app->prompt.kind != PROMPT_NONE ? NULL : invitation, c, a);
}

/* Until something is said; notices of the start stand above it. */
static void app_draw_welcome(struct app *app, struct canvas *c, struct area a)
{
    const struct state *st = &app->state;
    int rows = 0;
    for (size_t i = app->transcript.first; i < st->items.len; i++) {
        const struct item *it = st->items.ptr[i];
        if (it->kind != ITEM_NOTICE && it->kind != ITEM_WARN)
            return;
        rows += (int)it->rows.wrapped.rows.len;
    }
    if (a.rows - rows >= (rows > 0 ? WELCOME_ROWS : 1))
        welcome_draw(&app->welcome, st, app->still ? 0 : clock_wall_ms() / DAY_MS, c,
                     (struct area){a.row + rows, a.col, a.rows - rows, a.cols});
}

void app_draw(struct app *app, struct canvas *c)
{
    assert(c->cells || c->rows == 0 || c->cols == 0);
    canvas_clear(c, ROLE_TEXT);
    app_question(app); /* one that was settled meanwhile gives the input line back */
    const struct state *st = &app->state;
    /* A goal alone stands in the header. */
    bool says = (st->nodes.len > 1 || st->jobs.len > 0) && !app->tree_hidden;
    if (app->bare && !app_question(app)) {
        struct area all = canvas_area(c);
        all.rows -= all.rows > 1;
        transcript_draw(&app->transcript, &app->state, c, all, false);
        canvas_put_fit(c, canvas_area(c), all.rows, 0, c->cols, ROLE_TOAST, ROLE_TOAST,
                       "the transcript alone: select with the mouse, PgUp scrolls, Esc goes back");
        return;
    }
    struct screen_wants wants = {.input_rows = input_view_rows(c->cols - 3),
                                 .strip_rows = strip_rows(st, c->rows),
                                 .tree = says,
                                 .tree_focused = app->focus == FOCUS_TREE};
    struct screen_layout p = screen_layout_make(c->rows, c->cols, wants);
    if (p.too_small) {
        struct area all = canvas_area(c);
        canvas_put(c, all, 0, 0, ROLE_WARN, "too small", -1);
        canvas_putf(c, all, 1, 0, ROLE_TEXT, "%dx%d", c->cols, c->rows);
        canvas_put(c, all, 2, 0, ROLE_MUTED, "needs 20x5", -1);
        return;
    }
    app_make_room(app, &p);
    app->layout = p;
    header_draw(&app->state, c, p.header);
    screen_layout_draw(&p, c, app->focus != FOCUS_INPUT);
    app_draw_status(app, c, &p);
    if (p.tree_shown)
        tree_view_draw(&app->tree, &app->state, c, p.tree, app->focus == FOCUS_TREE, app->still);
    if (p.transcript_shown) {
        transcript_draw(&app->transcript, &app->state, c, p.transcript,
                        app->focus == FOCUS_TRANSCRIPT);
        app_draw_welcome(app, c, p.transcript);
    }
    strip_draw(st, c, p.strip);
    app_draw_foot(app, c, &p);
    app_draw_input(app, c, p.input);
    app_draw_popups(app, c, &p);
}

int64_t app_deadline(const struct app *app)
{
    if (app->still)
        return -1;
    int64_t now = clock_ms(), at = -1;
    if (app->toast.until_ms > now)
        at = app->toast.until_ms;
    if (app->state.busy && strcmp(app->state.phase, "ask") != 0) {
        int64_t spin = now + SPIN_MS - (now - app->state.phase_since_ms) % SPIN_MS;
        at = at < 0 ? spin : MIN(at, spin);
    }
    return at;
}
