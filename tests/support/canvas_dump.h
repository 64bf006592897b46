/*
 * canvas_dump - a canvas as text, which tests compare.
 */
#ifndef SUPPORT_CANVAS_DUMP_H
#define SUPPORT_CANVAS_DUMP_H

#include "ui/term/canvas.h"

/* "|text|\n" for each row. */
void canvas_dump(const struct canvas *c, struct buf *out);

#endif
