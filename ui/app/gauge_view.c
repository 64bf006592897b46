/* The context gauge with tokens and money, and the loop's phase. */
#include <string.h>

#include "base/clock.h"
#include "ui/app/app.h"
#include "ui/term/glyph.h"
#include "ui/views/format.h"

#define BAR_MIN 6
#define BAR_MAX 20
#define HIGH_PERCENT 70
#define FULL_PERCENT 90

static void gauge_bar(const struct model *m, int cols, struct line *l)
{
    int64_t window = MAX(m->window, 1);
    int used = (int)MIN((m->used * cols + window - 1) / window, cols);
    int reserved = (int)MIN((m->reserved * cols + window - 1) / window, cols - used);
    int64_t percent = (m->used + m->reserved) * 100 / window;
    style s = percent >= FULL_PERCENT   ? ROLE_GAUGE_FULL
              : percent >= HIGH_PERCENT ? ROLE_GAUGE_HIGH
                                        : ROLE_GAUGE_USED;
    for (int i = 0; i < cols; i++) {
        bool kept = i >= used && i < used + reserved;
        style r = i < used ? s : kept ? ROLE_GAUGE_RESERVED : ROLE_GAUGE_FREE;
        line_adds(l, r, glyph(i < used ? GLYPH_BAR_FULL : kept ? GLYPH_BAR_HALF : GLYPH_BAR_FREE));
    }
}

static void gauge_numbers(const struct model *m, bool words, struct line *l)
{
    char a[FORMAT_SIZE], b[FORMAT_SIZE];
    const char *about = m->gauge_estimated ? "~" : "";
    int64_t percent = m->window > 0 ? m->used * 100 / m->window : 0;
    AUTO_FREE char *text = mem_printf(" %s%s / %s %s%lld%%", about, format_tokens(m->used, a),
                                      format_tokens(m->window, b), about, (long long)percent);
    line_adds(l, ROLE_TEXT, text);
    if (m->cached <= 0 || m->used <= 0 || !words)
        return;
    AUTO_FREE char *cached =
        mem_printf("  cached %lld%%", (long long)MIN(m->cached * 100 / m->used, 100));
    line_adds(l, ROLE_MUTED, cached);
}

static void gauge_usage(const struct model *m, struct line *l)
{
    char a[FORMAT_SIZE], b[FORMAT_SIZE], cost[FORMAT_SIZE];
    if (!m->has_usage)
        return;
    const char *about = m->usage_estimated ? "~" : "";
    AUTO_FREE char *text =
        mem_printf("%s %s%s in %s out", glyph(GLYPH_SUM), about, format_tokens(m->total_input, a),
                   format_tokens(m->total_output, b));
    line_adds(l, ROLE_MUTED, text);
    if (m->total_cost > 0) {
        line_adds(l, ROLE_TEXT, "  ");
        line_adds(l, ROLE_TEXT, format_cost(m->total_cost, cost));
    }
}

static int gauge_width(const struct line *l)
{
    return cluster_str_width(buf_cstr(&l->text), l->text.len);
}

static void gauge_paint(const struct line *l, struct canvas *c, struct area a, int col)
{
    AUTO(layout) rows = {0};
    layout_wrap(&rows, l, &(struct wrap){.width = MAX(1, gauge_width(l)), .hard = true});
    layout_paint(&rows, 0, c, a, 0, col);
}

void gauge_draw(const struct app *app, struct canvas *c, struct area a)
{
    const struct model *m = &app->model;
    if (a.rows < 1)
        return;
    if (!m->has_gauge) {
        canvas_put(c, a, 0, 0, ROLE_MUTED, "context empty", -1);
        return;
    }
    AUTO(line) right = {0};
    AUTO(line) left = {0};
    AUTO(line) numbers = {0};
    gauge_usage(m, &right);
    bool words = a.cols >= 56;
    gauge_numbers(m, words, &numbers);
    int room = a.cols - gauge_width(&numbers) - (words ? 8 : 0);
    bool usage = room - gauge_width(&right) - 2 >= BAR_MIN;
    if (usage)
        room -= gauge_width(&right) + 2;
    if (words)
        line_adds(&left, ROLE_MUTED, "context ");
    gauge_bar(m, MIN(MAX(room, 0), BAR_MAX), &left);
    gauge_paint(&left, c, a, 0);
    gauge_paint(&numbers, c, a, gauge_width(&left));
    if (usage)
        gauge_paint(&right, c, a, a.cols - gauge_width(&right));
}

static const char *phase_words(const struct model *m)
{
    static const char *const words[][2] = {
        {"prepare", "preparing"},           {"connect", "connecting"},
        {"wait", "waiting for first byte"}, {"stream", "streaming"},
        {"parse", "reading the answer"},    {"execute", "working"},
        {"evaluate", "checking"},           {"retry", "retry"},
        {"ask", "waiting for you"},
    };
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(words[i][0], m->phase) == 0)
            return words[i][1];
    return m->phase;
}

bool phase_text(const struct app *app, struct line *out)
{
    const struct model *m = &app->model;
    if (!m->busy)
        return false;
    bool asks = strcmp(m->phase, "ask") == 0, retry = strcmp(m->phase, "retry") == 0;
    int64_t since = clock_ms() - m->phase_since_ms;
    int frame = app->still || asks ? 0 : (int)(since / 250 % 4);
    char a[FORMAT_SIZE];
    AUTO(buf) text = {0};
    buf_addf(&text, "%s ", phase_words(m));
    if (retry && m->phase_deadline_ms > 0)
        buf_addf(&text, "in %s ", format_seconds(MAX(0, m->phase_deadline_ms - since) + 999, a));
    else if (!asks)
        buf_addf(&text, "%s ", format_seconds(since, a));
    if (!retry && m->phase_deadline_ms > 0)
        buf_addf(&text, "(limit %llds) ", (long long)m->phase_deadline_ms / 1000);
    if (m->phase_detail && *m->phase_detail)
        buf_addf(&text, retry ? "(%s) " : "%s ", m->phase_detail);
    style s = retry || asks ? ROLE_WARN : ROLE_ACCENT;
    line_adds(out, s, " ");
    line_adds(out, s, glyph((enum glyph)(GLYPH_SPIN_0 + frame)));
    line_adds(out, s, " ");
    line_adds(out, retry || asks ? ROLE_WARN : ROLE_MUTED, buf_cstr(&text));
    return true;
}
