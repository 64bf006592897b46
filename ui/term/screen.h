/*
 * screen - turns canvases into curses calls: the only file that knows curses.
 * Thread: UI.
 */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include "base/error.h"
#include "ui/term/theme.h"

/* Enter the alternate screen. ERR_IO when the terminal type is unknown. */
NODISCARD bool screen_open(struct error *e);
void screen_close(void);

/* Nothing is known of the terminal's type: it is taken for an xterm. */
bool screen_is_guessed(void);

/* Colours a terminal has: 16777216, 256, 16, 8 or 0. */
int screen_colors(void);

/* Take a theme's looks; every cell is drawn anew. no_color leaves attributes only. */
void screen_set_theme(const struct theme *t, bool no_color);

/* Whether what leads somewhere is a link on the terminal, if it knows them; no at first. */
void screen_set_links(bool on);

/* Draw what changed since the last canvas; the caret comes last. May wait: while the terminal takes
 * no more bytes. */
void screen_draw(const struct canvas *c);

/* The terminal's size now; false if it cannot be asked. */
bool screen_size(int *rows, int *cols);
void screen_resize(int rows, int cols);
void screen_repaint(void);

/* Give the terminal to somebody else (editor, shell) and take it back. */
void screen_leave(void);
void screen_return(void);

#endif
