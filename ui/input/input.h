/*
 * input - the line being written: readline as an edit engine that never touches the
 * terminal. It is fed whole tokens; what it holds is read back and drawn by input_view.c.
 *
 * There is one (readline is all globals). Thread: UI.
 */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include "base/buf.h"

/* history_path may be NULL: nothing is read or kept. */
void input_init(const char *history_path);
void input_fini(void);
void input_set_size(int rows, int cols);

/* Feed one whole token of a key or character. */
void input_feed(const char *bytes, size_t n);

/* Insert as one undo step. input_paste() folds big texts to a placeholder. */
void input_insert(const char *s, size_t n);
void input_paste(const char *s, size_t n);

/* The line's text (big pastes folded to placeholders), its caret in bytes, the prompt
 * (also that of a history search). Borrowed until the next call into input. */
const char *input_text(void);
size_t input_point(void);
const char *input_prompt(void);
bool input_is_empty(void);

/* The text with placeholders replaced by what was pasted. Caller frees. */
char *input_expand(void);

/* A line was submitted by the last feed: its text, expanded; caller frees. NULL if not. */
char *input_take_submitted(void);

/* Remember a line for later sessions; secrets are masked, a leading space hides it. */
void input_history_add(const char *line);

/* Empty the line. It can be brought back by input_restore() (one slot) and by undo. */
void input_clear(void);
bool input_restore(void);

/* Replace the whole text as one undo step; the caret goes to the end. */
void input_replace(const char *s);
/* Replace the bytes [from, caret) by s. */
void input_complete(size_t from, const char *s);

/* Ask for one line of something else: the draft is kept aside until input_ask_end(). */
void input_ask(const char *prompt, const char *initial);
void input_ask_end(void);

/* The draft with its pastes marked, also while asking, for input_take_draft(). Caller frees. */
char *input_draft(void);
void input_take_draft(const char *saved);

/* Esc belongs to readline now: a search, an argument, or vi's insert mode. */
bool input_wants_escape(void);
/* readline waits for the rest of a command (C-x …, a search): keys go to it first. */
bool input_is_mid_command(void);
/* vi mode's state: "", "INS" or "CMD". */
const char *input_vi_mode(void);
/* Selected bytes, if the mark is active. */
bool input_region(size_t *from, size_t *to);
/* True once after a key of keys.def behind C-x: its name, "C-x C-e". */
bool input_take_chord(char name[static 8]);
/* How often readline asked for bytes that were not there: always 0. */
unsigned input_underflows(void);

#endif
