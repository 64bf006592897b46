#include "ui/views/header.h"

#include <string.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/state_jobs.h"

static void header_add(struct line *l, style s, const char *text)
{
    if (!text || !*text)
        return;
    if (l->text.len > 0)
        line_adds(l, ROLE_HEADER, "  ");
    line_adds(l, s, text);
}

/* "parser:main": where this is. Caller frees; NULL: nobody said. */
static char *header_place(const struct state *st, bool whole)
{
    const char *path = st->workspace ? st->workspace : "", *home = getenv("HOME");
    size_t n = home ? strlen(home) : 0;
    bool at_home = n > 1 && strncmp(path, home, n) == 0 && (path[n] == '/' || !path[n]);
    const char *slash = strrchr(path, '/');
    const char *name = slash && slash[1] ? slash + 1 : path;
    const char *shown = whole ? path + (at_home ? n : 0) : name;
    return mem_printf("%s%s%s%s", whole && at_home ? "~" : "", shown, st->branch ? ":" : "",
                      st->branch ? st->branch : "");
}

/* level: how much may be said; 3 all, 0 only what warns, and how much runs. */
static void header_right(const struct state *st, int level, struct line *l)
{
    if (st->approvals.len > 0) {
        AUTO_FREE char *text = mem_printf("%s asks", glyph(GLYPH_WARN));
        header_add(l, ROLE_HEADER_WARN, text);
    }
    if (st->loop_level) {
        AUTO_FREE char *text = mem_printf("%s loop %s%lld", glyph(GLYPH_WARN), glyph(GLYPH_TIMES),
                                          (long long)st->loop_count);
        header_add(l, ROLE_HEADER_WARN, text);
    }
    int running = state_jobs_running(st);
    if (running > 0) {
        AUTO_FREE char *text = mem_printf("%s%d", glyph(GLYPH_TOOL), running);
        header_add(l, ROLE_HEADER, text);
    }
    if (level >= 3 && st->goal && *st->goal && st->branch) {
        AUTO_FREE char *place = header_place(st, false);
        header_add(l, ROLE_HEADER_DIM, place);
    }
    if (level >= 1)
        header_add(l, ROLE_HEADER_MODE, st->mode);
    if (level >= 1)
        header_add(l, ROLE_HEADER, st->model_name);
    bool bare = st->sandbox && strcmp(st->sandbox, "none") == 0;
    if (st->sandbox && *st->sandbox && (level >= 2 || bare)) {
        AUTO_FREE char *text = mem_printf("sandbox:%s", st->sandbox);
        header_add(l, bare ? ROLE_HEADER_WARN : ROLE_HEADER_DIM, text);
    }
    if (st->policy && strcmp(st->policy, "yolo") == 0)
        header_add(l, ROLE_HEADER_WARN, "yolo");
    if (st->policy && strcmp(st->policy, "plan") == 0)
        header_add(l, ROLE_HEADER_MODE, "plan");
    if (st->round > 0 && level >= 1) {
        AUTO_FREE char *text =
            st->max_rounds > 0 ? mem_printf("%s %lld/%lld", glyph(GLYPH_ROUND),
                                            (long long)st->round, (long long)st->max_rounds)
                               : mem_printf("%s %lld", glyph(GLYPH_ROUND), (long long)st->round);
        header_add(l, ROLE_HEADER, text);
    }
}

static void header_left(const struct state *st, struct canvas *c, struct area a)
{
    int col = canvas_put(c, a, 0, 1, ROLE_HEADER_NAME, "mien", -1) + 2;
    if (!st->goal || !*st->goal) {
        AUTO_FREE char *place = header_place(st, true);
        canvas_put_fit(c, a, 0, col, a.cols - col, ROLE_HEADER_DIM, ROLE_HEADER_DIM, place);
        return;
    }
    const char *active = state_active_title(st);
    int room = a.cols - col;
    int goal_cols = cluster_str_width(st->goal, strlen(st->goal));
    if (active && goal_cols > room / 2)
        goal_cols = MAX(room / 2, room - 3 - cluster_str_width(active, strlen(active)));
    goal_cols = MIN(goal_cols, room);
    col = canvas_put_fit(c, a, 0, col, goal_cols, ROLE_HEADER_GOAL, ROLE_HEADER_DIM, st->goal);
    if (!active || a.cols - col < 6)
        return;
    col = canvas_put(c, a, 0, col + 1, ROLE_HEADER_DIM, glyph(GLYPH_INTO), -1) + 1;
    canvas_put_fit(c, a, 0, col, a.cols - col, ROLE_HEADER, ROLE_HEADER_DIM, active);
}

void header_draw(const struct state *st, struct canvas *c, struct area a)
{
    canvas_fill(c, a, ROLE_HEADER);
    AUTO(line) right = {0};
    int cols = 0;
    for (int level = 3; level >= 0; level--) { /* say less until the goal has a third */
        line_clear(&right);
        header_right(st, level, &right);
        cols = line_cols(&right);
        if (cols < a.cols * 2 / 3 - 6)
            break;
    }
    int at = MAX(6, a.cols - cols - 1);
    line_paint(&right, c, a, 0, at);
    header_left(st, c, (struct area){a.row, a.col, 1, at - 2});
}
