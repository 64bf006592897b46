#include "ui/views/input_view.h"

#include <string.h>

#include "base/utf8.h"
#include "ui/input/input.h"
#include "ui/input/placeholder.h"
#include "ui/term/theme.h"

#define TAB 4
#define HANG 2 /* columns that every row but the first begins with */

struct place {
    int row, col;
};

/* Columns of what stands at s, and how it is shown. */
static int input_cell(const char *s, size_t n, int col, struct cluster *k)
{
    unsigned char c = (unsigned char)*s;
    if (c == '\t') {
        *k = (struct cluster){.used = 1};
        return TAB - col % TAB;
    }
    if (c < 0x20 || c == 0x7f) {
        *k = (struct cluster){.text = {'^', (char)(c ^ 0x40)}, .len = 2, .width = 2, .used = 1};
        return 2;
    }
    cluster_next(s, n, k);
    return k->width;
}

/*
 * Walk prompt and text once, calling draw for every piece; wraps before what does not fit.
 * Returns the last place; *caret is where the point stands.
 */
struct walk {
    int cols;
    struct canvas *canvas; /* NULL: only measure */
    struct area area;
    int scroll;
    size_t region_from, region_to;
};

/* Columns of the word at s. */
static int input_word(const char *s, size_t n)
{
    int cols = 0;
    struct cluster k;
    for (size_t i = 0; i < n && s[i] != ' ' && s[i] != '\n' && s[i] != '\t' && cols < 1000;
         i += k.used)
        cols += input_cell(s + i, n - i, cols, &k);
    return cols;
}

static struct place input_step(const struct walk *w, struct place at, const char *s, size_t n,
                               style look, size_t *used)
{
    struct cluster k;
    if (*s == '\n') {
        *used = 1;
        return (struct place){at.row + 1, HANG < w->cols ? HANG : 0};
    }
    if (*s == ' ' && at.col >= w->cols) { /* at the edge it breaks the row and takes none */
        *used = 1;
        return (struct place){at.row, at.col + 1};
    }
    int width = input_cell(s, n, at.col, &k);
    *used = k.used;
    if (at.col + width > w->cols)
        at = (struct place){at.row + 1, HANG < w->cols ? HANG : 0};
    if (w->canvas && k.len > 0)
        canvas_put(w->canvas, w->area, at.row - w->scroll, at.col, look, k.text, k.len);
    at.col += width;
    return at;
}

static struct place input_walk(const struct walk *w, struct place *caret)
{
    const char *prompt = input_prompt(), *text = input_text();
    size_t n = strlen(prompt), used;
    struct place at = {0, 0};
    for (size_t i = 0; i < n; i += used) {
        bool mark = prompt[i] == 1 || prompt[i] == 2; /* readline's invisible brackets */
        used = 1;
        if (!mark)
            at = input_step(w, at, prompt + i, n - i, ROLE_PROMPT, &used);
    }
    n = strlen(text);
    size_t point = input_point();
    bool begins = true; /* a word */
    for (size_t i = 0, bytes; i < n; i += bytes) {
        const char *chip = placeholder_label(text + i, &bytes);
        int word = !begins ? 0 : chip ? (int)strlen(chip) : input_word(text + i, n - i);
        if (at.col + word > w->cols && word <= w->cols - HANG && at.col > HANG)
            at = (struct place){at.row + 1, HANG};
        if (i == point)
            *caret = at;
        style look = chip ? ROLE_CHIP : ROLE_INPUT;
        if (i >= w->region_from && i < w->region_to)
            look = STYLE_ATTR(look, ATTR_REVERSE);
        begins = chip || text[i] == ' ' || text[i] == '\n';
        for (const char *p = chip; p && *p; p += used)
            at = input_step(w, at, p, strlen(p), look, &used);
        if (!chip)
            at = input_step(w, at, text + i, n - i, look, &bytes);
    }
    if (point >= n)
        *caret = at;
    if (caret->col >= w->cols)
        *caret = (struct place){caret->row + 1, 0};
    return at;
}

int input_view_rows(int cols)
{
    struct walk w = {.cols = MAX(1, cols)};
    struct place caret = {0, 0}, end = input_walk(&w, &caret);
    return MAX(end.row, caret.row) + 1;
}

void input_view_draw(struct input_view *v, bool has_caret, const char *invitation, struct canvas *c,
                     struct area a)
{
    if (a.cols < 1 || a.rows < 1)
        return;
    struct walk w = {.cols = a.cols};
    struct place caret = {0, 0};
    struct place end = input_walk(&w, &caret);
    int rows = MAX(end.row, caret.row) + 1;
    v->scroll = MIN(MAX(0, v->scroll), MAX(0, rows - a.rows));
    if (caret.row < v->scroll)
        v->scroll = caret.row;
    if (caret.row >= v->scroll + a.rows)
        v->scroll = caret.row - a.rows + 1;
    w.canvas = c;
    w.area = a;
    w.scroll = v->scroll;
    input_region(&w.region_from, &w.region_to);
    input_walk(&w, &caret);
    if (invitation && input_is_empty())
        canvas_put(c, a, 0, caret.col, ROLE_MUTED, invitation, -1);
    if (has_caret) {
        c->caret_row = a.row + caret.row - w.scroll;
        c->caret_col = a.col + caret.col;
    }
}
