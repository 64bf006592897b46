#include "ui/views/gauge_view.h"

#include <string.h>

#include "base/clock.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/format.h"

#define BAR_MIN 6
#define BAR_MAX 20
#define HIGH_PERCENT 70
#define FULL_PERCENT 90

static void gauge_bar(const struct state *st, int cols, struct line *l)
{
    int64_t window = MAX(st->window, 1);
    int used = (int)MIN((st->used * cols + window - 1) / window, cols);
    int reserved = (int)MIN((st->reserved * cols + window - 1) / window, cols - used);
    int64_t percent = (st->used + st->reserved) * 100 / window;
    style s = percent >= FULL_PERCENT   ? ROLE_GAUGE_FULL
              : percent >= HIGH_PERCENT ? ROLE_GAUGE_HIGH
                                        : ROLE_GAUGE_USED;
    for (int i = 0; i < cols; i++) {
        bool kept = i >= used && i < used + reserved;
        style r = i < used ? s : kept ? ROLE_GAUGE_RESERVED : ROLE_GAUGE_FREE;
        line_adds(l, r, glyph(i < used ? GLYPH_BAR_FULL : kept ? GLYPH_BAR_HALF : GLYPH_BAR_FREE));
    }
}

static void gauge_numbers(const struct state *st, bool words, struct line *l)
{
    char a[FORMAT_SIZE], b[FORMAT_SIZE];
    const char *about = st->gauge_estimated ? "~" : "";
    int64_t percent = st->window > 0 ? st->used * 100 / st->window : 0;
    AUTO_FREE char *text = mem_printf(" %s%s / %s %s%lld%%", about, format_tokens(st->used, a),
                                      format_tokens(st->window, b), about, (long long)percent);
    line_adds(l, ROLE_TEXT, text);
    if (st->cached <= 0 || st->used <= 0 || !words)
        return;
    AUTO_FREE char *cached =
        mem_printf("  cached %lld%%", (long long)MIN(st->cached * 100 / st->used, 100));
    line_adds(l, ROLE_MUTED, cached);
}

static void gauge_usage(const struct state *st, struct line *l)
{
    char a[FORMAT_SIZE], b[FORMAT_SIZE], cost[FORMAT_SIZE];
    if (!st->has_usage)
        return;
    const char *about = st->usage_estimated ? "~" : "";
    AUTO_FREE char *text =
        mem_printf("%s %s%s in %s out", glyph(GLYPH_SUM), about, format_tokens(st->total_input, a),
                   format_tokens(st->total_output, b));
    line_adds(l, ROLE_MUTED, text);
    if (st->total_cost > 0) {
        line_adds(l, ROLE_TEXT, "  ");
        line_adds(l, ROLE_TEXT, format_cost(st->total_cost, cost));
    }
}

void gauge_draw(const struct state *st, struct canvas *c, struct area a)
{
    if (a.rows < 1)
        return;
    if (!st->has_gauge) {
        canvas_put(c, a, 0, 0, ROLE_MUTED, "context empty", -1);
        return;
    }
    AUTO(line) right = {0};
    AUTO(line) left = {0};
    AUTO(line) numbers = {0};
    gauge_usage(st, &right);
    bool words = a.cols >= 56;
    gauge_numbers(st, words, &numbers);
    int room = a.cols - line_cols(&numbers) - (words ? 8 : 0);
    bool usage = room - line_cols(&right) - 2 >= BAR_MIN;
    if (usage)
        room -= line_cols(&right) + 2;
    if (words)
        line_adds(&left, ROLE_MUTED, "context ");
    gauge_bar(st, MIN(MAX(room, 0), BAR_MAX), &left);
    line_paint(&left, c, a, 0, 0);
    line_paint(&numbers, c, a, 0, line_cols(&left));
    if (usage)
        line_paint(&right, c, a, 0, a.cols - line_cols(&right));
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
    if (retry && st->phase_deadline_ms > 0)
        buf_addf(&text, "in %s ", format_seconds(MAX(0, st->phase_deadline_ms - since) + 999, a));
    else if (!asks)
        buf_addf(&text, "%s ", format_seconds(since, a));
    if (!retry && st->phase_deadline_ms > 0)
        buf_addf(&text, "(limit %llds) ", (long long)st->phase_deadline_ms / 1000);
    if (st->phase_detail && *st->phase_detail)
        buf_addf(&text, retry ? "(%s) " : "%s ", st->phase_detail);
    style s = retry || asks ? ROLE_WARN : ROLE_ACCENT;
    line_adds(out, s, " ");
    line_adds(out, s, glyph((enum glyph)(GLYPH_SPIN_0 + frame)));
    line_adds(out, s, " ");
    line_adds(out, retry || asks ? ROLE_WARN : ROLE_MUTED, buf_cstr(&text));
    return true;
}
