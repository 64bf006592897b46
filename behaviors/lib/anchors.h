/*
 * anchors - lines named by number and a short hash of their text, "12:a3f", so that an edit of a
 * line that is another by now is an error and no wrong edit. Pure; any thread.
 */
#ifndef BEHAVIORS_LIB_ANCHORS_H
#define BEHAVIORS_LIB_ANCHORS_H

#include "base/buf.h"
#include "base/error.h"

/* Blanks at the line's end do not count. */
void anchor_add(struct buf *out, int64_t line, const char *s, size_t n);

/* Lines from..to (anchors, inclusive; to NULL: from alone) become text, "" nothing. Borrowed. */
struct anchor_edit {
    const char *from, *to, *text;
};

struct anchor_result {
    int64_t added, removed; /* lines */
};

/* All or none, in any order. New lines get the line ends of those they replace. ERR_USAGE: no
 * anchor, or two edits meet; ERR_NOT_FOUND: the line is another now, or there is none. */
NODISCARD bool anchors_apply(const char *text, size_t n, const struct anchor_edit *edits,
                             size_t count, struct buf *out, struct anchor_result *r,
                             struct error *e);

#endif
