#include "base/diff.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define COST_MAX 512 /* edits looked for on each side before a good place is taken for the best */

struct text_line {
    const char *s;
    size_t n;    /* with its newline */
    int id;      /* equal lines have equal ones */
    bool change; /* removed, or added */
};

struct text {
    struct text_line *lines;
    int count;
};

/* The lines of both, numbered by what they are. */
struct numbers {
    struct text_line **slots;
    size_t size;
    int next;
};

static struct text text_split(const char *s, size_t n)
{
    struct text t = {0};
    size_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += s[i] == '\n';
    t.lines = mem_alloc(lines * sizeof *t.lines);
    for (size_t at = 0; at < n;) {
        const char *nl = memchr(s + at, '\n', n - at);
        size_t len = nl ? (size_t)(nl - s) + 1 - at : n - at;
        t.lines[t.count++] = (struct text_line){.s = s + at, .n = len};
        at += len;
    }
    return t;
}

static uint64_t line_hash(const struct text_line *l)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < l->n; i++)
        h = (h ^ (unsigned char)l->s[i]) * UINT64_C(1099511628211);
    return h ^ h >> 29;
}

static void text_number(struct text *t, struct numbers *k)
{
    for (int i = 0; i < t->count; i++) {
        struct text_line *l = &t->lines[i];
        size_t at = line_hash(l) & (k->size - 1);
        while (k->slots[at] && (k->slots[at]->n != l->n || memcmp(k->slots[at]->s, l->s, l->n)))
            at = (at + 1) & (k->size - 1);
        if (!k->slots[at]) {
            k->slots[at] = l;
            l->id = k->next++;
        }
        l->id = k->slots[at]->id;
    }
}

/* Lines that the other text has not are changed whatever is found; the rest is compared. */
struct compared {
    int *ids, *where; /* of the lines compared; where each stands in its text */
    int count;
};

static struct compared text_compared(struct text *t, int from, int to, const bool *known)
{
    struct compared c = {.ids = mem_alloc(((size_t)(to - from) + 1) * sizeof *c.ids),
                         .where = mem_alloc(((size_t)(to - from) + 1) * sizeof *c.where)};
    for (int i = from; i < to; i++) {
        if (!known[t->lines[i].id]) {
            t->lines[i].change = true;
            continue;
        }
        c.ids[c.count] = t->lines[i].id;
        c.where[c.count++] = i;
    }
    return c;
}

struct comparison {
    struct text *a, *b;
    struct compared ca, cb;
    int *ahead, *back; /* furthest place on each diagonal, from either end */
};

/*
 * A place on a shortest way from (a0,b0) to (a1,b1), by Myers: ways grow from both ends until they
 * meet. Where that takes too long, the furthest place reached.
 */
static void middle(struct comparison *k, int a0, int a1, int b0, int b1, int *at_a, int *at_b)
{
    const int *a = k->ca.ids, *b = k->cb.ids;
    int *fwd = k->ahead, *rev = k->back;
    int low = a0 - b1, high = a1 - b0; /* diagonals: a - b */
    int from = a0 - b0, to = a1 - b1;
    bool odd = (from - to) & 1;
    int fmin = from, fmax = from, rmin = to, rmax = to;
    fwd[from] = a0;
    rev[to] = a1;
    for (int cost = 1;; cost++) {
        fmin > low ? fwd[--fmin - 1] = -1 : ++fmin;
        fmax < high ? fwd[++fmax + 1] = -1 : --fmax;
        for (int d = fmax; d >= fmin; d -= 2) {
            int x = fwd[d - 1] >= fwd[d + 1] ? fwd[d - 1] + 1 : fwd[d + 1], y = x - d;
            while (x < a1 && y < b1 && a[x] == b[y])
                x++, y++;
            fwd[d] = x;
            if (odd && rmin <= d && d <= rmax && rev[d] <= x) {
                *at_a = x;
                *at_b = y;
                return;
            }
        }
        rmin > low ? rev[--rmin - 1] = INT32_MAX : ++rmin;
        rmax < high ? rev[++rmax + 1] = INT32_MAX : --rmax;
        for (int d = rmax; d >= rmin; d -= 2) {
            int x = rev[d - 1] < rev[d + 1] ? rev[d - 1] : rev[d + 1] - 1, y = x - d;
            while (x > a0 && y > b0 && a[x - 1] == b[y - 1])
                x--, y--;
            rev[d] = x;
            if (!odd && fmin <= d && d <= fmax && x <= fwd[d]) {
                *at_a = x;
                *at_b = y;
                return;
            }
        }
        if (cost < COST_MAX)
            continue;
        int best = -1;
        for (int d = fmax; d >= fmin; d -= 2) {
            int x = MIN(fwd[d], a1), y = x - d;
            if (y > b1) {
                x = b1 + d;
                y = b1;
            }
            if (x + y > best && x >= a0 && y >= b0) {
                best = x + y;
                *at_a = x;
                *at_b = y;
            }
        }
        return;
    }
}

