#include "ui/views/table.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/term/glyph.h"
#include "ui/term/theme.h"
#include "ui/views/markdown.h"

#define COLUMNS_MAX 64
#define GAP 3    /* columns between two */
#define NARROW 8 /* a column is never made narrower than this, where its words are wider */
#define BYTES_MAX                                                                  \
    65536 /* of a table laid out as one; it is made anew with every row that comes \
           */

enum align { ALIGN_NONE, ALIGN_LEFT, ALIGN_RIGHT, ALIGN_CENTER };

struct cells {
    struct {
        const char *s;
        size_t n;
    } at[COLUMNS_MAX];
    size_t count;
};

struct column {
    enum align align;
    bool numbers;    /* every cell but the head begins as a number does */
    int wide, least; /* columns wanted; columns it cannot go below */
    int cols;
};

static size_t table_line(const char *s, size_t n)
{
    const char *nl = memchr(s, '\n', n);
    return nl ? (size_t)(nl - s) : n;
}

/* Bars within code and behind a backslash part nothing. */
static void table_split(const char *s, size_t n, struct cells *out)
{
    while (n > 0 && isspace((unsigned char)s[n - 1]))
        n--;
    while (n > 0 && (*s == ' ' || *s == '\t'))
        s++, n--;
    if (n > 0 && *s == '|')
        s++, n--;
    out->count = 0;
    size_t from = 0;
    bool code = false;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && s[i] == '`')
            code = !code && memchr(s + i + 1, '`', n - i - 1);
        if (i < n && s[i] == '\\') {
            i++;
            continue;
        }
        if (i < n && (s[i] != '|' || code))
            continue;
        if (i == n && from == n) /* the bar at the end */
            break;
        size_t a = from, b = i;
        while (a < b && s[a] == ' ')
            a++;
        while (b > a && s[b - 1] == ' ')
            b--;
        if (out->count < COLUMNS_MAX) {
            out->at[out->count].s = s + a;
            out->at[out->count++].n = b - a;
        }
        from = i + 1;
    }
}

/* "|:--|--:|": how many columns, or 0. */
static size_t table_dashes(const char *s, size_t n, struct column *columns)
{
    struct cells c;
    if (!memchr(s, '-', n) || !memchr(s, '|', n))
        return 0;
    table_split(s, n, &c);
    for (size_t i = 0; i < c.count; i++) {
        const char *t = c.at[i].s;
        size_t left = c.at[i].n;
        bool begins = left > 0 && t[0] == ':', ends = left > 1 && t[left - 1] == ':';
        for (size_t k = begins; k < left - ends; k++)
            if (t[k] != '-')
                return 0;
        if (left - begins - ends < 1 || left == 0)
            return 0;
        if (columns)
            columns[i].align = begins && ends ? ALIGN_CENTER
                               : ends         ? ALIGN_RIGHT
                               : begins       ? ALIGN_LEFT
                                              : ALIGN_NONE;
    }
    return c.count;
}

size_t table_bytes(const char *s, size_t n, bool *closed)
{
    *closed = false;
    size_t head = table_line(s, n);
    if (head >= n || !memchr(s, '|', head))
        return 0;
    const char *second = s + head + 1;
    size_t left = n - head - 1, dashes = table_line(second, left);
    struct cells c;
    table_split(s, head, &c);
    if (c.count == 0 || table_dashes(second, dashes, NULL) != c.count)
        return 0;
    size_t at = head + 1 + MIN(dashes + 1, left);
    while (at < n) {
        size_t line = table_line(s + at, n - at);
        bool row = memchr(s + at, '|', line) != NULL, whole = at + line < n;
        if (!row && (whole || line > 0)) {
            *closed = true;
            return at;
        }
        if (row && at + line > BYTES_MAX && whole) {
            *closed = true;
            return at + line + 1;
        }
        at += line + whole;
    }
    return at;
}

/* "1 204", "3.1 µs", "-7 %", "$5": sign or currency, then a digit. */
static bool table_is_number(const char *s, size_t n)
{
    static const char *const before[] = {"+", "-", "~", "<", ">", "$", "−", "±", "€", "£", "¥"};
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < COUNT_OF(before); i++) {
            size_t len = strlen(before[i]);
            if (n > len && memcmp(s, before[i], len) == 0) {
                s += len;
                n -= len;
                again = true;
            }
        }
    }
    return n > 0 && isdigit((unsigned char)*s);
}

/* The widest word of a line. */
static int table_word(const struct line *l)
{
    int widest = 0;
    const char *s = buf_cstr(&l->text);
    for (size_t i = 0; i < l->text.len;) {
        size_t n = strcspn(s + i, " ");
        widest = MAX(widest, cluster_str_width(s + i, n));
        i += n + 1;
    }
    return widest;
}

struct table {
    struct column columns[COLUMNS_MAX];
    size_t count;
    VEC(struct line) cells; /* row by row, the heads first */
};

static void table_fini(struct table *t)
{
    for (size_t i = 0; i < t->cells.len; i++)
        line_fini(&t->cells.ptr[i]);
    VEC_FREE(&t->cells);
}

