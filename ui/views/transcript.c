#include "ui/views/transcript.h"

#include <assert.h>
#include <string.h>

#include "ui/term/theme.h"
#include "ui/views/item_layout.h"

#define LAID_MAX 512

void transcript_fini(struct transcript *t)
{
    free(t->needle);
    VEC_FREE(&t->laid);
    *t = (struct transcript){0};
}

/* Rows of old items are dropped now and then: memory follows what is seen. */
static void transcript_forget(struct transcript *t, struct state *st)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->laid.len; i++) {
        size_t at = t->laid.ptr[i];
        if (at >= st->items.len)
            continue;
        if (at + LAID_MAX / 2 < t->top_item || at > t->top_item + LAID_MAX / 2)
            item_layout_drop(st->items.ptr[at]);
        else
            t->laid.ptr[kept++] = at;
    }
    t->laid.len = kept;
}

/* An empty row above what starts something new. */
static size_t transcript_gap(const struct transcript *t, const struct state *st, size_t i)
{
    if (i == t->first)
        return 0;
    return item_stands_apart(st->items.ptr[i]->kind, st->items.ptr[i - 1]->kind);
}

/* Rows of item i with the gap above it. */
static size_t transcript_height(struct transcript *t, struct state *st, size_t i)
{
    struct item *it = st->items.ptr[i];
    bool had = it->rows.valid;
    item_layout(it, MAX(1, t->cols));
    if (!had)
        VEC_PUSH(&t->laid, i);
    size_t rows = it->rows.wrapped.rows.len;
    return rows > 0 ? rows + transcript_gap(t, st, i) : 0;
}

/* The top so that the last row of all is the last one visible. */
static void transcript_anchor_end(struct transcript *t, struct state *st)
{
    size_t want = (size_t)MAX(1, t->rows), have = 0, i = st->items.len;
    while (i > t->first && have < want)
        have += transcript_height(t, st, --i);
    t->top_item = i;
    t->top_row = have > want ? have - want : 0;
}

static bool transcript_reaches_end(struct transcript *t, struct state *st)
{
    size_t have = 0, want = (size_t)MAX(1, t->rows) + t->top_row;
    for (size_t i = t->top_item; i < st->items.len && have <= want; i++)
        have += transcript_height(t, st, i);
    return have <= want;
}

static void transcript_highlight(const struct transcript *t, const struct text_rows *l, size_t row,
                                 struct canvas *c, struct area a, int at)
{
    AUTO(buf) text = {0};
    text_rows_text(l, row, &text);
    const char *s = buf_cstr(&text), *hit = s;
    size_t n = strlen(t->needle);
    while (n > 0 && (hit = strcasestr(hit, t->needle))) {
        int col = cluster_str_width(s, (size_t)(hit - s));
        int cols = cluster_str_width(hit, n);
        canvas_restyle(c, a, at, col, cols, STYLE_ATTR(ROLE_ACCENT, ATTR_REVERSE));
        hit += n;
    }
}

static int transcript_draw_item(struct transcript *t, struct state *st, size_t i, size_t skip,
                                struct canvas *c, struct area a, int at, bool focused)
{
    const struct item *it = st->items.ptr[i];
    const struct text_rows *l = &it->rows.wrapped;
    size_t gap = transcript_gap(t, st, i);
    if (l->rows.len == 0)
        return at;
    for (size_t row = skip; row < l->rows.len + gap && at < a.rows; row++, at++) {
        if (row < gap)
            continue;
        text_rows_paint(l, row - gap, c, a, at, 0);
        if (t->needle)
            transcript_highlight(t, l, row - gap, c, a, at);
        if (focused && row == gap && t->selected == i + 1)
            canvas_restyle(c, a, at, 0, a.cols, ROLE_CURSOR);
    }
    return at;
}

void transcript_draw(struct transcript *t, struct state *st, struct canvas *c, struct area a,
                     bool focused)
{
    t->rows = a.rows;
    t->cols = a.cols;
    if (t->first > st->items.len)
        t->first = 0;
    if (t->scrolled && (t->top_item >= st->items.len || transcript_reaches_end(t, st)))
        t->scrolled = false;
    if (!t->scrolled)
        transcript_anchor_end(t, st);
    int at = 0;
    size_t skip = t->top_row;
    for (size_t i = t->top_item; i < st->items.len && at < a.rows; i++) {
        size_t height = transcript_height(t, st, i);
        skip = i == t->top_item && height > 0 ? MIN(skip, height - 1) : skip;
        at = transcript_draw_item(t, st, i, skip, c, a, at, focused);
        skip = 0;
    }
    if (t->laid.len > LAID_MAX)
        transcript_forget(t, st);
}

