/*
 * dialog - a question of the engine, over the lower part of the panes. What it asks about is shown
 * exactly, every control or invisible character as <U+XXXX>: the thing itself, the reasons and what
 * "always" would cover make one scrolled region; the choices stay in sight.
 *
 * A key selects, Enter answers: no word that somebody types is an answer. Thread: UI.
 */
#ifndef UI_DIALOG_H
#define UI_DIALOG_H

#include "ui/views/diff_view.h"
#include "ui/views/state.h"

#define DIALOG_DEAF_MS 500  /* keys typed before it could be read */
#define DIALOG_WORD_MS 1000 /* a letter so soon after another goes on with a word */

struct dialog {
    char *id;                     /* of the question the state belongs to */
    int scroll, scroll_max, page; /* rows */
    int selected;                 /* index of a choice; -1: none */
    uint32_t seen;                /* choices that can be read or told by their key, a bit each */
    bool minimised;
    int64_t typed_ms;        /* last key that was no answer */
    struct text_rows detail; /* rows of what is asked about, of so many columns; 0: not made yet */
    int detail_cols;
    size_t detail_row;       /* of the question's text, in which they begin */
    struct diff_notes notes; /* on lines of a write that is asked about */
    bool noting;             /* arrows move over its lines */
    size_t place;            /* which of them */
    char letter[8];          /* the choice's key just typed: perhaps a word begins */
    int64_t letter_ms;
};

/* The question to show; a new one begins unscrolled, in front, its first choice selected.
 * NULL: none. */
const struct approval *dialog_current(struct dialog *d, const struct state *st);

/* Negative: up; stays within what the last drawing found to scroll. True: it moved. */
bool dialog_scroll(struct dialog *d, int rows);
/* So many choices on; stays within them. */
void dialog_move(struct dialog *d, const struct approval *q, int steps);

/* Keys count from DIALOG_DEAF_MS after it appeared, and after the last that was no answer. */
bool dialog_is_listening(const struct dialog *d, const struct approval *q, int64_t now_ms);
/* A key that was no answer: who types selects nothing by it. */
void dialog_typed(struct dialog *d, int64_t now_ms);

/* The choice of this key becomes the selected one. False: there is none in sight, or the key goes
 * on with a word, whose letters so far are then in d->letter. */
bool dialog_select(struct dialog *d, const struct approval *q, const char *key, int64_t now_ms);

void dialog_fini(struct dialog *d);
/* Begin to move over the lines of what would be written; false: it has none. */
bool dialog_note_begin(struct dialog *d);
void dialog_note_move(struct dialog *d, int steps);
/* A text on that line; empty: none any more. */
void dialog_note_set(struct dialog *d, const char *text);
/* The line the cursor is on; NULL: it is on none. */
const struct diff_place *dialog_note_place(const struct dialog *d);
/* All notes together, each with its line, as they are told; NULL: there are none. Caller frees. */
char *dialog_note_text(const struct dialog *d, const struct approval *q);

/* An agent asks for words or a choice; all other kinds want leave to do something. */
bool dialog_is_question(const struct approval *q);

const struct choice *dialog_selected(const struct dialog *d,
                                     const struct approval *q); /* or NULL */
const struct choice *dialog_choice(const struct approval *q, const char *key);
const struct choice *dialog_choice_of_words(const struct approval *q); /* or NULL */
/* What Esc chooses, or NULL: nothing. */
const struct choice *dialog_choice_of_escape(const struct approval *q);

/* The rows of what it asks about: a diff, a command, words. notes: places for notes are filled, and
 * what was noted stands there; NULL: none. */
void dialog_detail(struct text_rows *l, const struct approval *q, struct diff_notes *notes,
                   int cols);

/* Rows it takes of the lower part of body, so that the panes can end above it. */
int dialog_height(struct dialog *d, const struct approval *q, struct area body);
void dialog_draw(struct dialog *d, const struct approval *q, struct canvas *c, struct area body);

#endif
