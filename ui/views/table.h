/*
 * table - a table of markdown laid out: columns as wide as their words where they fit, the widest
 * narrowed where not, cells wrapped, numbers to the right; too narrow for that, a record a card.
 * Pure: text in, rows out.
 */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include "ui/views/text_wrap.h"

/*
 * How many bytes at s are a table: a row of heads, a row of dashes, rows. 0: it begins with none,
 * or it cannot be told yet. *closed: the line after the last row is there, and belongs to it no
 * more. Whether the last line of s is whole is not known: a table at the end is not closed.
 */
size_t table_bytes(const char *s, size_t n, bool *closed);

/* Append the rows of the table at s. A last row may be in the writing. */
void table_layout(const char *s, size_t n, int width, struct text_rows *out);

#endif
