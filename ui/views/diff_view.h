/*
 * diff_view - a unified diff as rows: numbers, signs, the background of what came and went to the
 * edge, changed words within pairs of lines, and the colours of the file's language. Lines that
 * are no hunk's (of a plugin) are shown by their sign alone. Pure: text in, rows out.
 */
#ifndef UI_DIFF_VIEW_H
#define UI_DIFF_VIEW_H

#include "ui/views/text_wrap.h"

/* A line that has a number: where its rows begin, and what it says, sign first; borrowed. */
struct diff_place {
    size_t row;
    int number;
    bool old; /* the number is of the text before */
    const char *text;
    size_t n;
    const char *path; /* of its file, where the diff is of several; or NULL */
    size_t path_n;
};

/* What somebody has to say of a line. */
struct diff_note {
    int number;
    bool old;
    char *text, *path; /* path: "" where the diff names none */
};

/* places: of the lines, filled; notes: shown below theirs. */
struct diff_notes {
    VEC(struct diff_place) places;
    VEC(struct diff_note) notes;
};
void diff_notes_fini(struct diff_notes *d);
/* An empty text takes the note away. */
void diff_notes_set(struct diff_notes *d, const struct diff_place *at, const char *text);
const char *diff_notes_of(const struct diff_notes *d, const struct diff_place *at); /* or NULL */

/* Lines that came and that went. */
void diff_view_count(const char *diff, int *added, int *removed);

/*
 * Append its rows, each begun with `indent` blanks. path: what tells the language where the diff
 * does not (may be NULL). lines_max: so many lines of it, 0: all. Returns how many were left out.
 */
int diff_view_rows(const char *diff, const char *path, int indent, int width, int lines_max,
                   struct text_rows *out);
/* All of it, with notes; the places are of the text that diff is. */
void diff_view_rows_noted(const char *diff, const char *path, int width, struct diff_notes *notes,
                          struct text_rows *out);

#endif
