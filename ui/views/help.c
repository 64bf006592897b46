#include "ui/views/help.h"

#include <stdio.h>
#include <string.h>

#include "ui/input/keys.h"
#include "ui/term/theme.h"
#include "ui/views/text_wrap.h"

#define NAME_COLS 26

static void help_row(struct text_rows *l, int cols, const char *name, const char *text)
{
    AUTO(line) line = {0};
    line_adds(&line, ROLE_KEY, name);
    int pad = NAME_COLS - cluster_str_width(name, strlen(name));
    do
        line_adds(&line, ROLE_MENU, " ");
    while (--pad > 0);
    line_adds(&line, ROLE_MENU, text);
    text_rows_wrap(l, &line, &(struct wrap){.width = cols, .indent = MIN(NAME_COLS, cols / 3)});
}

static void help_title(struct text_rows *l, int cols, const char *text)
{
    AUTO(line) line = {0};
    if (l->rows.len > 0)
        text_rows_wrap(l, &line, &(struct wrap){.width = cols});
    line_adds(&line, STYLE_ATTR(ROLE_MENU, ATTR_BOLD), text);
    text_rows_wrap(l, &line, &(struct wrap){.width = cols});
}

/* Keys of one context; keys of one action stand together. */
static void help_context(struct text_rows *l, int cols, enum context context)
{
    help_title(l, cols, keys_context_title(context));
    for (const struct key *k = keys; k->name; k++) {
        if (k->context != context)
            continue;
        AUTO(buf) names = {0};
        bool first = true;
        for (const struct key *o = keys; o->name; o++) {
            if (o->context != context || !keys_act_alike(o, k))
                continue;
            char label[32];
            keys_label(o->name, label, sizeof label);
            first = o < k ? false : first;
            buf_addf(&names, "%s%s", names.len > 0 ? " " : "", label);
        }
        if (first)
            help_row(l, cols, buf_cstr(&names), k->help);
    }
}

void help_open(struct help *h)
{
    *h = (struct help){.open = true};
}

void help_draw(struct help *h, const struct help_row *commands, size_t n, struct canvas *c,
               struct area a)
{
    AUTO(text_rows) l = {0};
    int cols = MAX(1, a.cols - 4), rows = MAX(0, a.rows - 2);
    help_title(&l, cols, "commands");
    for (size_t i = 0; i < n; i++)
        help_row(&l, cols, commands[i].name, commands[i].text);
    help_row(&l, cols, "//text", "send a line that starts with a slash");
    help_row(&l, cols, "@mode text", "send one message in another behavior mode");
    for (int k = 0; k < CONTEXT_COUNT; k++)
        help_context(&l, cols, (enum context)k);
    h->scroll = MIN(h->scroll, MAX(0, (int)l.rows.len - rows));
    canvas_fill(c, a, ROLE_MENU);
    canvas_put(c, a, 0, 2, ROLE_BORDER_FOCUS, "Help", -1);
    canvas_putf(c, a, 0, a.cols - 14, ROLE_MENU_HELP, "%d of %d",
                MIN((int)l.rows.len, h->scroll + rows), (int)l.rows.len);
    struct area in = {a.row + 1, a.col + 2, rows, a.cols - 4};
    for (int i = 0; i < rows && (size_t)(i + h->scroll) < l.rows.len; i++)
        text_rows_paint(&l, (size_t)(i + h->scroll), c, in, i, 0);
}

void welcome_draw(const char *model, struct canvas *c, struct area a)
{
    const char *lines[] = {
        "Write a goal and press Enter.",         "",
        "/ lists commands, F1 shows every key,", "Ctrl-T goes to the task tree,",
        "Esc stops the agent at any time.",
    };
    int n = (int)COUNT_OF(lines), top = MAX(0, (a.rows - n - 2) / 3);
    if (a.rows < n + 2)
        n = 1;
    int left = MAX(0, (a.cols - 44) / 2);
    int col = canvas_put(c, a, top, left, STYLE_ATTR(ROLE_HEADING, ATTR_BOLD), "mien", -1);
    canvas_put(c, a, top, col + 1, ROLE_MUTED, model ? model : "", -1);
    for (int i = 0; i < n; i++)
        canvas_put(c, a, top + 2 + i, left, i == 0 ? ROLE_TEXT : ROLE_MUTED, lines[i], -1);
}
