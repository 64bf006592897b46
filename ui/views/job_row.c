#include "ui/views/job_row.h"

#include <stdio.h>
#include <string.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/format.h"
#include "ui/views/state_jobs.h"

#define ACTION_COLS 8 /* less says nothing */
#define MODEL_COLS 14
#define MODEL_LEAST 5

static const struct {
    const char *state;
    enum glyph glyph;
    enum role role;
} states[] = {
    {"lost", GLYPH_SKIPPED, ROLE_TREE_DIM},         {"waiting", GLYPH_PENDING, ROLE_TREE_PENDING},
    {"starting", GLYPH_PENDING, ROLE_TREE_PENDING}, {"running", GLYPH_ACTIVE, ROLE_TREE_ACTIVE},
    {"done", GLYPH_DONE, ROLE_TREE_DONE},           {"failed", GLYPH_FAILED, ROLE_TREE_FAILED},
    {"stopped", GLYPH_SKIPPED, ROLE_TREE_DIM},
};

static size_t job_row_state(const struct job *j)
{
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (strcmp(states[i].state, j->state) == 0)
            return i;
    return 0;
}

static int job_row_width(const char *s)
{
    return cluster_str_width(s, strlen(s));
}

static void job_row_delegate(const struct job *j, struct canvas *c, struct area a, int row, int col)
{
    bool runs = job_runs(j);
    const char *who = *j->agent ? j->agent : j->name, *slash = strrchr(j->model, '/');
    /* The last part of "provider/model" and of a playbook's path. */
    const char *model = slash && slash[1] ? slash + 1 : j->model;
    int room = a.cols - col, least = *j->action ? ACTION_COLS + 1 : 0;
    int who_cols = MIN(job_row_width(who), MAX(room - least, room / 2));
    col =
        canvas_put_fit(c, a, row, col, who_cols, runs ? ROLE_TEXT : ROLE_TREE_DIM, ROLE_MUTED, who);
    int width = job_row_width(model),
        model_cols = MIN(MIN(width, MODEL_COLS), a.cols - col - 1 - least);
    if (width > 0 && model_cols >= MIN(width, MODEL_LEAST))
        col = canvas_put_fit(c, a, row, col + 1, model_cols, ROLE_TREE_DIM, ROLE_MUTED, model);
    if (a.cols - col - 1 >= ACTION_COLS / 2)
        canvas_put_fit(c, a, row, col + 1, a.cols - col - 1, runs ? ROLE_TEXT : ROLE_TREE_DIM,
                       ROLE_MUTED, j->action);
}

static void job_row_program(const struct job *j, struct canvas *c, struct area a, int row, int col)
{
    style s = job_runs(j) ? ROLE_TEXT : ROLE_TREE_DIM;
    int room = a.cols - col;
    col = canvas_put_fit(c, a, row, col, MIN(job_row_width(j->name), MAX(room - 6, room / 2)), s,
                         ROLE_MUTED, j->name);
    if (j->port > 0) {
        AUTO_FREE char *port = mem_printf(":%lld", (long long)j->port);
        style open = j->listening && job_runs(j) ? ROLE_TREE_DONE : ROLE_TREE_DIM;
        col = canvas_put_fit(c, a, row, col + 1, a.cols - col - 1, open, ROLE_MUTED, port);
    }
    if (a.cols - col - 1 >= ACTION_COLS / 2)
        canvas_put_fit(c, a, row, col + 1, a.cols - col - 1, ROLE_TREE_DIM, ROLE_MUTED, j->title);
}

void job_row_draw(const struct job *j, struct canvas *c, struct area a, int row, int col)
{
    size_t st = job_row_state(j);
    char right[FORMAT_SIZE];
    *right = '\0'; /* tokens of a delegate, the exit of a program that failed */
    if (job_is_delegate(j) && j->tokens > 0)
        format_tokens(j->tokens, right);
    else if (!job_is_delegate(j) && strcmp(j->state, "failed") == 0)
        snprintf(right, sizeof right, "exit %lld", (long long)j->code);
    int right_cols = job_row_width(right);
    col = canvas_put(c, a, row, col, states[st].role, glyph(states[st].glyph), -1) + 1;
    struct area left = a;
    if (right_cols > 0 && a.cols - col - right_cols >= ACTION_COLS) {
        left.cols -= right_cols + 1;
        canvas_put(c, a, row, a.cols - right_cols, ROLE_TREE_DIM, right, -1);
    }
    if (job_is_delegate(j))
        job_row_delegate(j, c, left, row, col);
    else
        job_row_program(j, c, left, row, col);
}

void job_row_status(const struct job *j, struct buf *out)
{
    char took[FORMAT_SIZE];
    buf_addf(out, "%s %s", j->name, j->state);
    if (j->rounds > 0)
        buf_addf(out, ", %lld round%s", (long long)j->rounds, j->rounds == 1 ? "" : "s");
    if (j->cost > 0)
        buf_addf(out, ", %s", format_cost(j->cost, took));
    /* A server outlives goals, and nothing redraws an idle screen: its clock would stand. */
    if (job_is_delegate(j) && job_ms(j) >= 1000)
        buf_addf(out, ", %s", format_seconds(job_ms(j), took));
}
