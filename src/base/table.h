/*
 * table - rows of cells as aligned text: columns as wide as what is in them, numbers to the
 * right, and no column in which there is nothing but zeros.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/buf.h"
#include "base/mem.h"

struct table {
    const char *const *heads; /* borrowed, NULL-terminated; the first column is always shown */
    VEC(char *) cells;        /* row by row */
};

void table_fini(struct table *t);
/* The next cell, left to right; a row is full when it has a cell for each head. */
void table_cell(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t table_rows(const struct table *t);
/* A heading line and the rows; nothing without rows. Trailing blanks are left out. */
void table_print(const struct table *t, struct buf *out);

#endif
