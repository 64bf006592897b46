/*
 * dialog - a question of the engine, drawn over the lower part of the panes. What it asks
 * about is shown exactly: every control or invisible character as <U+XXXX>.
 */
#ifndef UI_DIALOG_H
#define UI_DIALOG_H

#include "ui/views/state.h"

#define DIALOG_DEAF_MS 300 /* keys typed before it could be read */

struct dialog {
    char *id; /* of the question the state belongs to */
    int scroll, scroll_max;
    bool minimised;
    int64_t typed_ms; /* last key that came too early */
};

/* The question to show; resets scroll and minimised for a new one. NULL: none. */
const struct approval *dialog_current(struct dialog *d, const struct state *st);

/* Negative: up; stays within what the last drawing found to scroll. */
void dialog_scroll(struct dialog *d, int rows);

/* Asked for every key: keys count from DIALOG_DEAF_MS after it appeared; whoever was typing
 * then must pause as long before a key is an answer. */
bool dialog_is_listening(struct dialog *d, const struct approval *q, int64_t now_ms);

/* An agent asks for words or a choice; all other kinds want leave to do something. */
bool dialog_is_question(const struct approval *q);

const struct choice *dialog_choice(const struct approval *q, const char *key);
const struct choice *dialog_choice_of_words(const struct approval *q); /* or NULL */
/* Rows it takes of the lower part of body, so that the panes can end above it. */
int dialog_height(const struct approval *q, struct area body);
void dialog_draw(struct dialog *d, const struct approval *q, struct canvas *c, struct area body);

#endif
