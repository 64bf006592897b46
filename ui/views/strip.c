#include "ui/views/strip.h"

#include <string.h>

#include "ui/term/glyph.h"
#include "ui/term/theme.h"

#define NOTES_COLS 72 /* narrower there is room for the words only */

int strip_rows(const struct state *st, int most)
{
    return (int)MIN(st->steer.len + st->queue.len, (size_t)MAX(0, most));
}

const char *strip_newest(const struct state *st)
{
    const texts *list = st->queue.len > 0 ? &st->queue : &st->steer;
    return list->len > 0 ? list->ptr[list->len - 1] : NULL;
}

static void strip_row(const struct state *st, size_t at, struct canvas *c, struct area a, int row)
{
    bool steer = at < st->steer.len;
    const char *text = steer ? st->steer.ptr[at] : st->queue.ptr[at - st->steer.len];
    AUTO_FREE char *clean = sanitize_text(text, SANITIZE_ONE_LINE);
    const char *when = steer ? "read in the next round" : "after this goal";
    bool newest = text == strip_newest(st), notes = a.cols >= NOTES_COLS;
    AUTO_FREE char *note = !notes ? mem_strdup(newest ? "Up" : "")
                                  : mem_printf("%s%s", when, newest ? ", Up takes it back" : "");
    int note_cols = (int)strlen(note), col;
    col = canvas_put(c, a, row, 0, ROLE_ACCENT, glyph(steer ? GLYPH_STEER : GLYPH_INTO), -1) + 1;
    if (!steer)
        col = canvas_put(c, a, row, col, ROLE_MUTED, "then: ", -1);
    canvas_put_fit(c, a, row, col, a.cols - col - note_cols - (note_cols > 0), ROLE_TEXT,
                   ROLE_MUTED, clean);
    canvas_put(c, a, row, a.cols - note_cols, ROLE_MUTED, note, -1);
}

void strip_draw(const struct state *st, struct canvas *c, struct area a)
{
    size_t all = st->steer.len + st->queue.len;
    /* Where one row is all there is, it is the newest's. */
    if (a.rows == 1 && all > 0)
        strip_row(st, all - 1, c, a, 0);
    for (int row = 0; a.rows > 1 && row < a.rows && (size_t)row < all; row++) {
        size_t left = all - (size_t)row;
        if (row == a.rows - 1 && left > 1)
            canvas_putf(c, a, row, 0, ROLE_MUTED, "%s %zu more", glyph(GLYPH_ELLIPSIS), left);
        else
            strip_row(st, (size_t)row, c, a, row);
    }
}
