#include "base/table.h"

#include <ctype.h>
#include <string.h>

#include "base/utf8.h"

#define COLUMNS_MAX 24

struct shape {
    int width;
    bool shown, number;
};

void table_fini(struct table *t)
{
    for (size_t i = 0; i < t->cells.len; i++)
        free(t->cells.ptr[i]);
    VEC_FREE(&t->cells);
    *t = (struct table){0};
}

void table_cell(struct table *t, const char *fmt, ...)
{
    AUTO(buf) text = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    VEC_PUSH(&t->cells, buf_take(&text));
}

static size_t columns_of(const struct table *t)
{
    size_t n = 1; /* there is a first one */
    while (n < COLUMNS_MAX && t->heads[n])
        n++;
    return n;
}

size_t table_rows(const struct table *t)
{
    return t->cells.len / columns_of(t);
}

static int width(const char *s)
{
    return utf8_str_width(s, strlen(s));
}

static bool is_nothing(const char *s)
{
    return s[strspn(s, "0./- ")] == '\0';
}

static struct shape shape_of(const struct table *t, size_t column, size_t columns)
{
    struct shape s = {.width = width(t->heads[column]), .number = column > 0};
    for (size_t i = column; i < t->cells.len; i += columns) {
        const char *cell = t->cells.ptr[i];
        s.width = MAX(s.width, width(cell));
        s.shown = s.shown || !is_nothing(cell);
        s.number = s.number && (!*cell || isdigit((unsigned char)*cell) || strchr("+-.", *cell));
    }
    s.shown = s.shown || column == 0;
    return s;
}

static void print_row(const char *const *cells, const struct shape *shapes, size_t columns,
                      struct buf *out)
{
    size_t start = out->len;
    for (size_t c = 0; c < columns; c++) {
        int pad = shapes[c].width - width(cells[c]);
        if (!shapes[c].shown)
            continue;
        const char *gap = out->len == start ? "" : shapes[c].number ? " " : "  ";
        buf_addf(out, "%s%*s%s%*s", gap, shapes[c].number ? pad : 0, "", cells[c],
                 shapes[c].number ? 0 : pad, "");
    }
    while (out->len > start && out->ptr[out->len - 1] == ' ')
        buf_cut(out, out->len - 1);
    buf_addc(out, '\n');
}

void table_print(const struct table *t, struct buf *out)
{
    struct shape shapes[COLUMNS_MAX];
    size_t columns = columns_of(t);
    if (table_rows(t) == 0)
        return;
    for (size_t c = 0; c < columns; c++)
        shapes[c] = shape_of(t, c, columns);
    print_row(t->heads, shapes, columns, out);
    for (size_t i = 0; i + columns <= t->cells.len; i += columns)
        print_row((const char *const *)&t->cells.ptr[i], shapes, columns, out);
}