static void table_row(struct table *t, const char *s, size_t n)
{
    struct cells c;
    bool head = t->cells.len == 0;
    table_split(s, n, &c);
    for (size_t i = 0; i < t->count; i++) {
        struct line l = {0};
        const char *text = i < c.count ? c.at[i].s : "";
        size_t len = i < c.count ? c.at[i].n : 0;
        markdown_inline(text, len, head ? ROLE_TABLE_HEAD : ROLE_TEXT, &l);
        struct column *k = &t->columns[i];
        bool number = table_is_number(text, len);
        k->numbers &= head || len == 0 || number;
        k->wide = MAX(k->wide, line_cols(&l));
        k->least = MAX(k->least, number && !head ? line_cols(&l) : MIN(table_word(&l), NARROW));
        VEC_PUSH(&t->cells, l);
    }
}

/* False: it does not fit even where every column is as narrow as it may be. */
static bool table_fit(struct table *t, int width)
{
    int total = GAP * ((int)t->count - 1), least = total;
    for (size_t i = 0; i < t->count; i++) {
        struct column *k = &t->columns[i];
        k->wide = MAX(k->wide, 1);
        k->least = MAX(k->least, 1);
        k->cols = k->wide;
        total += k->cols;
        least += MIN(k->least, k->wide);
    }
    if (least > width)
        return false;
    while (total > width) { /* the widest gives, a column at a time */
        struct column *widest = NULL;
        for (size_t i = 0; i < t->count; i++) {
            struct column *k = &t->columns[i];
            if (k->cols > k->least && (!widest || k->cols > widest->cols))
                widest = k;
        }
        widest->cols--;
        total--;
    }
    return true;
}

static void table_pad(struct line *out, int cols)
{
    for (; cols > 0; cols--)
        line_adds(out, ROLE_TEXT, " ");
}

static void table_put(const struct column *k, const struct line *cell, bool last, struct line *out)
{
    int room = MAX(0, k->cols - line_cols(cell));
    bool right = k->align == ALIGN_RIGHT || (k->align == ALIGN_NONE && k->numbers);
    int before = right ? room : k->align == ALIGN_CENTER ? room / 2 : 0;
    table_pad(out, before);
    line_join(out, cell);
    table_pad(out, last ? 0 : room - before);
}

static void table_emit(const struct table *t, const struct line *cells, int width,
                       struct text_rows *out)
{
    struct text_rows wrapped[COLUMNS_MAX] = {0};
    size_t rows = 1;
    for (size_t i = 0; i < t->count; i++) {
        text_rows_wrap(&wrapped[i], &cells[i], &(struct wrap){.width = t->columns[i].cols});
        rows = MAX(rows, wrapped[i].rows.len);
    }
    for (size_t r = 0; r < rows; r++) {
        AUTO(line) row = {0};
        for (size_t i = 0; i < t->count; i++) {
            AUTO(line) cell = {0};
            if (r < wrapped[i].rows.len)
                text_rows_line(&wrapped[i], r, &cell);
            table_put(&t->columns[i], &cell, i + 1 == t->count, &row);
            if (i + 1 < t->count)
                table_pad(&row, GAP);
        }
        text_rows_wrap(out, &row, &(struct wrap){.width = width, .hard = true});
    }
    for (size_t i = 0; i < t->count; i++)
        text_rows_fini(&wrapped[i]);
}

static void table_rule(const struct table *t, int width, struct text_rows *out)
{
    AUTO(line) row = {0};
    for (size_t i = 0; i < t->count; i++) {
        for (int c = 0; c < t->columns[i].cols; c++)
            line_adds(&row, ROLE_BORDER, glyph(GLYPH_HEAVY));
        if (i + 1 < t->count)
            table_pad(&row, GAP);
    }
    text_rows_wrap(out, &row, &(struct wrap){.width = width, .hard = true});
}

/* "name: value", a cell a row, and an empty row between two records. */
static void table_cards(const struct table *t, int width, struct text_rows *out)
{
    for (size_t at = t->count; at < t->cells.len; at += t->count) {
        if (at > t->count)
            text_rows_wrap(out, &(struct line){0}, &(struct wrap){.width = width});
        for (size_t i = 0; i < t->count; i++) {
            if (t->cells.ptr[at + i].text.len == 0)
                continue;
            AUTO(line) row = {0};
            line_join(&row, &t->cells.ptr[i]);
            line_adds(&row, ROLE_TABLE_HEAD, ": ");
            line_join(&row, &t->cells.ptr[at + i]);
            text_rows_wrap(out, &row, &(struct wrap){.width = width, .indent = 2});
        }
    }
}

void table_layout(const char *s, size_t n, int width, struct text_rows *out)
{
    assert(width >= 1);
    AUTO(table) t = {0};
    size_t head = table_line(s, n), second = head + 1;
    size_t dashes = table_line(s + second, n - second);
    t.count = table_dashes(s + second, dashes, t.columns);
    for (size_t i = 0; i < t.count; i++)
        t.columns[i].numbers = true;
    table_row(&t, s, head);
    for (size_t at = second + dashes + 1; at < n;) {
        size_t line = table_line(s + at, n - at);
        if (memchr(s + at, '|', line)) /* an empty line at the end is no row */
            table_row(&t, s + at, line);
        at += line + 1;
    }
    if (!table_fit(&t, width)) {
        table_cards(&t, width, out);
        return;
    }
    for (size_t at = 0; at < t.cells.len; at += t.count) {
        table_emit(&t, &t.cells.ptr[at], width, out);
        if (at == 0)
            table_rule(&t, width, out);
    }
}