static void compare(struct comparison *k, int a0, int a1, int b0, int b1)
{
    const int *a = k->ca.ids, *b = k->cb.ids;
    while (a0 < a1 && b0 < b1 && a[a0] == b[b0])
        a0++, b0++;
    while (a0 < a1 && b0 < b1 && a[a1 - 1] == b[b1 - 1])
        a1--, b1--;
    if (a0 == a1 || b0 == b1) {
        for (; b0 < b1; b0++)
            k->b->lines[k->cb.where[b0]].change = true;
        for (; a0 < a1; a0++)
            k->a->lines[k->ca.where[a0]].change = true;
        return;
    }
    int x = a0, y = b0;
    middle(k, a0, a1, b0, b1, &x, &y);
    compare(k, a0, x, b0, y);
    compare(k, x, a1, y, b1);
}

/* A run of changes that could as well stand lower does: it ends where a block ends. */
static void settle(struct text *t)
{
    for (int i = 0; i < t->count;) {
        if (!t->lines[i].change) {
            i++;
            continue;
        }
        int from = i, to = i;
        while (to < t->count && t->lines[to].change)
            to++;
        while (to < t->count && !t->lines[to].change && t->lines[to].id == t->lines[from].id) {
            t->lines[from++].change = false;
            t->lines[to++].change = true;
        }
        while (to < t->count && t->lines[to].change)
            to++;
        i = to;
    }
}

static void emit_line(struct buf *out, char sign, const struct text_line *l)
{
    buf_addc(out, sign);
    buf_add(out, l->s, l->n);
    if (l->s[l->n - 1] != '\n')
        buf_adds(out, "\n\\ No newline at end of file\n");
}

/* Lines [a0,a1) and [b0,b1), of which those that are no change are the same. */
static void emit_hunk(const struct text *a, const struct text *b, int a0, int a1, int b0, int b1,
                      struct buf *out)
{
    buf_addf(out, "@@ -%d,%d +%d,%d @@\n", a0 + (a1 > a0), a1 - a0, b0 + (b1 > b0), b1 - b0);
    while (a0 < a1 || b0 < b1) {
        while (a0 < a1 && a->lines[a0].change)
            emit_line(out, '-', &a->lines[a0++]);
        while (b0 < b1 && b->lines[b0].change)
            emit_line(out, '+', &b->lines[b0++]);
        while (a0 < a1 && b0 < b1 && !a->lines[a0].change && !b->lines[b0].change) {
            emit_line(out, ' ', &a->lines[a0++]);
            b0++;
        }
    }
}

static void emit(const struct text *a, const struct text *b, struct buf *out)
{
    int i = 0, j = 0;
    while (i < a->count || j < b->count) {
        while (i < a->count && j < b->count && !a->lines[i].change && !b->lines[j].change)
            i++, j++;
        if (i == a->count && j == b->count)
            return;
        int before = MIN(DIFF_CONTEXT, MIN(i, j)), a0 = i - before, b0 = j - before, same = 0;
        /* Changes with no more than twice the context between them are one hunk. */
        while ((i < a->count || j < b->count) && same <= 2 * DIFF_CONTEXT) {
            if (i < a->count && a->lines[i].change) {
                i++;
                same = 0;
            } else if (j < b->count && b->lines[j].change) {
                j++;
                same = 0;
            } else {
                i++, j++, same++;
            }
        }
        int over = MAX(0, same - DIFF_CONTEXT);
        emit_hunk(a, b, a0, i - over, b0, j - over, out);
    }
}

void diff_unified(const char *a, size_t a_len, const char *b, size_t b_len, struct buf *out)
{
    assert((a || !a_len) && (b || !b_len));
    struct text ta = text_split(a, a_len), tb = text_split(b, b_len);
    size_t all = (size_t)ta.count + (size_t)tb.count + 1;
    struct numbers k = {.size = 64};
    while (k.size < 2 * all)
        k.size *= 2;
    k.slots = mem_alloc(k.size * sizeof *k.slots);
    text_number(&ta, &k);
    text_number(&tb, &k);
    int from = 0, ea = ta.count, eb = tb.count;
    while (from < MIN(ea, eb) && ta.lines[from].id == tb.lines[from].id)
        from++;
    while (ea > from && eb > from && ta.lines[ea - 1].id == tb.lines[eb - 1].id)
        ea--, eb--;
    bool *in_a = mem_alloc(all * sizeof *in_a), *in_b = mem_alloc(all * sizeof *in_b);
    for (int i = from; i < ea; i++)
        in_a[ta.lines[i].id] = true;
    for (int i = from; i < eb; i++)
        in_b[tb.lines[i].id] = true;
    struct comparison c = {.a = &ta, .b = &tb};
    c.ca = text_compared(&ta, from, ea, in_b);
    c.cb = text_compared(&tb, from, eb, in_a);
    size_t diagonals = (size_t)c.ca.count + (size_t)c.cb.count + 5;
    int *ahead = mem_alloc(diagonals * sizeof *ahead), *back = mem_alloc(diagonals * sizeof *back);
    c.ahead = ahead + c.cb.count + 2;
    c.back = back + c.cb.count + 2;
    compare(&c, 0, c.ca.count, 0, c.cb.count);
    settle(&ta);
    settle(&tb);
    emit(&ta, &tb, out);
    void *owned[] = {k.slots,    in_a, in_b,  c.ca.ids, c.ca.where, c.cb.ids,
                     c.cb.where, back, ahead, ta.lines, tb.lines};
    for (size_t i = 0; i < COUNT_OF(owned); i++)
        free(owned[i]);
}
