/*
 * textedit - pieces of a text replaced by others, all or none. Pure; any thread.
 *
 * A piece that is written with \n also stands where the text has \r\n, and what replaces it gets
 * the line ends of the place it goes to. All pieces are looked for in the text as it was.
 */
#ifndef BEHAVIORS_LIB_TEXTEDIT_H
#define BEHAVIORS_LIB_TEXTEDIT_H

#include "base/buf.h"
#include "base/error.h"

struct text_edit {
    const char *old, *new;
    bool all; /* every occurrence; else there must be exactly one */
};

struct text_edit_result {
    int64_t replaced, added, removed; /* pieces; lines that differ */
    size_t failed;                    /* which edit cannot be made */
    bool missing;                     /* it does not occur */
    int64_t near_line;                /* 1-based line most like it, 0: none is */
    char near[400];                   /* its text */
};

/* ERR_NOT_FOUND when one does not occur, ERR_USAGE when it occurs more than once, is empty, or
 * overlaps another. *out is the new text. */
NODISCARD bool textedit_apply(const char *text, size_t n, const struct text_edit *edits,
                              size_t count, struct buf *out, struct text_edit_result *r,
                              struct error *e);

/* Lines of a text; the last counts also without a newline. */
int64_t textedit_lines(const char *s);

#endif
