/*
 * ui - the screen of mien: draws what the engine's events say, turns keys into requests.
 * The only part of mien that talks to a terminal. Thread: the one that calls ui_run(); all of ui
 * runs on it and shares nothing with the engine's, from which only events come and to which only
 * requests go. Nothing below waits, except where a header says "May wait".
 *
 * Four floors; each may use those after it, never one before it:
 *   app    joins the others: events and keys in, requests out; commands, actions
 *   views  what is known of the engine (state), and what draws it
 *   input  what the user types: bytes to keys, the line being written, its history
 *   term   the terminal: cells, colours, signs, modes, signals, programs it is lent to
 */
#ifndef UI_UI_H
#define UI_UI_H

#include <stdio.h>

#include "base/defs.h"

struct engine;
struct error;
struct event;

struct ui_opts {
    const char *theme;        /* NULL or "auto": as the terminal's background is */
    const char *goal;         /* first goal to submit, or NULL */
    const char *workspace;    /* absolute; where names lie before the session says so; or NULL */
    const char *history_path; /* readline's history; NULL: not kept */
    const char *draft_path;   /* journal of the unsent line; NULL: none */
    const char *themes_dir;   /* the user's themes; may not exist */
    const char *bindings;     /* the user's keys; may not exist */
    bool no_color;
    bool mouse;         /* wheel scrolls; off leaves selection alone */
    bool linear;        /* ui_plain_run(): every state in words, no signs: for screen readers */
    bool bell;          /* say what waits to whoever looks elsewhere */
    bool links;         /* addresses lead somewhere, where the terminal knows links */
    bool test_mode;     /* nothing on the screen moves by itself */
    const char *notice; /* said first; NULL: nothing */
};

/* Catch crashes, and block the signals the screen reads itself. Call before any thread is started,
 * so that all inherit the mask; children must get it reset. */
void ui_block_signals(void);

/*
 * One question on a screen of its own, before there is an engine: question is an APPROVAL. The key
 * of the choice, "" when the user left or the terminal went away; caller frees. NULL: ERR_IO,
 * there is no usable terminal. Otherwise the terminal stays taken and what is typed is kept, for
 * ui_run(), or for ui_let_go() where something else comes next. May wait: for the user.
 */
char *ui_ask(const struct ui_opts *o, const struct event *question, struct error *e);
void ui_let_go(void); /* nothing, unless a question still has the terminal */

/* Run the screen until the user quits or the engine is done. Falls back to
 * ui_plain_run() with a word on stderr when there is no usable terminal. Returns the exit
 * code of mien. May wait: until then. The engine stays the caller's. */
int ui_run(struct engine *g, const struct ui_opts *o);

/* --inline: a plain line mode. Output is only ever appended, readline draws its own
 * prompt. Slash commands work as on the screen. May wait: as ui_run(). */
int ui_plain_run(struct engine *g, const struct ui_opts *o);

/* The tables of keys and slash commands, for the manual. */
void ui_keys_print(FILE *f);
void ui_commands_print(FILE *f);

#endif
