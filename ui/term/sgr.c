#include "ui/term/sgr.h"

#include <stdlib.h>
#include <string.h>

#include "ui/term/color.h"
#include "ui/term/links.h"

int sgr_colors(bool no_color)
{
    const char *direct = getenv("COLORTERM"), *type = getenv("TERM"), *no = getenv("NO_COLOR");
    if (no_color || (no && *no) || !type || !*type || strcmp(type, "dumb") == 0 ||
        strncmp(type, "vt", 2) == 0)
        return 0;
    if ((direct && (strcmp(direct, "truecolor") == 0 || strcmp(direct, "24bit") == 0)) ||
        strstr(type, "-direct"))
        return COLORS_DIRECT;
    return strstr(type, "256color") ? 256 : 16;
}

/* first: 30 for the text, 40 for what is behind it. */
static void add_color(int32_t color, int by_hand, int colors, int first, struct buf *out)
{
    int n = colors == 256 && by_hand >= 0 ? by_hand : color_fit(color, colors);
    if (n < 0)
        return;
    if (n < 8)
        buf_addf(out, ";%d", first + n);
    else if (n < 16)
        buf_addf(out, ";%d", first + 60 + n - 8);
    else if (colors == COLORS_DIRECT)
        buf_addf(out, ";%d;2;%d;%d;%d", first + 8, n >> 16 & 255, n >> 8 & 255, n & 255);
    else
        buf_addf(out, ";%d;5;%d", first + 8, n);
}

static void begin(const struct theme *t, int colors, style s, unsigned under, struct buf *out)
{
    static const char codes[] = "12347"; /* as the bits of ATTR_* stand */
    const struct look *l = &t->looks[STYLE_ROLE_OF(s)];
    const struct look *on = l->bg != COLOR_DEFAULT ? l : &t->looks[under];
    unsigned attrs = l->attrs | STYLE_ATTRS_OF(s);
    buf_adds(out, "\033[0");
    for (size_t i = 0; i < sizeof codes - 1; i++)
        if (attrs & 1u << i)
            buf_addf(out, ";%c", codes[i]);
    add_color(l->fg, l->fg256, colors, 30, out);
    add_color(on->bg, on->bg256, colors, 40, out);
    buf_addc(out, 'm');
}

void sgr_begin(const struct theme *t, int colors, style s, struct buf *out)
{
    if (colors > 0)
        begin(t, colors, s, STYLE_SURFACE_OF(s), out);
}

static bool is_seen(const struct cell *k, const struct theme *t, int colors)
{
    const struct look *l = &t->looks[STYLE_ROLE_OF(k->style)];
    bool behind = colors > 0 && (l->bg != COLOR_DEFAULT || t->looks[k->under].bg != COLOR_DEFAULT);
    return behind || k->width == 0 || k->text[0] != ' ' || (k->style >> 8 & ATTR_REVERSE);
}

static void add_link(uint8_t number, struct buf *out)
{
    if (number)
        buf_addf(out, "\033]8;id=mien%u;%s\033\\", number, link_url(number));
    else
        buf_adds(out, "\033]8;;\033\\");
}

void sgr_row(const struct canvas *c, int row, const struct theme *t, int colors, bool links,
             struct buf *out)
{
    int end = c->cols;
    const struct cell *last = NULL;
    uint8_t leads = 0;
    while (end > 0 && !is_seen(canvas_at(c, row, end - 1), t, colors))
        end--;
    for (int col = 0; col < end; col++) {
        const struct cell *k = canvas_at(c, row, col);
        if (k->width == 0)
            continue;
        if (colors > 0 && (!last || last->style != k->style || last->under != k->under))
            begin(t, colors, k->style, k->under, out);
        if (links && k->link != leads)
            add_link(leads = k->link, out);
        buf_add(out, k->text, k->len);
        last = k;
    }
    if (leads)
        add_link(0, out);
    if (last && colors > 0)
        buf_adds(out, SGR_END);
}
