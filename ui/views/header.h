/*
 * header - the top line: goal and active task on the left; on the right model, mode, sandbox,
 * rounds, and what warns.
 */
#ifndef UI_HEADER_H
#define UI_HEADER_H

#include "ui/views/state.h"

/* Says less where it is narrow; what warns goes last. */
void header_draw(const struct state *st, struct canvas *c, struct area a);

#endif