uint64_t transcript_new_lines(const struct transcript *t, const struct state *st)
{
    return t->scrolled ? st->lines - t->seen_lines : 0;
}

static void transcript_begin_scroll(struct transcript *t, struct state *st)
{
    if (t->scrolled)
        return;
    t->scrolled = true;
    t->seen_lines = st->lines;
}

void transcript_scroll(struct transcript *t, struct state *st, int rows)
{
    if (st->items.len == 0 || (rows > 0 && !t->scrolled))
        return;
    transcript_begin_scroll(t, st);
    for (; rows < 0 && (t->top_row > 0 || t->top_item > t->first); rows++) {
        while (t->top_row == 0 && t->top_item > t->first)
            t->top_row = transcript_height(t, st, --t->top_item);
        if (t->top_row > 0)
            t->top_row--;
    }
    for (; rows > 0 && t->top_item < st->items.len; rows--) {
        if (++t->top_row < transcript_height(t, st, t->top_item))
            continue;
        t->top_item++;
        t->top_row = 0;
    }
    if (t->top_item >= st->items.len || transcript_reaches_end(t, st))
        transcript_follow(t);
}

void transcript_page(struct transcript *t, struct state *st, int pages)
{
    transcript_scroll(t, st, pages * MAX(1, t->rows - 1));
}

void transcript_to_top(struct transcript *t, struct state *st)
{
    if (st->items.len == 0)
        return;
    transcript_begin_scroll(t, st);
    t->top_item = t->first;
    t->top_row = 0;
    if (transcript_reaches_end(t, st))
        transcript_follow(t);
}

void transcript_follow(struct transcript *t)
{
    t->scrolled = false;
    t->selected = 0;
}

static size_t transcript_shifted(size_t at, ptrdiff_t items)
{
    return items < 0 && at < (size_t)-items ? 0 : at + (size_t)items;
}

void transcript_shift(struct transcript *t, ptrdiff_t items)
{
    t->top_item = transcript_shifted(t->top_item, items);
    t->first = t->first ? transcript_shifted(t->first, items) : 0;
    t->selected = t->selected ? transcript_shifted(t->selected, items) : 0;
    for (size_t i = 0; i < t->laid.len; i++)
        t->laid.ptr[i] = transcript_shifted(t->laid.ptr[i], items);
}

void transcript_taken_back(struct transcript *t, size_t items)
{
    t->first = MIN(t->first, items);
    t->top_item = MIN(t->top_item, items);
    t->top_row = 0;
    t->laid.len = 0;
    transcript_follow(t);
}

bool transcript_is_at_top(const struct transcript *t)
{
    return t->rows > 0 && t->first == 0 && t->top_item <= 1;
}

void transcript_clear(struct transcript *t, const struct state *st)
{
    t->first = st->items.len;
    transcript_follow(t);
}

static void transcript_show(struct transcript *t, struct state *st, size_t item, size_t row)
{
    transcript_begin_scroll(t, st);
    t->top_item = item;
    t->top_row = row;
    transcript_scroll(t, st, -MAX(0, t->rows / 3));
}

/* Whether item i's first row is on the screen. */
static bool transcript_is_visible(struct transcript *t, struct state *st, size_t i)
{
    if (i < t->top_item || (i == t->top_item && t->top_row > transcript_gap(t, st, i)))
        return false;
    size_t above = 0;
    for (size_t k = t->top_item; k < i; k++)
        above += transcript_height(t, st, k);
    return above < (size_t)t->rows + t->top_row;
}

void transcript_select(struct transcript *t, struct state *st, int direction)
{
    assert(direction == 1 || direction == -1);
    size_t at = t->selected ? t->selected - 1 : direction < 0 ? st->items.len : t->top_item;
    for (;;) {
        if (direction < 0 ? at <= t->first : at + 1 >= st->items.len)
            return;
        at = direction < 0 ? at - 1 : at + 1;
        if (item_is_foldable(st->items.ptr[at]))
            break;
    }
    t->selected = at + 1;
    if (!transcript_is_visible(t, st, at))
        transcript_show(t, st, at, 0);
}

bool transcript_point(struct transcript *t, struct state *st, int row)
{
    size_t left = (size_t)MAX(0, row) + t->top_row;
    for (size_t i = t->top_item; row >= 0 && i < st->items.len; i++) {
        size_t height = transcript_height(t, st, i);
        if (left >= height) {
            left -= height;
            continue;
        }
        bool head = left <= transcript_gap(t, st, i); /* its first row */
        if (!head || !item_is_foldable(st->items.ptr[i]))
            return false;
        t->selected = i + 1;
        return true;
    }
    return false;
}

