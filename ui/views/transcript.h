/*
 * transcript - the scrolled view of the state's items. The place is kept as (item, row),
 * so nothing here costs more when the transcript is longer.
 */
#ifndef UI_TRANSCRIPT_H
#define UI_TRANSCRIPT_H

#include "ui/views/state.h"

struct transcript {
    bool scrolled;            /* false: the newest output is followed */
    size_t top_item, top_row; /* first visible row, also while following */
    size_t first;             /* items before it were cleared from view */
    uint64_t seen_lines;      /* state.lines when scrolling began */
    size_t selected;          /* item + 1; 0: none */
    char *needle;             /* search text, or NULL */
    int rows, cols;           /* of the last drawing */
    VEC(size_t) laid;         /* items that have rows */
};

void transcript_fini(struct transcript *t);

void transcript_draw(struct transcript *t, struct state *st, struct canvas *c, struct area a,
                     bool focused);

/* Lines that came while scrolled up. */
uint64_t transcript_new_lines(const struct transcript *t, const struct state *st);

void transcript_scroll(struct transcript *t, struct state *m, int rows); /* negative: up */
void transcript_page(struct transcript *t, struct state *st, int pages);
void transcript_to_top(struct transcript *t, struct state *st);
void transcript_follow(struct transcript *t);
/* So many items came in front (negative: went away there). */
void transcript_shift(struct transcript *t, ptrdiff_t items);
/* Only so many are left, and what follows them is new. */
void transcript_taken_back(struct transcript *t, size_t items);
/* Is the first of all items in sight, or nearly? What is cleared from view stays so. */
bool transcript_is_at_top(const struct transcript *t);
void transcript_clear(struct transcript *t, const struct state *st);

/* Select the foldable item before or after. */
void transcript_select(struct transcript *t, struct state *st, int direction);
/* Fold or unfold the selected or the last one; false if there is none. */
bool transcript_fold(struct transcript *t, struct state *st);
void transcript_fold_all(struct transcript *t, struct state *st);

/* Select what can be unfolded in a row of the pane, as it was drawn last; false: nothing can. */
bool transcript_point(struct transcript *t, struct state *st, int row);
/* To the user's message before or after what is on top. False: there is none. */
bool transcript_to_message(struct transcript *t, struct state *st, int direction);

/* All of it as plain text of the last drawn width. */
void transcript_text(struct transcript *t, struct state *st, struct buf *out);

/* What to say behind "not found" where not all was looked at. */
const char *transcript_reach(const struct state *st);
/* Go to the next match: direction -1 towards the beginning. False if there is none. */
bool transcript_search(struct transcript *t, struct state *st, int direction);

#endif
