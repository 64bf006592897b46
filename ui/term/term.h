/*
 * term - the terminal as curses does not know it: modes we switch on, and giving it back
 * whatever happens. The only writer of raw bytes to the terminal.
 * Thread: UI.
 */
#ifndef UI_TERM_H
#define UI_TERM_H

#include "base/defs.h"

/* Give the terminal back on a crash, naming whom suspect() holds for its cause (NULL: nobody).
 * suspect runs in the signal handler: async-signal-safe. Before the engine looks after plugins:
 * what it does not contain comes here. */
void term_catch_crashes(const char *(*suspect)(void));
/* Remember the tty's settings and install the restore on exit and mem_die(). */
void term_init(bool mouse);

/* From now on the terminal must be given back, although none of our modes is on yet. */
void term_take(void);
/* Switch our modes on or off: entering, leaving, suspend, editor. */
void term_modes_apply(void);
void term_modes_clear(void);

/* Let go of the mouse, where we have it, and take it again. */
void term_mouse(bool on);
/* A bell, and a notification where the terminal shows one. */
void term_notify(const char *text);
/* Window title, cleaned and cut to 80 columns; written only when it changed. */
void term_title(const char *title);
/* Does the terminal say of itself that it knows hyperlinks (OSC 8)? */
bool term_knows_links(void);
/* What is written from here on leads to url; NULL: nowhere. number tells the parts of one link from
 * another's. */
void term_link(const char *url, unsigned number);
/* Offer text to the clipboard (OSC 52); false when it is too long (100 kB). */
bool term_copy(const char *text);
/* The answer comes, if ever, as a TOKEN_BACKGROUND. */
void term_ask_background(void);

#endif
