#include "support/canvas_dump.h"

void canvas_dump(const struct canvas *c, struct buf *out)
{
    for (int r = 0; r < c->rows; r++) {
        buf_addc(out, '|');
        for (int col = 0; col < c->cols; col++) {
            const struct cell *k = canvas_at(c, r, col);
            buf_add(out, k->text, k->len);
        }
        buf_adds(out, "|\n");
    }
}
