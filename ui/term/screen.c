#include "ui/term/screen.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>

#include "base/environ.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "ui/term/color.h"
#include "ui/term/links.h"
#include "ui/term/term.h"
#include "ui/term/terminfo.h"

static struct {
    SCREEN *screen;
    struct canvas last; /* what the terminal shows */
    struct theme theme;
    bool no_color, all; /* all: draw every cell */
    bool caret, guessed, links;
} scr;

/* What the entry of $TERM says; colours 0: nothing is known of it. */
static int screen_known_colors(const char *type)
{
    int status = 0;
    if (setupterm(type, STDOUT_FILENO, &status) != 0 || status != 1)
        return 0;
    const char *cup = tigetstr("cup");
    int colors = cup && cup != (char *)-1 ? MAX(1, tigetnum("colors")) : 0;
    del_curterm(cur_term);
    return colors;
}

/* An entry of our own: ncurses takes it from the environment alone. */
static SCREEN *screen_own_entry(const char *name, const char *entry)
{
    AUTO_FREE char *line = mem_printf("TERMINFO=%s", entry);
    struct environ_swap swap = environ_with(line);
    SCREEN *screen = newterm(name, stdout, stdin);
    environ_back(&swap);
    return screen;
}

bool screen_open(struct error *e)
{
    const char *colorterm = getenv("COLORTERM"), *type = getenv("TERM");
    bool truecolor =
        colorterm && (strcmp(colorterm, "truecolor") == 0 || strcmp(colorterm, "24bit") == 0);
    int colors = screen_known_colors(type);
    scr.guessed = colors == 0;
    /* The console says of itself what it can; an old "xterm" says less than it can. */
    if (truecolor && (colors == 0 || colors >= 256 || strncmp(type, "xterm", 5) == 0))
        scr.screen = screen_own_entry("mien-direct", terminfo_direct);
    else if (colors == 0)
        scr.screen = screen_own_entry("mien-256", terminfo_palette);
    if (!scr.screen)
        scr.screen = newterm(NULL, stdout, stdin);
    if (!scr.screen)
        return error_set(e, ERR_IO, "the terminal type \"%s\" is unknown here", type ? type : "");
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    typeahead(-1);
    scrollok(stdscr, FALSE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    scr.all = true;
    return true;
}

void screen_close(void)
{
    if (!scr.screen)
        return;
    curs_set(1);
    endwin();
    delscreen(scr.screen);
    canvas_fini(&scr.last);
    memset(&scr, 0, sizeof scr);
}

bool screen_is_guessed(void)
{
    return scr.guessed;
}

int screen_colors(void)
{
    return has_colors() ? COLORS : 0;
}

void screen_set_theme(const struct theme *t, bool no_color)
{
    assert(t);
    scr.theme = *t;
    scr.no_color = no_color || screen_colors() < 8;
    scr.all = true;
}

void screen_set_links(bool on)
{
    scr.links = on && term_knows_links();
    scr.all = true;
}

static void screen_set_look(const struct cell *k)
{
    const struct look *l = &scr.theme.looks[STYLE_ROLE_OF(k->style)];
    uint16_t bits = l->attrs | STYLE_ATTRS_OF(k->style);
    attr_t attrs = (bits & ATTR_BOLD ? A_BOLD : 0) | (bits & ATTR_DIM ? A_DIM : 0) |
                   (bits & ATTR_ITALIC ? A_ITALIC : 0) | (bits & ATTR_UNDERLINE ? A_UNDERLINE : 0) |
                   (bits & ATTR_REVERSE ? A_REVERSE : 0);
    int pair = 0;
    if (!scr.no_color) {
        const struct look *on = l->bg != COLOR_DEFAULT ? l : &scr.theme.looks[k->under];
        bool few = COLORS == 256;
        int fg = few && l->fg256 >= 0 ? l->fg256 : color_fit(l->fg, COLORS);
        int bg = few && on->bg256 >= 0 ? on->bg256 : color_fit(on->bg, COLORS);
        if (fg >= 0 || bg >= 0)
            pair = alloc_pair(fg, bg);
    }
    attr_set(attrs, 0, &pair);
}

static void screen_put(int row, int col, const struct cell *k)
{
    wchar_t wide[CLUSTER_BYTES + 1];
    size_t n = 0;
    uint32_t cp;
    for (size_t i = 0; i < k->len && n < CCHARW_MAX;) {
        i += utf8_decode(k->text + i, k->len - i, &cp);
        wide[n++] = (wchar_t)cp;
    }
    wide[n] = L'\0';
    mvaddnwstr(row, col, wide, (int)n);
}

static void screen_flush(void)
{
    wnoutrefresh(stdscr);
    doupdate();
}

/* Curses knows no links, and what it does not write anew it does not write at all. So their cells
 * are blank at first, and come between the marks, each run of them by itself. */
static void screen_draw_links(const struct canvas *c, int row)
{
    for (int col = 0, end; col < c->cols; col = end) {
        const struct cell *k = canvas_at(c, row, col);
        end = col + 1;
        if (!k->link)
            continue;
        move(row, col);
        screen_flush(); /* the way there is not the link's */
        term_link(link_url(k->link), k->link);
        for (end = col; end < c->cols && canvas_at(c, row, end)->link == k->link; end++) {
            const struct cell *part = canvas_at(c, row, end);
            if (part->width == 0)
                continue;
            screen_set_look(part);
            screen_put(row, end, part);
        }
        screen_flush();
        term_link(NULL, 0);
    }
}

/* True: there are links in it, which wait for screen_draw_links(). */
static bool screen_draw_row(const struct canvas *c, int row)
{
    const struct cell *look = NULL;
    bool leads = false;
    for (int col = 0; col < c->cols; col++) {
        const struct cell *k = canvas_at(c, row, col);
        if (k->link && scr.links) {
            if (!leads || look)
                attr_set(A_NORMAL, 0, NULL);
            mvaddch(row, col, ' ');
            leads = true;
            look = NULL;
            continue;
        }
        if (k->width == 0 || (!scr.all && canvas_cell_equal(k, canvas_at(&scr.last, row, col))))
            continue;
        if (!look || look->style != k->style || look->under != k->under)
            screen_set_look(k);
        look = k;
        screen_put(row, col, k);
    }
    return leads;
}

void screen_draw(const struct canvas *c)
{
    assert(scr.screen); /* between screen_open() and screen_close() */
    if (scr.last.rows != c->rows || scr.last.cols != c->cols) {
        canvas_resize(&scr.last, c->rows, c->cols);
        scr.all = true;
    }
    size_t bytes = (size_t)c->cols * sizeof *c->cells;
    VEC(int) leading = {0};
    for (int row = 0; row < c->rows && c->cols > 0; row++) {
        struct cell *was = &scr.last.cells[(size_t)row * (size_t)c->cols];
        if (!scr.all && memcmp(was, canvas_at(c, row, 0), bytes) == 0)
            continue;
        if (screen_draw_row(c, row))
            VEC_PUSH(&leading, row);
        memcpy(was, canvas_at(c, row, 0), bytes);
    }
    bool caret = c->caret_row >= 0 && c->caret_row < c->rows && c->caret_col < c->cols;
    if (caret != scr.caret || scr.all)
        curs_set(caret);
    scr.caret = caret;
    scr.all = false;
    if (leading.len > 0)
        screen_flush();
    for (size_t i = 0; i < leading.len; i++)
        screen_draw_links(c, leading.ptr[i]);
    VEC_FREE(&leading);
    if (caret)
        move(c->caret_row, c->caret_col);
    screen_flush();
}

bool screen_size(int *rows, int *cols)
{
    struct winsize w;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0)
        return false;
    *rows = w.ws_row;
    *cols = w.ws_col;
    return true;
}

void screen_resize(int rows, int cols)
{
    resize_term(rows, cols); /* resizeterm() would queue a KEY_RESIZE that nobody reads */
    screen_repaint();
}

void screen_repaint(void)
{
    clearok(curscr, TRUE);
    scr.all = true;
}

void screen_leave(void)
{
    curs_set(1);
    def_prog_mode();
    endwin();
}

void screen_return(void)
{
    reset_prog_mode();
    screen_repaint();
}
