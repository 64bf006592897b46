#include "ui/views/gauge_view.h"

#include <string.h>

#include "base/clock.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/format.h"

#define BAR_COLS 12
#define BAR_NARROW 6
#define HIGH_PERCENT 60
#define FULL_PERCENT 85

/* Used in eighths of a cell; the room for the answer as the last cells. */
static void gauge_bar(const struct state *st, int cols, struct line *l)
{
    int64_t window = MAX(st->window, 1), all = (int64_t)cols * 8;
    int64_t eighths = MIN((st->used * all + window - 1) / window, all);
    int full = (int)(eighths / 8), part = (int)(eighths % 8);
    int kept = (int)MIN((st->reserved * cols + window - 1) / window, cols - full - (part > 0));
    int64_t percent = (st->used + st->reserved) * 100 / window;
    style s = percent >= FULL_PERCENT   ? ROLE_GAUGE_FULL
              : percent >= HIGH_PERCENT ? ROLE_GAUGE_HIGH
                                        : ROLE_GAUGE_USED;
    for (int i = 0; i < full; i++)
        line_adds(l, s, glyph(GLYPH_BAR_FULL));
    if (part > 0)
        line_adds(l, s, glyph((enum glyph)(GLYPH_EIGHTH_1 + part - 1)));
    for (int i = full + (part > 0); i < cols; i++) {
        bool end = i >= cols - kept;
        line_adds(l, end ? ROLE_GAUGE_RESERVED : ROLE_GAUGE_FREE,
                  glyph(end ? GLYPH_BAR_KEPT : GLYPH_BAR_FREE));
    }
}

static void gauge_limit(const struct state *st, int cols, struct line *l)
{
    AUTO_FREE char *text =
        mem_printf("  %s limit %lld%%", glyph(GLYPH_WARN), (long long)(100 - st->limit_used));
    if (st->limit_used > 0 && line_cols(l) + cluster_str_width(text, strlen(text)) <= cols)
        line_adds(l, ROLE_WARN, text);
}

static void gauge_usage(const struct state *st, bool all, struct line *l)
{
    char a[FORMAT_SIZE], b[FORMAT_SIZE], cost[FORMAT_SIZE];
    if (!st->has_usage)
        return;
    if (all) {
        AUTO_FREE char *text =
            mem_printf("  %s %s%s in %s out", glyph(GLYPH_SUM), st->usage_estimated ? "~" : "",
                       format_tokens(st->total_input, a), format_tokens(st->total_output, b));
        line_adds(l, ROLE_MUTED, text);
    }
    if (st->total_cost > 0) {
        line_adds(l, ROLE_TEXT, "  ");
        line_adds(l, ROLE_TEXT, format_cost(st->total_cost, cost));
    }
}

/* As much as there is room for, the window first. */
void gauge_draw(const struct state *st, struct canvas *c, struct area a)
{
    char used[FORMAT_SIZE], window[FORMAT_SIZE];
    if (a.rows < 1)
        return;
    if (!st->has_gauge) {
        canvas_put(c, a, 0, 0, ROLE_MUTED, a.cols >= 20 ? "context empty" : "empty", -1);
        return;
    }
    bool narrow = a.cols < (st->limit_used > 0 ? 40 : 20); /* the bar makes room for the limit */
    for (int level = 3; level >= 0; level--) {
        AUTO(line) row = {0};
        if (level > 0 || !narrow)
            gauge_bar(st, narrow ? BAR_NARROW : BAR_COLS, &row);
        AUTO_FREE char *text =
            mem_printf("%s%s%s%s%s", row.text.len ? " " : "", st->gauge_estimated ? "~" : "",
                       format_tokens(st->used, used), narrow ? "/" : " of ",
                       format_tokens(st->window, window));
        line_adds(&row, ROLE_TEXT, text);
        gauge_limit(st, a.cols, &row);
        if (level >= 2 && st->cached > 0 && st->used > 0) {
            AUTO_FREE char *cached =
                mem_printf("  cached %lld%%", (long long)MIN(st->cached * 100 / st->used, 100));
            line_adds(&row, ROLE_MUTED, cached);
        }
        if (level >= 1)
            gauge_usage(st, level == 3, &row);
        if (line_cols(&row) > a.cols && level > 0)
            continue;
        line_paint(&row, c, a, 0, 0);
        return;
    }
}

static const char *phase_words(const struct state *st)
{
    static const char *const words[][2] = {
        {"prepare", "preparing"},           {"connect", "connecting"},
        {"wait", "waiting for first byte"}, {"stream", "streaming"},
        {"parse", "reading the answer"},    {"execute", "working"},
        {"evaluate", "checking"},           {"retry", "retry"},
        {"ask", "waiting for you"},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i][0], st->phase) == 0)
            return words[i][1];
    return st->phase;
}

bool gauge_phase(const struct state *st, bool still, struct line *out)
{
    if (!st->busy)
        return false;
    bool asks = strcmp(st->phase, "ask") == 0, retry = strcmp(st->phase, "retry") == 0;
    int64_t since = clock_ms() - st->phase_since_ms;
    int frame = still || asks ? 0 : (int)(since / 250 % 4);
    char a[FORMAT_SIZE];
    AUTO(buf) text = {0};
    buf_addf(&text, "%s ", phase_words(st));
    if (retry && st->phase_attempt > 1)
        buf_addf(&text, "%lld ", (long long)st->phase_attempt);
    if (retry && st->phase_deadline_ms > 0)
        buf_addf(&text, "in %s ", format_seconds(MAX(0, st->phase_deadline_ms - since) + 999, a));
    else if (!asks)
        buf_addf(&text, "%s ", format_seconds(since, a));
    if (!retry && st->phase_deadline_ms > 0)
        buf_addf(&text, "(limit %llds) ", (long long)st->phase_deadline_ms / 1000);
    if (st->phase_detail && *st->phase_detail)
        buf_addf(&text, retry ? "(%s) " : "%s ", st->phase_detail);
    style s = retry || asks ? ROLE_WARN : ROLE_ACCENT;
    line_adds(out, s, glyph((enum glyph)(GLYPH_SPIN_0 + frame)));
    line_adds(out, s, " ");
    line_adds(out, retry || asks ? ROLE_WARN : ROLE_MUTED, buf_cstr(&text));
    return true;
}
