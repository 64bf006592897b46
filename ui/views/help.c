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

const struct help_brief help_brief[] = {
    {0, NULL, "Write"},
    {CONTEXT_INPUT, "Enter", "send, also while busy"},
    {CONTEXT_INPUT, "M-Enter", "a new line"},
    {CONTEXT_INPUT, "C-q", "a goal for afterwards"},
    {CONTEXT_INPUT, "Up", "take back; history"},
    {CONTEXT_INPUT, "Tab", "complete"},
    {CONTEXT_INPUT, "C-x C-s", "put the line aside"},
    {CONTEXT_GLOBAL, "C-g", "write in your editor"},
    {CONTEXT_COUNT, "/", "commands"},
    {CONTEXT_COUNT, "@", "files, folders, modes"},
    {CONTEXT_COUNT, "!", "a command of yours"},
    {CONTEXT_GLOBAL, "F2", "find anything"},
    {0, NULL, "Watch"},
    {CONTEXT_GLOBAL, "PgUp", "scroll; End: follow"},
    {CONTEXT_GLOBAL, "M-Up", "your message before"},
    {CONTEXT_GLOBAL, "C-o", "unfold the last output"},
    {CONTEXT_GLOBAL, "C-x C-o", "unfold or fold all"},
    {CONTEXT_GLOBAL, "Tab", "transcript; there:"},
    {CONTEXT_TRANSCRIPT, "]", "select the next item"},
    {CONTEXT_TRANSCRIPT, "Enter", "unfold it"},
    {CONTEXT_TRANSCRIPT, "y", "copy it, or the answer"},
    {CONTEXT_TRANSCRIPT, "/", "search"},
    {CONTEXT_GLOBAL, "C-x C-v", "the transcript alone"},
    {0, NULL, "Tasks"},
    {CONTEXT_GLOBAL, "C-t", "the tree; there:"},
    {CONTEXT_TREE, "a", "add a task"},
    {CONTEXT_TREE, "e", "edit its title"},
    {CONTEXT_TREE, "c", "a check, its proof"},
    {CONTEXT_TREE, "n", "a note the agent reads"},
    {CONTEXT_TREE, "Space", "done"},
    {CONTEXT_TREE, "u", "undo"},
    {CONTEXT_JOB, "Enter", "what a job did"},
    {CONTEXT_GLOBAL, "C-x C-t", "fold its pane away"},
    {0, NULL, "Steer and stop"},
    {CONTEXT_GLOBAL, "Esc", "stop the agent; close"},
    {CONTEXT_GLOBAL, "C-c", "clear; twice: quit"},
    {CONTEXT_GLOBAL, "S-Tab", "next mode; planning"},
    {CONTEXT_GLOBAL, "F5", "go on with the goal"},
    {CONTEXT_GLOBAL, "F6", "another model"},
    {CONTEXT_GLOBAL, "C-x C-b", "command to background"},
    {CONTEXT_INPUT, "C-d", "quit (empty line)"},
    {0},
};

#define BRIEF_COLS 46 /* of one column */
#define BRIEF_KEY 13

void help_open(struct help *h, bool by_mark)
{
    *h = (struct help){.open = true, .all = h->open, .by_mark = by_mark && !h->open};
}

static int brief_groups(int *rows, int *most)
{
    int groups = 0, here = 0;
    *rows = *most = 0;
    for (const struct help_brief *b = help_brief; b->text; b++) {
        groups += !b->key;
        here = b->key ? here + 1 : 1;
        *most = MAX(*most, here);
        ++*rows;
    }
    return groups;
}

static void brief_row(const struct help_brief *b, struct canvas *c, struct area a, int row, int col,
                      int cols)
{
    char label[32];
    if (!b->key) {
        canvas_put_fit(c, a, row, col, cols, STYLE_ATTR(ROLE_MENU, ATTR_BOLD), ROLE_MENU, b->text);
        return;
    }
    const struct key *k = b->context < CONTEXT_COUNT ? keys_for(b->context, b->key) : NULL;
    if (b->context < CONTEXT_COUNT && !k)
        return; /* the user took it away */
    keys_label(k ? k->name : b->key, label, sizeof label);
    canvas_put_fit(c, a, row, col, MIN(BRIEF_KEY, cols), ROLE_KEY, ROLE_KEY, label);
    canvas_put_fit(c, a, row, col + BRIEF_KEY + 1, cols - BRIEF_KEY - 1, ROLE_MENU, ROLE_MENU_HELP,
                   b->text);
}

/* Groups side by side, in as many columns as fit; returns the rows there are in all. */
static int brief_draw(int scroll, struct canvas *c, struct area a)
{
    int rows, most, groups = brief_groups(&rows, &most);
    int columns = MAX(1, MIN(a.cols / (BRIEF_COLS - 8), groups));
    int cols = a.cols / columns, row = 0, top = 0, lowest = 0, group = -1;
    for (const struct help_brief *b = help_brief; b->text; b++) {
        if (!b->key) {
            group++;
            if (group % columns == 0)
                top = lowest + (group > 0);
            row = top;
        }
        brief_row(b, c, a, row - scroll, group % columns * cols, cols - 2);
        row++;
        lowest = MAX(lowest, row);
    }
    return lowest;
}

void help_draw(struct help *h, const struct help_row *commands, size_t n, struct canvas *c,
               struct area a)
{
    AUTO(text_rows) l = {0};
    int cols = MAX(1, a.cols - 4), rows = MAX(0, a.rows - 2);
    struct area in = {a.row + 1, a.col + 2, rows, a.cols - 4};
    canvas_fill(c, a, ROLE_MENU);
    int end = canvas_put(c, a, 0, 2, ROLE_BORDER_FOCUS, "Help", -1);
    if (!h->all) {
        canvas_put_fit(c, a, 0, end + 2, a.cols - end - 3, ROLE_MENU_HELP, ROLE_MENU_HELP,
                       "F1 again: every key and command");
        canvas_fill(c, in, ROLE_MENU);
        int most = brief_draw(h->scroll, c, in);
        if (h->scroll > MAX(0, most - rows)) {
            h->scroll = MAX(0, most - rows);
            canvas_fill(c, in, ROLE_MENU);
            brief_draw(h->scroll, c, in);
        }
        return;
    }
    help_title(&l, cols, "commands");
    for (size_t i = 0; i < n; i++)
        help_row(&l, cols, commands[i].name, commands[i].text);
    help_row(&l, cols, "//text", "send a line that starts with a slash");
    help_row(&l, cols, "@mode text", "send one message in another behavior mode");
    help_row(&l, cols, "@file", "name a file or folder; an image goes with the message");
    help_row(&l, cols, "!command",
             "run it here, confined; what it printed goes with the next message");
    help_row(&l, cols, "!!command", "the same, and the agent is not told");
    for (int k = 0; k < CONTEXT_COUNT; k++)
        help_context(&l, cols, (enum context)k);
    h->scroll = MIN(h->scroll, MAX(0, (int)l.rows.len - rows));
    canvas_putf(c, a, 0, a.cols - 14, ROLE_MENU_HELP, "%d of %d",
                MIN((int)l.rows.len, h->scroll + rows), (int)l.rows.len);
    for (int i = 0; i < rows && (size_t)(i + h->scroll) < l.rows.len; i++)
        text_rows_paint(&l, (size_t)(i + h->scroll), c, in, i, 0);
}