bool transcript_to_message(struct transcript *t, struct state *st, int direction)
{
    size_t i = t->top_item;
    bool here = t->scrolled && i < st->items.len &&
                t->top_row > transcript_gap(t, st, i); /* its beginning is above */
    if (direction < 0 && here)
        i++;
    while (direction < 0 ? i > t->first : i + 1 < st->items.len) {
        i += direction < 0 ? (size_t)-1 : 1;
        if (st->items.ptr[i]->kind != ITEM_USER)
            continue;
        transcript_begin_scroll(t, st);
        t->top_item = i;
        t->top_row = transcript_gap(t, st, i);
        if (transcript_reaches_end(t, st))
            transcript_follow(t);
        return true;
    }
    if (direction > 0)
        transcript_follow(t);
    return direction > 0;
}

bool transcript_fold(struct transcript *t, struct state *st)
{
    size_t at = t->selected ? t->selected : st->items.len;
    while (at > t->first && !item_is_foldable(st->items.ptr[at - 1]))
        at--;
    if (at <= t->first)
        return false;
    struct item *it = st->items.ptr[at - 1];
    item_unfold(it, !it->unfolded);
    return true;
}

void transcript_fold_all(struct transcript *t, struct state *st)
{
    bool any_folded = false;
    for (size_t i = t->first; i < st->items.len; i++)
        any_folded |= item_is_foldable(st->items.ptr[i]) && !st->items.ptr[i]->unfolded;
    for (size_t i = t->first; i < st->items.len; i++) {
        struct item *it = st->items.ptr[i];
        if (!item_is_foldable(it) || it->unfolded == any_folded)
            continue;
        item_unfold(it, any_folded);
    }
}

static bool transcript_may_match(const struct transcript *t, const struct item *it)
{
    const char *parts[] = {buf_cstr(&it->text), it->name, it->summary, it->outcome, it->diff};
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (parts[i] && strcasestr(parts[i], t->needle))
            return true;
    return false;
}

/* The row of an item, beyond `from` in the direction, that holds the needle; -1: none. */
static ptrdiff_t transcript_match_row(struct transcript *t, struct state *st, size_t i,
                                      ptrdiff_t from, int direction)
{
    if (!transcript_may_match(t, st->items.ptr[i]))
        return -1;
    ptrdiff_t height = (ptrdiff_t)transcript_height(t, st, i);
    ptrdiff_t gap = (ptrdiff_t)transcript_gap(t, st, i);
    for (ptrdiff_t row = direction < 0 ? MIN(from, height) - 1 : from + 1;
         row >= gap && row < height; row += direction) {
        AUTO(buf) text = {0};
        text_rows_text(&st->items.ptr[i]->rows.wrapped, (size_t)(row - gap), &text);
        if (strcasestr(buf_cstr(&text), t->needle))
            return row;
    }
    return -1;
}

const char *transcript_reach(const struct state *st)
{
    return st->earlier ? " as far as it was read; scroll up for more" : "";
}

bool transcript_search(struct transcript *t, struct state *st, int direction)
{
    assert(direction == 1 || direction == -1);
    size_t first = t->first, count = st->items.len - MIN(first, st->items.len);
    if (!t->needle || !*t->needle || count == 0)
        return false;
    /* The last match stands a third down the screen: search from there. */
    size_t i = t->top_item;
    ptrdiff_t row = (ptrdiff_t)t->top_row + (t->scrolled ? t->rows / 3 : t->rows);
    for (; i + 1 < st->items.len && row >= (ptrdiff_t)transcript_height(t, st, i); i++)
        row -= (ptrdiff_t)transcript_height(t, st, i);
    for (size_t tried = 0; tried <= count; tried++) { /* once round, back to where it began */
        ptrdiff_t hit = transcript_match_row(t, st, i, row, direction);
        if (hit >= 0) {
            transcript_show(t, st, i, (size_t)hit);
            return true;
        }
        i = first + (i - first + (direction < 0 ? count - 1 : 1)) % count;
        row = direction < 0 ? PTRDIFF_MAX : -1;
    }
    return false;
}

void transcript_text(struct transcript *t, struct state *st, struct buf *out)
{
    for (size_t i = t->first; i < st->items.len; i++) {
        size_t height = transcript_height(t, st, i), gap = transcript_gap(t, st, i);
        for (size_t row = 0; row < height; row++) {
            if (row >= gap)
                text_rows_text(&st->items.ptr[i]->rows.wrapped, row - gap, out);
            buf_addc(out, '\n');
        }
        if (t->laid.len > LAID_MAX)
            transcript_forget(t, st);
    }
}
