#include "ui/app/app_draw.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "ui/app/commands.h"
#include "ui/term/glyph.h"
#include "ui/views/gauge_view.h"
#include "ui/views/header.h"
#include "ui/views/keyrow.h"
#include "ui/views/screen_layout.h"

#define SPIN_MS 250

static void app_draw_rules(struct app *app, struct canvas *c, const struct screen_layout *p)
{
    struct area all = canvas_area(c);
    const struct state *st = &app->state;
    screen_layout_draw_frame(p, c, app->focus);
    if (p->framed) {
        bool tree = app->focus == FOCUS_TREE, transcript = app->focus == FOCUS_TRANSCRIPT;
        canvas_put(c, all, p->top_rule, 2, tree ? ROLE_BORDER_FOCUS : ROLE_BORDER, " Goal ", -1);
        canvas_put(c, all, p->top_rule, p->divider + 2,
                   transcript ? ROLE_BORDER_FOCUS : ROLE_BORDER, " Work ", -1);
    }
    AUTO(line) line = {0};
    if (gauge_phase(&app->state, app->still, &line))
        line_paint(&line, c, (struct area){0, 0, c->rows, c->cols - 2}, p->bottom_rule, 2);
    if (!app->transcript.scrolled)
        return;
    unsigned long long lines = transcript_new_lines(&app->transcript, st);
    AUTO_FREE char *more = lines > 0 ? mem_printf(" %s %llu new, End ", glyph(GLYPH_DOWN), lines)
                                     : mem_printf(" %s End ", glyph(GLYPH_DOWN));
    int cols = cluster_str_width(more, strlen(more));
    canvas_put(c, all, p->bottom_rule, c->cols - 2 - cols, ROLE_TOAST, more, -1);
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
    else if (app->menu.open)
        menu_draw(&app->menu, c, (struct area){1, p->input.col, p->bottom_rule - 1, p->input.cols},
                  app->menu.pick ? 0 : 2);
    if (app->help.open)
        app_draw_help(&app->help, c, p->body);
}

/* The panes end above an open question: what it is about must stay readable. */
static void app_make_room(struct app *app, struct screen_layout *p)
{
    const struct approval *q = dialog_current(&app->dialog, &app->state);
    if (!q || app->dialog.minimised || p->too_small)
        return;
    int height = dialog_height(q, p->body);
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

static void app_draw_keys(struct app *app, struct canvas *c, struct area a)
{
    bool waits = app->dialog.minimised && app->state.approvals.len > 0;
    struct keyrow k = {
        .asking = app->prompt.kind != PROMPT_NONE,
        .toast = app->toast.until_ms > clock_ms() ? app->toast.text : NULL,
        .waiting = waits ? app->state.approvals.ptr[0].title : NULL,
        .context = app_context(app),
    };
    keyrow_draw(&k, c, a);
}

static void app_draw_input(struct app *app, struct canvas *c, struct area a)
{
    const struct state *st = &app->state;
    bool here = app->prompt.kind != PROMPT_NONE ||
                (app->focus == FOCUS_INPUT && !app_question(app) && !app->help.open);
    bool untouched = st->items.len == 0 && st->nodes.len == 0 && st->approvals.len == 0;
    input_view_draw(&app->input, here,
                    untouched && app->prompt.kind == PROMPT_NONE ? "Give me a goal" : NULL, c, a);
}

void app_draw(struct app *app, struct canvas *c)
{
    assert(c->cells || c->rows == 0 || c->cols == 0);
    canvas_clear(c, ROLE_TEXT);
    app_question(app); /* one that was settled meanwhile gives the input line back */
    struct screen_layout p = screen_layout_make(c->rows, c->cols, input_view_rows(c->cols - 4),
                                                app->focus == FOCUS_TREE);
    if (p.too_small) {
        struct area all = canvas_area(c);
        canvas_put(c, all, 0, 0, ROLE_WARN, "too small", -1);
        canvas_putf(c, all, 1, 0, ROLE_TEXT, "%dx%d", c->cols, c->rows);
        canvas_put(c, all, 2, 0, ROLE_MUTED, "needs 20x5", -1);
        return;
    }
    app_make_room(app, &p);
    header_draw(&app->state, c, p.header);
    app_draw_rules(app, c, &p);
    if (p.tree_shown)
        tree_view_draw(&app->tree, &app->state, c, p.tree, app->focus == FOCUS_TREE);
    if (p.transcript_shown && app->state.items.len == app->transcript.first)
        welcome_draw(app->state.model_name, c, p.transcript);
    if (p.transcript_shown)
        transcript_draw(&app->transcript, &app->state, c, p.transcript,
                        app->focus == FOCUS_TRANSCRIPT);
    gauge_draw(&app->state, c, p.gauge);
    app_draw_keys(app, c, p.keys);
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
